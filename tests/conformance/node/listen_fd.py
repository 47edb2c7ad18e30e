"""A descriptor that this loop watches already cannot be listened on once more."""

from tracer import serve, t, watch

from uvnet import net


def on_listening(port):
    second = watch(net.create_server(), "srv", ["listening", "error", "close"])
    second.on("error", lambda err: first.close())
    second.listen(fd=first._handle.fd)
    t("srv.sync", listening=second.listening)


first = serve(lambda socket: None, on_listening)
