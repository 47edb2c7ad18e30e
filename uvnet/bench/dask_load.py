"""Spread the load over the workers of a dask.distributed cluster.

One machine can make only so much load. Every worker runs the load generator in a process of its
own, with a share of the connections; what the processes measured is merged into one answer.

    python -m uvnet bench --dask tcp://192.0.2.7:8786

`python -m uvnet.bench.dask_load` is what runs on a worker: as `python -m uvnet.bench.load
--requests`, but on any CPU, since workers of one machine must not share one.
"""

from __future__ import annotations

import contextlib
import importlib
import ipaddress
import json
import socket
import sys
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from uvnet._version import __version__

from . import histogram
from .process import Child, ChildError

LOOPBACK = "127.0.0.1"
COUNTED = ("messages", "warmup")
SUMMED = ("messages", "bytes", "messages_total", "rate_offered")


class DaskError(ChildError):
    """The cluster cannot make the load; the message says why."""


def divide(total: int, parts: int) -> list[int]:
    """Divide a whole number into parts that differ by no more than 1, the larger ones first."""
    each, rest = divmod(total, parts)
    return [each + (part < rest) for part in range(parts)]


def shares(request: dict[str, Any], workers: int) -> list[dict[str, Any]]:
    """Divide one load request.

    Connections, messages and messages of the warm-up are divided; the rate follows the connections.

    Args:
        request: As `python -m uvnet.bench.load --requests` takes it.
        workers: How many there are.

    Returns:
        A request for each of the workers that take part: no more than there are connections, or
        messages if they are counted, since nobody can make less than one.
    """
    connections = request.get("connections", 16)
    messages = request.get("messages", 0)
    parts = min(workers, connections, messages or connections)
    divided = {"connections": divide(connections, parts)}
    divided |= {key: divide(request[key], parts) for key in COUNTED if request.get(key)}
    found = [
        {**request, **{key: part[number] for key, part in divided.items()}}
        for number in range(parts)
    ]
    for share in found:
        if request.get("rate"):
            share["rate"] = request["rate"] * share["connections"] / connections
    return found


