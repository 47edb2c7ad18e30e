"""A socket that is piped to itself echoes to a client that is gone."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

events = ["end", "finish", "error", "close"]  # nothing that keeps a pipe from being spliced


def on_connection(socket):
    server.close()
    watch(socket, "S", events).pipe(socket)


def on_listening(port):
    client = net.connect(port=port, host=HOST, no_delay=True)

    left = 3

    def again():
        nonlocal left
        left -= 1
        if left > 0:
            client.write("x")
        else:
            client.write(bytes(100_000))  # the reset comes before it is read
            client.reset_and_destroy()

    client.on("error", lambda err: None)
    client.on("data", lambda chunk: settle(again))
    client.write("x")
    client.on("close", lambda had_error: t("C.close"))


server = serve(on_connection, on_listening)
