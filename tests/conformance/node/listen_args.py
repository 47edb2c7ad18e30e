"""What listen() refuses at once, and the forms of "any port"."""

from tracer import attempt

from uvnet import net

cases = {
    "port_negative": {"port": -1},
    "port_large": {"port": 65536},
    "port_true": {"port": True},
    "port_nan": {"port": float("nan")},
    "port_fraction": {"port": 1.5},
    "port_empty": {"port": ""},
    "port_text": {"port": "0"},
    "port_none": {"port": None},
    "host_alone": {"host": "x"},
    "fd_negative": {"fd": -1},
    "path_empty": {"path": ""},
    "signal": {"port": 0, "signal": "x"},
    "abstract_readable": {"path": "\0uvnet", "readable_all": True},
}
for name, options in cases.items():
    server = net.create_server()
    attempt(f"- {name}", lambda server=server, options=options: server.listen(**options).close())
positional = {
    "none": None,
    "true": True,
    "false": False,
    "negative": -1,
    "fraction": 1.5,
    "text": "0",
    "empty": "",
}
for name, port in positional.items():
    server = net.create_server()
    attempt(f"- positional_{name}", lambda server=server, port=port: server.listen(port).close())
