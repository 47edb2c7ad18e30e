"""The server resets in its connection handler: that is a failure to connect."""

from tracer import HOST, message, serve, sleep, t, watch

import uvnet
from uvnet import net

PLATFORM = "linux"


def on_connection(socket):
    socket.reset_and_destroy()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    # until the kernel has both
    client.on("connection_attempt", lambda *args: uvnet.next_tick(sleep, 20))
    client.on("error", lambda err: t("C.message", message(err)))


server = serve(on_connection, on_listening)
