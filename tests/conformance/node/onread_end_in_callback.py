"""onread: end() with data in the callback."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S").write("abcd")
    server.close()


def on_listening(port):
    def callback(size, data):
        t("C.onread", data[:size])
        client.write(bytes(data[:size]))
        if client.bytes_read == 4:
            client.end("!")

    client = watch(net.connect(port=port, host=HOST, onread=(bytearray(2), callback)), "C")


server = serve(on_connection, on_listening)
