"""A TCP proxy: what comes in on one port goes on to another host, and the answers come back.

    python examples/tcp_proxy.py example.org 80
    curl -H "Host: example.org" localhost:8000

The bytes travel by pipe: in C alone, and a slow receiver holds up its sender. Each direction ends
by itself, as allow_half_open lets it; a connection that breaks takes its other half with it.
"""

from __future__ import annotations

import argparse
import contextlib

import uvnet
from uvnet import net


class Proxy:
    """Where to go, and how long that may take.

    Args:
        host, port: Of the server that stands behind the proxy.
        timeout: Seconds that connecting to it may take.
    """

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self.host = host
        self.port = port
        self.timeout = timeout

    def on_connection(self, client: net.Socket) -> None:
        behind = net.connect(self.port, self.host, allow_half_open=True, keep_alive=True)

        def too_late() -> None:
            behind.destroy(TimeoutError(f"{self.host}:{self.port} does not answer"))

        behind.set_timeout(self.timeout * 1000, too_late)
        behind.on("connect", lambda: behind.set_timeout(0))
        forward(client, behind)
        forward(behind, client)


def forward(source: net.Socket, destination: net.Socket) -> None:
    """Pass on what one end says, that it has ended, and that it has failed."""

    def on_close(had_error: bool | None) -> None:
        if had_error:
            # A reset: an ordinary end would tell the other side that this has been everything.
            destination.reset_and_destroy()

    source.pipe(destination)
    source.on("error", lambda error: print(error, flush=True))
    source.on("close", on_close)


def main(host: str, to_port: int, port: int, timeout: float) -> None:
    proxy = Proxy(host, to_port, timeout)
    server = net.create_server(proxy.on_connection, allow_half_open=True, keep_alive=True)
    server.listen(port, "127.0.0.1", lambda: print("listening on", server.address(), flush=True))
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C
        uvnet.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("to_port", type=int)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds to connect")
    main(**vars(parser.parse_args()))
