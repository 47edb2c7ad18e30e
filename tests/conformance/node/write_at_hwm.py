"""A write of exactly the high-water mark that the kernel takes at once answers true."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        t(
            "C.state",
            writable_high_water_mark=client.writable_high_water_mark,
            readable_high_water_mark=client.readable_high_water_mark,
        )
        t("C.write", client.write(bytes(65535)), need_drain=client.writable_need_drain)
        t("C.write", client.write(bytes(65536)), need_drain=client.writable_need_drain)
        client.end()

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
