"""Options that are set before 'connect' are applied before it, keep-alive in whole seconds."""

import os
import socket

from tracer import HOST, serve, t

from uvnet import net

PLATFORM = "linux"

client = net.Socket()
client.set_keep_alive(True, 2500, 3000, 4)
client.set_no_delay()


def options():
    """What the kernel has."""
    with socket.socket(fileno=os.dup(client._handle.fd)) as probe:

        def tcp(name):
            return probe.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))

        return {
            "no_delay": bool(tcp("TCP_NODELAY")),
            "keep_alive": bool(probe.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)),
            "idle": tcp("TCP_KEEPIDLE"),
            "interval": tcp("TCP_KEEPINTVL"),
            "count": tcp("TCP_KEEPCNT"),
        }


def on_connection(peer):
    peer.end()
    server.close()


def on_connect():
    t("C.connect", **options())
    client.set_no_delay(False)
    client.set_keep_alive(True, 5000, 2000, 3)
    t("C.options", **options())


def on_listening(port):
    client.connect(port, HOST)
    client.resume()
    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
