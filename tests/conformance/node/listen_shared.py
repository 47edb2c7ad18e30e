"""Two servers on one handle: connections go to the second, and closing the first closes both's."""

from tracer import HOST, hide_port, settle, t, watch

from uvnet import net

events = ["listening", "error", "close"]
first = watch(net.create_server(lambda socket: t("first.connection")), "first", events)
second = watch(net.create_server(lambda socket: socket.end()), "second", events)
second.on("connection", lambda socket: t("second.connection"))


def state():
    return {"first": first.listening, "second": second.listening}


def on_client_close(had_error):
    first.close()
    t("- closed", **state())
    try:
        second.address()
    except OSError as err:
        t("- address", err)

    def close_second():
        second.close()
        t("- closed both", **state())

    settle(close_second)


def on_listening():
    port = first.address().port
    hide_port(port)
    second.listen(first)
    t("- listens", same=first._handle is second._handle, **state())
    client = watch(net.connect(port, HOST), "C", ["connect", "end", "close"])
    client.resume()
    client.on("close", on_client_close)


first.listen(0, HOST, on_listening)
