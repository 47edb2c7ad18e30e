"""What the constructors, the setters and write() refuse at once."""

from tracer import attempt, t

from uvnet import net

socket = net.Socket()
attempt("- listener", lambda: net.create_server(0))
attempt("- high_water_mark", lambda: net.Server(high_water_mark="x"))
attempt("- server_delay", lambda: net.Server(keep_alive_initial_delay="x"))
attempt("- fd_negative", lambda: net.Socket(fd=-1))
attempt("- fd_text", lambda: net.Socket(fd="x"))
attempt("- fd_closed", lambda: net.Socket(fd=4242))
attempt("- signal", lambda: net.Socket(signal="x"))
attempt("- socket_delay", lambda: net.Socket(keep_alive_initial_delay="a"))
attempt("- type_of_service", lambda: net.Socket(type_of_service=300))
attempt("- set_tos_nan", lambda: socket.set_type_of_service(float("nan")))
attempt("- set_tos_large", lambda: socket.set_type_of_service(256))
attempt("- auto_select", lambda: net.set_default_auto_select_family("x"))
attempt("- attempt_zero", lambda: net.set_default_auto_select_family_attempt_timeout(0))
attempt("- attempt_text", lambda: net.set_default_auto_select_family_attempt_timeout("1"))
net.set_default_auto_select_family_attempt_timeout(3)
t("- attempt_timeout", net.get_default_auto_select_family_attempt_timeout())
attempt("- write_number", lambda: socket.write(5))
attempt("- write_none", lambda: socket.write(None))
attempt("- write_dict", lambda: socket.write({}))
attempt("- write_encoding", lambda: socket.write("x", "bogus"))
