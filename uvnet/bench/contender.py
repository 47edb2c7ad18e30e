"""One subject in one scenario: its server process, how it is loaded, and what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from . import process, stats
from .process import Child, ChildError
from .scenarios import Scenario

START_TIMEOUT = 30.0  # seconds for a child to import what it needs and listen
RUN_TIMEOUT = 30.0  # seconds that a run may take beyond the time it was given
LONGER = 1.0  # seconds at least for a second try, if nothing was done in the first
WARMUP = 32  # messages on each connection before a measurement
WARMUP_MOST = 4096  # messages, where there are many connections

LOOPBACK = "127.0.0.1"


class RunError(RuntimeError):
    """A subject could not be measured."""


class NothingDone(RunError):
    """A measurement was over before the first message was."""


class LoadFailed(RunError):
    """The load generator failed, whoever was being loaded."""


class Load(Protocol):
    """What takes a request and gives an answer: a load process, or a cluster of them."""

    def send(self, message: dict[str, Any], /) -> None:
        """Begin with a request."""

    def receive(self, timeout: float, /) -> Any:
        """Return the answer."""

    def close(self) -> None:
        """End it."""


def load_process() -> Load:
    """Start the load generator on a CPU of its own."""
    return Child("uvnet.bench.load", ["--requests"])


class Loader:
    """The load of a whole run. One that failed is replaced for the next request, if it can be.

    Args:
        make: Starts one.
    """

    def __init__(self, make: Callable[[], Load] = load_process) -> None:
        self._make = make
        self._load: Load | None = make()
        self._gone = ""  # why no other can be made, such as on a cluster that has ended
        self.host: str = getattr(self._load, "host", LOOPBACK)

    def run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return the answer.

        Raises:
            LoadFailed: The load generator ended, or did not answer in time.
        """
        if self._gone:
            raise LoadFailed(self._gone)
        try:
            if self._load is None:
                self._load = self._again()
            self._load.send(request)
            answer: dict[str, Any] = self._load.receive(request["deadline"] + 5)
        except ChildError as error:
            self.close()
            raise LoadFailed(f"the load: {error}") from None
        return answer

    def _again(self) -> Load:
        try:
            return self._make()
        except ChildError as error:
            self._gone = f"the load: {error}"
            raise

    def close(self) -> None:
        """End it. Idempotent."""
        load, self._load = self._load, None
        if load is not None:
            load.close()

    def __enter__(self) -> Loader:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def fault(result: dict[str, Any], server: Child) -> RunError:
    """Return what to raise for a failed load: its error, and the server's end if it has ended."""
    if result["kind"] == "system":  # such as no descriptor left
        return LoadFailed(f"the load: {result['error']}")
    ended = server.obituary(0.1)
    return RunError(result["error"] + (f" ({ended})" if ended else ""))


def request(scenario: Scenario, seconds: float, **options: Any) -> dict[str, Any]:
    """Return the load request of a scenario, but for the address.

    Args:
        scenario: What to do.
        seconds: For how long.
        options: Fields that differ from the scenario's.
    """
    connections = options.get("connections", scenario.connections)
    # Bulk and new connections have no message to begin with.
    warm = scenario.kind in ("echo", "http")
    most = max(connections, min(WARMUP * connections, WARMUP_MOST))
    return {
        "carrier": scenario.carrier,
        "kind": scenario.kind,
        "connections": connections,
        "size": scenario.size,
        "depth": scenario.depth,
        "rate": scenario.rate,
        "lines": scenario.lines,
        "seconds": seconds,
        "warmup": most if warm else 0,
        "deadline": seconds + RUN_TIMEOUT,
        **options,
    }


@dataclass(frozen=True)
class Measured:
    """One round of one subject.

    Attributes:
        value: In the scenario's unit.
        messages: Messages within the measurement.
        seconds: How long it took.
        handled: Messages that the server's CPU seconds were spent on, the warm-up among them.
        user: The server's user CPU time, in seconds.
        system: Likewise in the kernel.
        load_busy: The part of the time that the load generator computed.
        latency: In microseconds, by percentile.
        histogram: [upper bound in ns, count] pairs; empty where there is no latency.
        offered: Messages per second that were due, of an open loop.
    """

    value: float
    messages: int = 0
    seconds: float = 0.0
    handled: int = 0
    user: float = 0.0
    system: float = 0.0
    load_busy: float = 0.0
    latency: dict[str, float] = field(default_factory=dict)
    histogram: list[Any] = field(default_factory=list)
    offered: float = 0.0

    @property
    def server_busy(self) -> float:
        """The part of the time that the server computed."""
        within = self.messages / self.handled if self.handled else 0.0
        return (self.user + self.system) * min(within, 1.0) / self.seconds

    def document(self) -> dict[str, Any]:
        """Return it as the document has it."""
        return {
            "value": self.value,
            "messages": self.messages,
            "seconds": self.seconds,
            "user": self.user,
            "system": self.system,
            "p50_us": self.latency.get("p50"),
            "p99_us": self.latency.get("p99"),
        }


