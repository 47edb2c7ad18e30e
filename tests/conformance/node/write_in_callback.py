"""Each write in the callback of the one before it."""

from tracer import HOST, collect, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    n = 0

    def write():
        nonlocal n
        n += 1
        if n > 3:
            client.end(lambda err: t("C.end_callback"))
        else:
            client.write(str(n), on_written)
        nt(f"C.nt {n}")

    def on_written(err):
        t("C.written", n)
        write()

    client.on("connect", write)


server = serve(on_connection, on_listening)
