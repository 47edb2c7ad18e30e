"""There is no socket at the path."""

from tracer import message, t, temp_path, watch

from uvnet import net

path = temp_path()
client = watch(net.connect(path), "C")


def on_error(err):
    t("C.message", message(err))
    t("C.error", code=err.code, syscall=err.syscall, address=err.address, port=err.port)


client.on("error", on_error)
