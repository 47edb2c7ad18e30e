"""What a socket that is piped to itself echoes is not read; then the client ends."""

from tracer import settle, t, temp_path, watch

from uvnet import net

events = ["end", "finish", "error", "close"]  # nothing that keeps a pipe from being spliced
name = temp_path()
left = 3


def on_connection(socket):
    global echo
    server.close()
    echo = watch(socket, "S", events)
    echo.pipe(echo, end=False)


def on_listening():
    client = net.connect(name)

    def full():
        client.write(bytes(30_000))  # less than the high-water mark waits in all
        if echo.bytes_read < 3e5 and echo.writable_length == 0:
            settle(full, 1)
            return
        client.end()
        settle(check)

    def check():
        t("S.state", readable_ended=echo.readable_ended, writable_ended=echo.writable_ended)
        t("S.waits", echo.writable_length > 0)
        client.destroy()

    def on_data(chunk):
        global left
        left -= 1
        if left > 0:
            settle(lambda: client.write("x"))
            return
        client.pause()
        settle(full)

    client.on("data", on_data)
    client.write("x")


server = net.create_server(on_connection).listen(name, on_listening)
