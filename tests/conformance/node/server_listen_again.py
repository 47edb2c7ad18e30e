"""A server that has closed listens again, with its listeners, and counts from zero."""

from tracer import HOST, serve, t, watch

from uvnet import net

rounds = 0


def on_connection(socket):
    global rounds
    rounds += 1
    t("srv.connection", rounds)
    socket.end()
    socket.resume()
    server.close(on_closed)


def on_closed(err):
    server.get_connections(lambda err, count: t("srv.count", count))
    if rounds < 2:
        server.listen(0, HOST)


def connect():
    net.connect(server.address().port, HOST).resume()


def on_listening():
    if rounds > 0:
        connect()


server = serve(on_connection, lambda port: connect())
server.on("listening", on_listening)
watch(server, "srv", ["listening", "close"])
