"""A server on '::' takes IPv4 too, and shows such peers as IPv6 addresses."""

from tracer import HOST, hide_port, t, watch

from uvnet import net

NEEDS = "ipv6"


def on_connection(socket):
    t("S.remote", socket.remote_address, socket.remote_family)
    t("S.local", socket.local_address, socket.local_family)
    socket.end()
    server.close()


def on_listening():
    port = server.address().port
    hide_port(port)
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.on("connect", lambda: t("C.remote", client.remote_address, client.remote_family))


server = net.create_server(on_connection)
server.listen(0, "::", on_listening)
