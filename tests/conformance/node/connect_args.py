"""What connect() refuses at once."""

from tracer import HOST, attempt

from uvnet import net

cases = {
    "nothing": {},
    "port_none": {"port": None},
    "port_true": {"port": True},
    "port_negative": {"port": -1},
    "port_large": {"port": 65536},
    "port_word": {"port": "abc"},
    "port_fraction": {"port": 1.5},
    "port_text": {"port": "1", "host": HOST},
    "local_address": {"port": 1, "host": HOST, "local_address": "foo"},
    "local_port": {"port": 1, "host": HOST, "local_port": "x"},
    "host_number": {"port": 1, "host": 5},
    "host_nul": {"port": 1, "host": "a\0b"},
    "lookup": {"port": 1, "host": "localhost", "lookup": 5},
    "auto_select_family": {"port": 1, "host": HOST, "auto_select_family": "x"},
    "attempt_timeout": {"port": 1, "host": HOST, "auto_select_family_attempt_timeout": 0},
    "path": {"path": 5},
}
for name, options in cases.items():
    socket = net.Socket()
    attempt(f"- {name}", lambda socket=socket, options=options: socket.connect(**options))
    socket.destroy()
