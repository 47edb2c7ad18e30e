"""A connection over IPv6."""

from tracer import collect, hide_port, t, watch

from uvnet import net

NEEDS = "ipv6"


def on_connection(socket):
    t("S.remote", socket.remote_address, socket.remote_family)
    collect(socket, "S")
    server.close()


def on_listening():
    port = server.address().port
    hide_port(port)
    t("srv.address", server.address())
    client = watch(net.connect(port, "::1"), "C")
    client.resume()
    client.end("over IPv6")


server = net.create_server(on_connection)
server.listen(0, "::1", on_listening)
