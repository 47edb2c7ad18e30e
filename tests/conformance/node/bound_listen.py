"""A server adopts a BoundSocket, which is nobody else's then. (v26)"""

from tracer import HOST, attempt, hide_port, t, watch

from uvnet import net

bound = net.BoundSocket(host=HOST)
port = bound.address().port
hide_port(port)
server = net.create_server(lambda socket: socket.end())
watch(server, "srv", ["listening", "error", "close"])


def on_listening():
    t("srv.address", server.address())
    attempt("- address", bound.address)
    attempt("- close", bound.close)
    attempt("- dispose", lambda: bound.__exit__(None, None, None))
    attempt("- listen", lambda: net.create_server().listen(bound))
    attempt("- socket", lambda: net.Socket(handle=bound))
    try:
        net.BoundSocket(host=HOST, port=port)
    except OSError as err:
        t("- taken", err)
    client = watch(net.connect(port, HOST), "C", ["connect", "end", "close"])
    client.resume()
    client.on("close", lambda had_error: server.close())


server.listen(bound, on_listening)
t("srv.sync", listening=server.listening)
second = net.BoundSocket(host=HOST)
other = net.create_server()
other.listen(lambda: other.close(), handle=second)
t("- second", listening=other.listening)
