"""A server on '::' with ipv6Only does not take IPv4."""

from tracer import HOST, hide_port, t, watch

from uvnet import net

NEEDS = "ipv6"


def on_listening():
    port = server.address().port
    hide_port(port)
    client = watch(net.connect(port, HOST), "C")
    client.on("close", lambda had_error: server.close())


server = net.create_server(lambda socket: t("srv.connection"))
server.listen(port=0, host="::", ipv6_only=True).on("listening", on_listening)
