"""Over a path: an abort while data arrives."""

from tracer import t, temp_path, watch

from uvnet import abort, net

controller = abort.AbortController()
path = temp_path()


def on_connection(socket):
    socket.on("error", lambda err: None)
    socket.write("x")
    server.close()


def on_listening():
    client = watch(net.connect(path=path, signal=controller.signal), "C")

    def on_data(chunk):
        controller.abort()
        t("C.sync", destroyed=client.destroyed)

    client.on("data", on_data)


server = net.create_server(on_connection)
server.listen(path, on_listening)
