"""read() inside 'data', with nothing buffered."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("abc")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk, read=client.read()))


server = serve(on_connection, on_listening)
