"""Two servers on one handle: closing the second closes both's, too."""

from tracer import HOST, settle, t, watch

from uvnet import net

events = ["listening", "error", "close"]
first = watch(net.create_server(), "first", events)
second = watch(net.create_server(), "second", events)


def on_listening():
    port = first.address().port

    def on_second():
        second.close()
        client = net.connect(port, HOST)
        client.on("error", lambda err: t("C.error", err))
        client.on("close", lambda had_error: settle(first.close))

    second.listen(first, on_second)


first.listen(0, HOST, on_listening)
