"""What setTimeout() refuses."""

from tracer import attempt

from uvnet import net

socket = net.Socket()
for ms in (-1, float("nan"), float("inf"), "100", None, True, 0):
    name = {"inf": "infinity", "None": "undefined"}.get(str(ms), str(ms))
    attempt(f"- {name}".lower(), lambda ms=ms: socket.set_timeout(ms))
attempt("- callback", lambda: socket.set_timeout(1, "x"))
attempt("- callback_off", lambda: socket.set_timeout(0, 5))
socket.set_timeout(0)
