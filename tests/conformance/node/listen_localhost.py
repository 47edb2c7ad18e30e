"""Of the addresses of a host name a server listens on the first."""

import socket

from tracer import t, watch

from uvnet import net

server = watch(net.create_server(), "srv", ["listening", "error", "close"])
first = socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)[0][4][0]


def on_listening():
    t("srv.address", first=server.address().address == first)
    server.close()


server.listen(0, "localhost", on_listening)
t("srv.sync", listening=server.listening)
