"""onread: 5 MB through a small buffer, with pauses."""

from tracer import HOST, serve, t, watch

from uvnet import net, set_immediate

SIZE = 5_000_000


def on_connection(socket):
    socket.end(b"0123456789" * (SIZE // 10))
    socket.resume()
    server.close()


def on_listening(port):
    size = total = 0

    def callback(nread, data):
        nonlocal size, total
        size += nread
        total += sum(data[:nread])
        if nread % 3 == 0:
            set_immediate(client.resume)
            return False
        return True

    client = watch(net.connect(port=port, host=HOST, onread=(bytearray(10_000), callback)), "C")
    client.on("end", lambda: t("C.received", size=size, sum=total, bytes_read=client.bytes_read))


server = serve(on_connection, on_listening)
