"""events.once() of 'connect', of 'data', and of an 'error'."""

from tracer import CLOSED_PORT, HOST, serve, spawn, t, watch

from uvnet import events, net


def on_connection(socket):
    socket.end("x")
    socket.resume()
    server.close()


async def wait(port):
    client = watch(net.connect(port, HOST), "C", ["close"])
    t("C.once", len(await events.once(client, "connect")))
    [chunk] = await events.once(client, "data")
    t("C.once", chunk)
    await events.once(client, "close")
    refused = net.connect(CLOSED_PORT, HOST)
    try:
        await events.once(refused, "connect")
    except OSError as exc:
        t("C.caught", exc)


server = serve(on_connection, lambda port: spawn(wait(port)))
