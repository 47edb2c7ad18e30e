"""What is published on diagnostics channels, among the events."""

from tracer import HOST, hide_port, t, watch

from uvnet import diagnostics, net


def client_socket(message, name):
    t("C.client_socket", message.socket.connecting, message.socket.listener_count("connect"))


def listens(message, name):
    part = {"asyncStart": "async_start", "asyncEnd": "async_end"}.get(name.split(":")[2], "error")
    t(f"srv.{part}", name, message.server.listening, getattr(message, "error", None))
    if hasattr(message, "options"):
        t("srv.options", message.options["port"])


def on_connection(socket):
    t("S.connection")
    socket.end()
    server.close()


def on_listening():
    port = server.address().port
    hide_port(port)
    client = net.connect(port, HOST, lambda: t("C.callback"))
    t("C.sync")
    watch(client, "C", ["connection_attempt", "connect", "close"]).resume()


diagnostics.subscribe("net.client.socket", client_socket)
diagnostics.subscribe(
    "net.server.socket", lambda message, name: t("S.server_socket", message.socket.destroyed)
)
for part in ("asyncStart", "asyncEnd", "error"):
    diagnostics.subscribe(f"tracing:net.server.listen:{part}", listens)
server = watch(net.create_server(on_connection), "srv", ["listening", "close"])
server.listen(0, HOST, on_listening)
t("srv.sync")