def measured(scenario: Scenario, answer: dict[str, Any], user: float, system: float) -> Measured:
    """Return the round that the load's answer tells of.

    Raises:
        NothingDone: Nothing was done in it.
    """
    seconds = answer["seconds"]
    done = answer["bytes" if scenario.unit == "bytes/s" else "messages"]
    if not done or not seconds:
        raise NothingDone(f"nothing was completed within {seconds:.2g} s")
    return Measured(
        value=done / seconds,
        messages=answer["messages"],
        seconds=seconds,
        handled=answer["messages_total"],
        user=user,
        system=system,
        load_busy=answer["cpu_seconds"] / seconds,
        latency=answer["latency"] if answer["histogram"] else {},
        histogram=answer["histogram"],
        offered=answer.get("rate_offered", 0.0),
    )


@dataclass
class Contender:
    """One subject in one scenario: its server process and what was measured of it.

    Attributes:
        subject: Its name.
        scenario: What it takes part in.
        missing: Why it is not there.
        failed: Why it could not be measured.
        load_failed: Whether that is the load generator's failure.
        at: Its rounds, by the point of the scenario that they were at; 0 where there are no points.
        memory: The server's resident bytes after the last round.
    """

    subject: str
    scenario: Scenario
    server: Child | None = None
    address: Any = None
    missing: str | None = None
    failed: str | None = None
    load_failed: bool = False
    at: dict[float, list[Measured]] = field(default_factory=dict)
    memory: int | None = None
    instructions: float | None = None
    syscalls: dict[str, Any] | None = None

    @property
    def able(self) -> bool:
        """Whether it can be measured."""
        return self.missing is None and self.failed is None

    @property
    def rounds(self) -> list[Measured]:
        """Its rounds at the only point, or at the one with the best median."""
        if 0 in self.at:
            return self.at[0]
        return max(self.at.values(), key=middle, default=[])

    def fail(self, error: RunError) -> None:
        """Let it not be measured any more."""
        self.failed, self.load_failed = str(error), isinstance(error, LoadFailed)

    def start(self, folder: str, host: str = LOOPBACK) -> None:
        """Start its server and learn its address, or that it is missing or failed."""
        where = ["--tcp"]
        if self.scenario.transport == "unix":
            if host != LOOPBACK:
                self.missing = "a Unix socket cannot be reached from where the load is"
                return
            where = ["--unix", str(Path(folder) / f"{self.subject}.sock")]
        elif host != LOOPBACK:
            where += ["--host", host]
        where += ["--service", self.scenario.service]
        if self.scenario.service == "http":
            where += ["--size", str(self.scenario.size)]
        self.server = Child("uvnet.bench.serve", [self.subject, *where])
        try:
            answer = self.server.receive(START_TIMEOUT)
        except ChildError as error:
            self.failed = str(error)
            return
        self.missing = answer.get("missing")
        self.address = answer.get("address")

    def measure(self, loader: Loader, seconds: float, **options: Any) -> Measured:
        """Load its server once.

        Args:
            loader: What makes the load.
            seconds: For how long.
            options: Fields of the request that differ from the scenario's.

        Raises:
            RunError: The server did not answer as it must, or ended; or the load did.
        """
        try:
            return self._measure(loader, seconds, **options)
        except NothingDone:  # such as a MiB on each connection while the machine is busy
            return self._measure(loader, max(LONGER, 4 * seconds), **options)

    def _measure(self, loader: Loader, seconds: float, **options: Any) -> Measured:
        assert self.server is not None
        wanted = {"address": self.address, **request(self.scenario, seconds, **options)}
        try:
            user, system = process.cpu_seconds(self.server.pid)
            answer = loader.run(wanted)
            if "error" in answer:
                raise fault(answer, self.server)
            user_after, system_after = process.cpu_seconds(self.server.pid)
        except OSError as error:  # /proc has it no more
            raise RunError(self.server.obituary(1) or str(error)) from None
        return measured(self.scenario, answer, user_after - user, system_after - system)

    def weigh(self) -> None:
        """Read how much memory the server has now."""
        if self.server is not None and self.able:
            try:
                self.memory = process.resident(self.server.pid)
            except OSError as error:
                self.failed = self.server.obituary(1) or str(error)

    def close(self) -> None:
        """End its server. Idempotent."""
        if self.server is not None:
            self.server.close()


def middle(rounds: Sequence[Measured]) -> float:
    """Return the median of the rounds' values; 0 without one."""
    return stats.median([each.value for each in rounds]) if rounds else 0.0


def in_turn(contenders: Sequence[Contender], turn: int) -> Iterator[Contender]:
    """Yield the contenders in an order that begins elsewhere each turn."""
    start = turn % len(contenders)
    yield from (*contenders[start:], *contenders[:start])
