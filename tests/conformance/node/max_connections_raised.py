"""maxConnections may change while the server listens."""

from tracer import HOST, serve, settle, t

from uvnet import net

clients = []


def on_connection(socket):
    t("srv.connection")
    socket.resume()


def on_listening(port):
    def connect():
        clients.append(net.connect(port, HOST))
        clients[-1].resume()

    def raise_it():
        server.max_connections = 2
        connect()
        settle(lift_it)

    def lift_it():
        server.max_connections = None
        connect()
        settle(finish)

    def finish():
        for client in clients:
            client.destroy()
        server.close()

    def exceed():
        connect()
        settle(raise_it)

    server.max_connections = 1
    server.on("drop", lambda peer: t("srv.drop"))
    connect()
    settle(exceed)


server = serve(on_connection, on_listening)
