"""Addresses before 'connect' and after 'close': the remote one is kept if it was asked for."""

from tracer import HOST, serve, t

from uvnet import net


def on_connection(socket):
    t("S.remote", known=socket.remote_port > 0, family=socket.remote_family)

    def on_close(had_error):
        t(
            "S.closed",
            remote=socket.remote_address,
            local=socket.local_address,
            bytes_read=socket.bytes_read,
        )

    socket.on("close", on_close)
    socket.resume()
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)

    def state():
        return {
            "remote": client.remote_address,
            "local": client.local_address,
            "address": client.address(),
        }

    t("C.sync", **state())
    client.on("connect", lambda: client.end("xyz"))
    client.resume()
    client.on(
        "close", lambda had_error: t("C.closed", **state(), bytes_written=client.bytes_written)
    )


server = serve(on_connection, on_listening)
