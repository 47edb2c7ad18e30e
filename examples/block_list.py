"""A server that keeps some networks out, and whoever connects too often.

    python examples/block_list.py --block 10.0.0.0/8 --block 2001:db8::/32
    for i in $(seq 20); do nc -N localhost 8000 </dev/null; done

A BlockList is asked in C, when a connection is accepted: who is on it costs no Python at all. The
server follows the list as it changes, so that a rule that is added here counts at once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections import Counter

import uvnet
from uvnet import net


class Guard:
    """Puts on the list whoever connects too often, until its connections are some time ago.

    Args:
        blocked: The list.
        limit: How many connections an address may make in that time.
        time: In seconds.
    """

    def __init__(self, blocked: net.BlockList, limit: int, time: float) -> None:
        self.blocked = blocked
        self.limit = limit
        self.time = time
        self.recent: Counter[tuple[str, str]] = Counter()

    def on_connection(self, socket: net.Socket) -> None:
        socket.on("error", print)
        if socket.remote_address is None or socket.remote_family is None:
            return  # it is gone already
        peer = socket.remote_address, socket.remote_family
        self.recent[peer] += 1
        asyncio.get_running_loop().call_later(self.time, self.forget, peer)
        if self.recent[peer] <= self.limit:
            socket.pipe(socket)
        else:
            self.blocked.add_address(*peer)
            socket.destroy()
            print(f"{peer[0]} is blocked", flush=True)

    def forget(self, peer: tuple[str, str]) -> None:
        """One of its connections is long enough ago."""
        self.recent[peer] -= 1
        if self.recent[peer] == 0:
            del self.recent[peer]
            self.blocked.remove_address(*peer)


def main(port: int, block: list[str], limit: int, time: float) -> None:
    blocked = net.BlockList()
    for network in block:
        blocked.add_cidr(network)
    guard = Guard(blocked, limit, time)
    server = net.create_server(guard.on_connection, block_list=blocked)
    server.listen(port, "127.0.0.1", lambda: print("listening on", server.address(), flush=True))
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C
        uvnet.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--block", action="append", default=[], metavar="NETWORK")
    parser.add_argument("--limit", type=int, default=10, help="connections of an address")
    parser.add_argument("--time", type=float, default=60.0, help="seconds that the limit is for")
    main(**vars(parser.parse_args()))
