"""A refused connection: what the error says, and the state of the socket in 'error'."""

from tracer import CLOSED_PORT, HOST, message, t, watch

from uvnet import net

client = watch(net.connect(CLOSED_PORT, HOST), "C")


def on_error(err):
    t("C.message", message(err))
    t(
        "C.error",
        code=err.code,
        syscall=err.syscall,
        address=err.address,
        port=err.port,
        path=err.path,
    )
    t("C.state", destroyed=client.destroyed, connecting=client.connecting)


client.on("error", on_error)
