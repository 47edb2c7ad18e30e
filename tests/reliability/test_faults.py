"""System calls on sockets fail by chance: each connection still ends, and no byte is wrong."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from .harness import Server
from .shim import Shim

CLIENTS = 40
TRANSFER = 300_000  # bytes a client, more than the buffers of the kernel would hide
PATIENCE = 30.0  # seconds: only what hangs gets there

TRANSIENT = ["EINTR", "EAGAIN"]
FATAL = ["ENOBUFS", "ECONNRESET", "EIO"]

# Per 1000 calls, so that most connections meet a fault and some do not.
RATES = {"read": 30, "write": 15, "writev": 15, "connect": 100, "epoll_ctl": 20, "accept4": 200}


def transfer(port: int, number: int) -> str:
    """Have bytes echoed; return "intact", or how the connection ended instead."""
    data = random.Random(number).randbytes(TRANSFER)
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:

        def send() -> None:
            with contextlib.suppress(OSError):
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        received = bytearray()
        end = "closed"
        try:
            while part := client.recv(65536):
                received += part
        except TimeoutError:
            end = "hangs"
        except ConnectionError:
            end = "reset"
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        sender.join()
    assert data.startswith(received), f"transfer {number} is corrupt"
    return "intact" if len(received) == len(data) else end


def transfers(port: int, seed: int) -> Counter[str]:
    """Run CLIENTS transfers, four at a time; count how they ended."""
    ends: list[str] = []
    errors: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for number in range(first, CLIENTS, 4):
                ends.append(transfer(port, seed * 1000 + number))
        except BaseException as exc:
            errors.append(exc)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return Counter(ends)


@pytest.mark.parametrize("mode", ["echo", "splice", "relay"])
@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 40))]
)
def test_random_faults(
    start: Callable[..., Server], shim_library: str, tmp_path: Path, mode: str, seed: int
) -> None:
    upstream = start(mode="splice")
    with Shim(shim_library, tmp_path / "control", seed) as shim:
        server = start(environment=shim.environment, mode=mode, upstream=upstream.address)
        for call, rate in RATES.items():
            shim.demand(call, *TRANSIENT, *FATAL, per_mille=rate)
        ends = transfers(server.address, seed)

        for call in RATES:
            shim.demand(call, times=0)
        faults = {call: shim[call].faults for call in RATES}
        report = server.settled(2)
        print(f"\nseed {seed}: {dict(ends)}, faults {faults}, reported {report['failures']}")
        assert ends["hangs"] == 0
        assert sum(ends.values()) == CLIENTS
        assert CLIENTS - ends["intact"] <= sum(report["failures"].values())
        assert report["open_handles"] == 2
        assert report["accepted"] == report["closes"]
        assert report["repeated_closes"] == 0
        assert sum(faults.values()) > 0
        # All is well again: nothing that happened has stayed.
        assert transfers(server.address, seed) == {"intact": CLIENTS}
        server.settled(2)
        server.finish()


@pytest.mark.parametrize("mode", ["echo", "splice", "relay"])
def test_transient_faults_do_no_harm(
    start: Callable[..., Server], shim_library: str, tmp_path: Path, mode: str
) -> None:
    upstream = start(mode="echo")
    with Shim(shim_library, tmp_path / "control") as shim:
        server = start(environment=shim.environment, mode=mode, upstream=upstream.address)
        for call in ("read", "write", "writev"):
            shim.demand(call, *TRANSIENT, per_mille=300)
        shim.demand("accept4", "EINTR", "ECONNABORTED", per_mille=300)
        assert transfers(server.address, 0) == {"intact": CLIENTS}
        assert server.settled(2)["failures"] == {}
        server.finish()
