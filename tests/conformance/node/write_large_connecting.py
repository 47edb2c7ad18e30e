"""More than the high-water mark before 'connect': false, and 'drain' inside it."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    t("C.write", client.write(bytes(100_000)), need_drain=client.writable_need_drain)
    client.on("drain", lambda: client.end())


server = serve(on_connection, on_listening)
