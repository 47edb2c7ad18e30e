"""maxConnections of 0 drops everybody; about the peer of a pipe there is nothing to tell."""

import os

from tracer import t, temp_path, watch

from uvnet import net

path = temp_path()
server = net.create_server(lambda socket: t("srv.connection"))
server.max_connections = 0
server.on("drop", lambda peer: t("srv.drop", peer))


def on_listening():
    t("srv.address", server.address())
    client = watch(net.connect(path), "C", ["connect", "ready", "end", "finish", "close"])
    client.resume()
    client.on(
        "close",
        lambda had_error: server.close(lambda err: t("srv.closed", exists=os.path.exists(path))),
    )


server.listen(path, on_listening)
