"""What BoundSocket takes and refuses, and what is left of one that is closed. (v26)"""

import os

from tracer import HOST, attempt, t, temp_path

from uvnet import net

PLATFORM = "linux"

cases = {
    "nothing": {},
    "host": {"host": HOST},
    "port_text": {"host": HOST, "port": "0"},
    "only": {"host": HOST, "ipv6_only": True},
    "reuse": {"host": HOST, "reuse_port": True},
    "host_name": {"host": "localhost"},
    "host_number": {"host": 5},
    "port_word": {"port": "x"},
    "port_negative": {"port": -1},
    "only_number": {"ipv6_only": 1},
    "reuse_text": {"reuse_port": "x"},
    "path_port": {"path": "x", "port": 0},
    "path_host": {"path": "x", "host": HOST},
    "path_number": {"path": 5},
}
for name, options in cases.items():
    attempt(f"- {name}", lambda options=options: net.BoundSocket(**options).close())
failures = {
    "foreign": {"host": "192.0.2.200"},
    "folder": {"path": "/no/such/folder/x"},
    "long": {"path": "/tmp/" + "x" * 200},
}
for name, options in failures.items():
    try:
        net.BoundSocket(**options)
    except OSError as exc:
        t(f"- {name}", exc)
bound = net.BoundSocket(host=HOST)
address, family, port = bound.address()
t("- address", address, family, port=port > 0, is_pipe=bound.is_pipe, fd=bound.fd() >= 0)
bound.close()
attempt("- address", bound.address)
attempt("- fd", bound.fd)
attempt("- close", bound.close)
attempt("- dispose", lambda: bound.__exit__(None, None, None))
path = temp_path()
pipe = net.BoundSocket(path=path)
t("- pipe", pipe.address(), is_pipe=pipe.is_pipe)
pipe.close()
t(f"- gone is_pipe={pipe.is_pipe}", os.path.exists(path))
