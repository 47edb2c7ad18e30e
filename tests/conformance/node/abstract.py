"""A name in Linux's abstract namespace; the addresses of a pipe are empty."""

import os

from tracer import t, watch

from uvnet import net

PLATFORM = "linux"

name = f"\0uvnet-{os.getpid()}"


def addresses(socket):
    return {
        "local": socket.local_address,
        "remote": socket.remote_address,
        "address": socket.address(),
    }


def on_connection(socket):
    t("S.state", **addresses(socket))
    socket.end()
    socket.resume()
    server.close()


def on_listening():
    t("srv.address", same=server.address() == name)
    client = watch(net.connect(name), "C", ["connect", "ready", "end", "finish", "close"])
    client.resume()
    client.on("connect", lambda: t("C.state", **addresses(client)))


server = net.create_server(on_connection)
server.listen(name, on_listening)
