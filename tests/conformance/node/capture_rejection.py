"""A 'connection' listener that rejects destroys its socket."""

from tracer import HOST, serve, watch

from uvnet import net


async def on_connection(socket):
    watch(socket, "S", ["error", "close"])
    raise Exception("rejected")


def on_listening(port):
    watch(server, "srv", ["error", "close"])
    client = net.connect(port, HOST)
    client.on("error", lambda err: None)
    client.on("close", lambda had_error: server.close())
    client.resume()


server = serve(on_connection, on_listening)
