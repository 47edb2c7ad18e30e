"""Without a 'connection' listener connections are accepted, and nobody has them."""

from tracer import HOST, hide_port, settle, t, watch

from uvnet import net


def on_listening():
    port = server.address().port
    hide_port(port)
    client = watch(net.connect(port, HOST), "C")

    def on_count(err, count):
        t("srv.count", count)
        client.end()
        server.close(lambda err: t("srv.closed"))
        client.resume()

    client.on("connect", lambda: settle(lambda: server.get_connections(on_count)))


server = net.create_server()
server.listen(0, HOST, on_listening)
