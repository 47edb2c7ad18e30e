"""A server with a block list: the client connects, and sees the end; nobody else hears of it."""

from tracer import HOST, serve, watch

from uvnet import net

block_list = net.BlockList()
block_list.add_subnet("127.0.0.0", 8)


def on_listening(port):
    watch(server, "srv", ["connection", "drop", "error", "close"])
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_close(had_error):
        # A rule less counts at once.
        block_list.remove_subnet("127.0.0.0", 8)
        second = watch(net.connect(port, HOST), "C2")
        second.resume()
        server.on("connection", lambda peer: peer.end())
        second.on("close", lambda had_error: server.close())

    client.on("close", on_close)


server = serve(lambda peer: None, on_listening, block_list=block_list)
