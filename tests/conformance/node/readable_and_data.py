"""With 'readable' and 'data' both, read() in the one emits the other."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.write("abc")
    settle(lambda: socket.end("def"))
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk))
    client.on("readable", lambda: t("C.readable", client.read()))
    t("C.flowing", client.readable_flowing)


server = serve(on_connection, on_listening)
