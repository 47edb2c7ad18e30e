"""Programs for test_black_hole: in a network where some addresses never answer.

python black_hole.py PROGRAM, in a network namespace of its own with the rights to configure it.
198.51.100.0/24 and 2001:db8::/64 are behind a tun device whose packets nobody reads: what is sent
there is lost without a word. Prints what it found as JSON; or, where such a network cannot be made,
ends with CANNOT and says why.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import gc
import json
import os
import socket
import struct
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import uvnet
from uvnet import net
from uvnet._core import current_loop
from uvnet.abort import AbortController

CANNOT = 77
SILENT = {"4": "198.51.100.2", "6": "2001:db8::2"}
EVENTS = (
    "connection_attempt",
    "connection_attempt_timeout",
    "connection_attempt_failed",
    "connect",
    "error",
)

# linux/if.h, linux/if_tun.h, linux/sockios.h
TUNSETIFF = 0x400454CA
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
IFF_TUN, IFF_NO_PI, IFF_UP = 0x1, 0x1000, 0x1
HOLE = b"hole"


def dig() -> int:
    """Bring up lo and a tun device; return the device's descriptor, which keeps it."""
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", HOLE, IFF_TUN | IFF_NO_PI))
    with socket.socket() as four:
        for request, address in ((SIOCSIFADDR, "198.51.100.1"), (SIOCSIFNETMASK, "255.255.255.0")):
            packed = struct.pack("16sHH4s16x", HOLE, socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(four, request, packed)
        for name in (b"lo", HOLE):
            fcntl.ioctl(four, SIOCSIFFLAGS, struct.pack("16sH22x", name, IFF_UP))
    return tun


def dig_ipv6() -> None:
    packed = socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    with socket.socket(socket.AF_INET6) as six:
        index = socket.if_nametoindex(HOLE.decode())
        fcntl.ioctl(six, SIOCSIFADDR, struct.pack("16sIi", packed, 64, index))


def answering(*addresses: str) -> Any:
    found = [(address, net.is_ip(address)) for address in addresses]
    return lambda host, callback, **options: uvnet.next_tick(callback, None, found)


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def unanswered() -> int:
    """Return how many connections of this network wait for an answer to their SYN."""
    waiting = 0
    for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        if os.path.exists(table):
            with open(table) as lines:
                waiting += sum(line.split()[3] == "02" for line in lines)
    return waiting


# ------------------------------------------------------------------------ programs


def connect(silent: str) -> dict[str, Any]:
    """Connect to a silent address and then to one that answers, with the default options."""
    trace: list[str] = []
    server = net.create_server().listen(0, "127.0.0.1")
    times: dict[str, Any] = {}

    def listening() -> None:
        times["handles"] = current_loop().open_handles
        times["descriptors"] = descriptors()
        times["start"] = time.monotonic()
        client = net.connect(
            server.address().port, "name.invalid", lookup=answering(silent, "127.0.0.1")
        )
        for event in EVENTS:
            client.on(event, lambda *args, event=event: trace.append(" ".join([event, *args[:1]])))
        client.on("connection_attempt_timeout", lambda *args: mark("gave_up"))
        client.on("connect", lambda: mark("connected"))
        times["client"] = client

    def mark(name: str) -> None:
        times[name] = time.monotonic() - times["start"]

    def accepted(peer: net.Socket) -> None:
        # What was given up has gone in between: a turn has ended.
        uvnet.set_immediate(uvnet.set_immediate, look, peer)

    def look(peer: net.Socket) -> None:
        times["left"] = {
            "handles": current_loop().open_handles - times["handles"],
            "descriptors": descriptors() - times["descriptors"],
            "unanswered": unanswered(),
        }
        times["client"].destroy()
        peer.destroy()
        server.close()

    server.on("connection", accepted)
    server.on("listening", listening)
    uvnet.run()
    return {
        "trace": trace,
        "gave_up": times["gave_up"],
        "connected": times["connected"],
        "left": times["left"],
        "handles": current_loop().open_handles,
    }


def timed(silent: str) -> dict[str, Any]:
    """Connect five times."""
    runs = [connect(silent) for _ in range(5)]
    return {"runs": runs}


def all_silent(silent: str) -> dict[str, Any]:
    """Connect to silent addresses alone until the last is waited for, and give up."""
    others = ["198.51.100.3", "198.51.100.4"]
    trace: list[str] = []
    client = net.connect(
        9,
        "name.invalid",
        lookup=answering(silent, *others),
        auto_select_family_attempt_timeout=20,
        timeout=300,
    )
    waiting: list[int] = []
    for event in (*EVENTS, "timeout", "close"):
        client.on(event, lambda *args, event=event: trace.append(event))
    client.on("timeout", lambda: (waiting.append(unanswered()), client.destroy()))
    uvnet.run()
    return {"trace": trace, "waiting": waiting, "unanswered": unanswered()}


MOMENTS = [0.0, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 28, 29, 29.5, 30, 30.5, 31, 32, 35, 40, 60]  # ms


def client_that_waits(silent: str, port: int, **options: Any) -> net.Socket:
    """Start one whose first attempt takes 30 ms."""
    return net.connect(
        port,
        "name.invalid",
        lookup=answering(silent, "127.0.0.1"),
        auto_select_family_attempt_timeout=30,
        **options,
    )


def sweep(silent: str, cancel: Callable[[net.Socket, AbortController], object]) -> dict[str, Any]:
    """Cancel at every moment, one client for each; several at a time."""
    before = descriptors()
    closed: Counter[str] = Counter()
    server = net.create_server(lambda peer: peer.on("error", lambda error: None).resume())
    server.listen(0, "127.0.0.1")

    def gone(socket: net.Socket) -> None:
        closed[f"pending={socket.pending} connecting={socket.connecting}"] += 1
        if closed.total() == len(MOMENTS):
            server.close()

    def listening() -> None:
        for moment in MOMENTS:
            controller = AbortController()
            client = client_that_waits(silent, server.address().port, signal=controller.signal)
            client.on("error", lambda error: None)
            client.on("close", lambda had_error, client=client: gone(client))
            current_loop().call_later(moment / 1000, cancel, client, controller)

    server.on("listening", listening)
    uvnet.run()
    return {
        "closed": closed,
        "moments": len(MOMENTS),
        "handles": current_loop().open_handles,
        "descriptors": descriptors() - before,
        "unanswered": unanswered(),
    }


def destroyed(silent: str) -> dict[str, Any]:
    return sweep(silent, lambda client, controller: client.destroy())


def aborted(silent: str) -> dict[str, Any]:
    return sweep(silent, lambda client, controller: controller.abort())


def loop_closed(silent: str) -> dict[str, Any]:
    """Close the loop at every moment, with the client and its server open."""
    before = descriptors()
    for moment in MOMENTS:

        async def main(moment: float = moment) -> None:
            server = await net.create_server().listen(0, "127.0.0.1")
            client_that_waits(silent, server.address().port).on("error", lambda error: None)
            await asyncio.sleep(moment / 1000)

        loop = uvnet.new_event_loop()
        loop.run_until_complete(main())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # what is closed was open
            loop.close()
    return {"descriptors": descriptors() - before, "unanswered": unanswered()}


if __name__ == "__main__":
    program, family = sys.argv[1:]
    net.create_server().listen(0).close()
    uvnet.run()  # what the default loop keeps, once it has listened, counts for nothing
    try:
        tun = dig()
        if family == "6":
            dig_ipv6()
    except OSError as exc:
        print(f"{errno.errorcode.get(exc.errno or 0)}: {exc}")
        sys.exit(CANNOT)
    print(json.dumps(globals()[program](SILENT[family])))
