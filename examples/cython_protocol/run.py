"""A server on uvnet's handles whose protocol is compiled: see rot13.pyx.

Try it:
    pip install Cython setuptools
    cd examples/cython_protocol
    python setup.py build_ext --inplace
    python run.py
    nc localhost 8000                          # Uryyb!
"""

from __future__ import annotations

import argparse
import contextlib

from rot13 import Rot13

import uvnet
from uvnet import _core

BACKLOG = 511  # connections that may wait to be accepted


class Server:
    """Listens, and keeps a protocol for each connection."""

    def __init__(self, port: int) -> None:
        self.protocols: set[Rot13] = set()
        self.handle = _core.TCP()
        self.handle.onconnection = self.on_connection
        # Handles return a negative errno; nothing is raised here.
        status = self.handle.bind("127.0.0.1", port) or self.handle.listen(BACKLOG)
        if status:
            raise SystemExit(f"cannot listen on port {port}: {_core.error_text(status)}")

    def on_connection(self, status: int, client: _core.TCP) -> None:
        if status == 0:
            protocol = Rot13(client, self.on_close)
            self.protocols.add(protocol)
            protocol.start()

    def on_close(self, protocol: Rot13, status: int) -> None:
        self.protocols.remove(protocol)
        if status != _core.UV_EOF:
            print(_core.error_text(status), flush=True)


def main(port: int) -> None:
    server = Server(port)
    print("listening on", server.handle.getsockname(), flush=True)
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C
        uvnet.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    main(**vars(parser.parse_args()))
