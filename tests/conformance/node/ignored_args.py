"""Bad arguments."""

from tracer import attempt

from uvnet import net

DIFFERS = "Node ignores these; ours raises what Node raises for the same type elsewhere"

attempt("- backlog", lambda: net.create_server().listen(port=0, backlog="x").close())
attempt("- close_callback", lambda: net.create_server().close("x"))
attempt("- onread_callback", lambda: net.Socket(onread=(bytearray(1), 5)))
attempt("- onread_buffer", lambda: net.Socket(onread=("x", lambda size, data: None)))