def merge(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Merge the answers to the shares of one request into the answer to the request.

    What was counted is summed, and the histograms are; "seconds" is the longest, so that a rate is
    never made too high; "cpu_seconds" is that of the generator that computed for the largest part
    of its time, in proportion to these seconds: it is the one that may have been at its limit.

    Args:
        answers: As the load generator gives them. One with an "error" is the error of them all.
    """
    messages = sum(each["messages"] for each in answers)
    for each in answers:
        if "error" in each:
            return {**each, "messages": messages}
    seconds = max(each["seconds"] for each in answers)
    merged = histogram.merge([each["histogram"] for each in answers])
    latency = histogram.latency(merged)
    # A histogram knows the upper bounds of its buckets, a generator the largest value itself.
    largest = max(each["latency"]["max"] for each in answers)
    latency = {key: min(value, largest) for key, value in latency.items()}
    return {
        **answers[0],
        **{key: sum(each[key] for each in answers) for key in SUMMED if key in answers[0]},
        "seconds": seconds,
        "cpu_seconds": seconds * max(each["cpu_seconds"] / each["seconds"] for each in answers),
        "latency": latency,
        "histogram": merged,
    }


class Share:
    """On a worker: its load generator, which ends when the client of the cluster goes."""

    def __init__(self) -> None:
        self._child = Child("uvnet.bench.dask_load")

    def run(self, request: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Make the load and return the answer.

        Raises:
            ChildError: The generator ended, or `timeout` seconds passed.
        """
        self._child.send(request)
        answer: dict[str, Any] = self._child.receive(timeout)
        return answer

    def close(self) -> None:
        """End the generator."""
        self._child.close()


class DaskLoad:
    """The load generator of a whole cluster, talked to as to a `process.Child` that is one.

    Args:
        address: Of the scheduler, such as "tcp://192.0.2.7:8786".
        timeout: Seconds to wait for the scheduler, and then for its workers.

    Attributes:
        host: The address of this machine that the workers can reach; servers listen on it.
        workers: The workers' addresses.

    Raises:
        DaskError: distributed is not installed, the scheduler cannot be reached, it has no workers,
            or a worker cannot import this version of uvnet.
    """

    def __init__(self, address: str, timeout: float = 10.0) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError as error:
            raise DaskError(
                f"the load on a dask cluster needs `pip install distributed`: {error}"
            ) from None
        self.address = address
        try:
            # A client that finds this out by itself leaves threads behind.
            comm = distributed.comm
            comm.get_address_host_port(comm.normalize_address(address), strict=True)
            self._client: Any = distributed.Client(
                address, timeout=timeout, set_as_default=False, name="uvnet-bench"
            )
        except (OSError, ValueError) as error:
            raise DaskError(f"no dask scheduler answers at {address!r}: {error}") from None
        self._shares: list[Any] = []
        self._answers: list[Any] = []
        self._refusal: dict[str, Any] | None = None
        try:
            self._start(timeout)
        except BaseException:
            self.close()
            raise

    def _start(self, timeout: float) -> None:
        """Find the workers, look at their uvnet, and start their generators."""
        try:
            self._client.wait_for_workers(1, timeout=timeout)
        except TimeoutError:
            raise DaskError(f"the dask scheduler at {self.address} has no workers") from None
        self.workers: list[str] = sorted(self._client.nthreads())
        self.host = reachable_host([self.address, *self.workers])

        def version() -> tuple[str, str]:
            # Goes to the worker by value, so that it runs where there is no uvnet, too.
            try:
                from uvnet._version import __version__
                from uvnet.bench import _load  # noqa: F401
            except ImportError as error:
                return "", str(error)
            return __version__, ""

        version.__module__ = "__main__"
        for worker, answer in zip(self.workers, self._on_each(version, timeout), strict=True):
            found, reason = answer
            if found != __version__:
                has = f"has uvnet {found}" if found else f"cannot import uvnet ({reason})"
                raise DaskError(
                    f"the dask worker {worker} {has}; install {__version__} there, as it is here"
                )
        with self._client.as_current():  # which the actors keep
            self._shares = self._on_each(Share, timeout, actor=True)

    def _on_each(self, task: Any, timeout: float, **options: Any) -> list[Any]:
        """Run a task on every worker and return what they answer."""
        futures = [
            self._client.submit(
                task, workers=[worker], allow_other_workers=False, pure=False, **options
            )
            for worker in self.workers
        ]
        deadline = time.monotonic() + timeout
        found = []
        for worker, future in zip(self.workers, futures, strict=True):
            try:
                found.append(future.result(max(0.0, deadline - time.monotonic())))
            except Exception as error:
                raise DaskError(f"the dask worker {worker}: {told(error, timeout)}") from None
        return found

    def send(self, message: dict[str, Any]) -> None:
        """Begin with a load request on as many workers as it has connections for."""
        if isinstance(message["address"], str) and self.host != LOOPBACK:
            error = f"no dask worker can reach {message['address']}, a Unix socket"
            self._refusal = {"error": error, "kind": "connect", "messages": 0}
            return
        patience = message.get("deadline", 30.0) + 5
        requests = shares(message, len(self._shares))
        self._answers = [
            share.run(request, patience)
            for share, request in zip(self._shares, requests, strict=False)
        ]

    def receive(self, timeout: float) -> dict[str, Any]:
        """Wait for the merged answer to the last request.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            DaskError: A worker was lost or failed otherwise, or the time passed.
        """
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            return refusal
        answers, self._answers = self._answers, []
        deadline = time.monotonic() + timeout
        found = []
        for worker, answer in zip(self.workers, answers, strict=False):
            try:
                share = answer.result(max(0.0, deadline - time.monotonic()))
            except Exception as error:  # what the worker raised comes as its own class
                raise DaskError(f"the dask worker {worker}: {told(error, timeout)}") from None
            if "error" in share:
                share["error"] = f"the dask worker {worker}: {share['error']}"
            found.append(share)
        return merge(found)

    def close(self) -> None:
        """End the generators and leave the cluster as it was. Idempotent."""
        shares, self._shares = self._shares, []
        with contextlib.suppress(Exception):  # of a cluster that is gone, too
            for end in [share.close() for share in shares]:
                end.result(5)
        with contextlib.suppress(TimeoutError):
            self._client.close(5)

    def __enter__(self) -> DaskLoad:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def told(error: Exception, timeout: float) -> str:
    """Return the text of what a worker answered with."""
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} s"
    return str(error) or type(error).__name__


def reachable_host(addresses: Iterable[str]) -> str:
    """Return the address of this machine's that those at the addresses can reach.

    Args:
        addresses: Of a scheduler and its workers, such as "tcp://192.0.2.7:8786".

    Returns:
        127.0.0.1 if they are all on this machine's loopback; else that of the interface which leads
        to the first of them that is not.
    """
    for address in addresses:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        host, port = parts.hostname or LOOPBACK, parts.port or 8786
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        if ipaddress.ip_address(found[4][0]).is_loopback:
            continue
        with socket.socket(found[0], socket.SOCK_DGRAM) as probe:
            probe.connect(found[4])  # which sends nothing
            return str(probe.getsockname()[0])
    return LOOPBACK


def main() -> None:
    """Answer each line of standard input, a load request, by one line."""
    from . import load

    for line in sys.stdin:
        print(json.dumps(load.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
