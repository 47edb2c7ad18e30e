"""pause() in 'end' does not hold back the rest."""

from tracer import HOST, serve, watch

from uvnet import net


def on_connection(socket):
    socket.end("x")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.on("end", client.pause)


server = serve(on_connection, on_listening)
