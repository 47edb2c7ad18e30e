"""The state of a socket whose connect() has raised."""

from tracer import HOST, attempt, t

from uvnet import net

DIFFERS = "Node leaves it `connecting`, and it can only be destroyed; ours is as it was before"

socket = net.Socket()
attempt("C.connect", lambda: socket.connect(65536, HOST))
t("C.state", connecting=socket.connecting, ready_state=socket.ready_state)
socket.destroy()
