"""destroy() of a half-open socket in 'end': no 'finish'."""

from tracer import HOST, serve, watch

from uvnet import net


def on_connection(socket):
    socket.end()
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, allow_half_open=True), "C")
    client.resume()
    client.on("end", client.destroy)


server = serve(on_connection, on_listening)
