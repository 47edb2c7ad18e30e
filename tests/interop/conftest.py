"""One connection between Python and a Node process, each the server or the client of the other."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.bench import node

from . import scenarios

HERE = Path(__file__).parent
OLDEST = 20  # the oldest Node that still has what the scenarios use
TIMEOUT = 60  # seconds for Node to end; only what hangs gets there

Reports = tuple[dict[str, Any], dict[str, Any]]


class Node:
    """A Node process at one end of the connection; see peer.js."""

    def __init__(self, program: str, scenario: str, options: dict[str, Any]) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by close()
        self._process = subprocess.Popen(
            [program, str(HERE / "peer.js"), scenario, json.dumps(options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )

    def address(self) -> Any:
        """Return the port or path that it listens on."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self._complaints()
        return json.loads(line)["address"]

    def report(self) -> dict[str, Any]:
        """Wait for the end of the process, and return what the scenario has reported there."""
        output, _ = self._process.communicate(timeout=TIMEOUT)
        assert self._process.returncode == 0, self._complaints()
        report: dict[str, Any] = json.loads(output)
        return report

    def _complaints(self) -> str:
        self._stderr.seek(0)
        return "Node failed:\n" + self._stderr.read().decode(errors="replace")

    def close(self) -> None:
        """End the process, by force if it must be."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._stderr.close()


@pytest.fixture(scope="session")
def node_program() -> str:
    """The path of a Node that is new enough; without one the test is skipped."""
    try:
        program = node.find()
    except ImportError as error:
        pytest.skip(str(error))
    version = node.version()
    if version is None:
        pytest.skip(f"{program} does not run")
    if int(version.partition(".")[0]) < OLDEST:
        pytest.skip(f"{program} is Node {version}, older than {OLDEST}")
    return program


@pytest.fixture
def meet(
    node_program: str, role: str, transport: str, tmp_path: Path
) -> Iterator[Callable[..., Reports]]:
    """A function that plays a scenario and returns what both ends report, ours first.

    Our end is the client or the server, as the test's parameter `role` says, over the parameter
    `transport`. The keyword `half_open` is for both ends' sockets; other ones go to the scenario.
    """
    path = str(tmp_path / "meet.sock") if transport == "unix" else None
    nodes: list[Node] = []

    def play(scenario: str, *, first: bool, half_open: bool = False, **options: Any) -> Reports:
        theirs = {"path": path, "half_open": half_open, "first": not first, **options}
        reports: list[dict[str, Any]] = []

        def start(**more: Any) -> Node:
            nodes.append(Node(node_program, scenario, theirs | more))
            return nodes[-1]

        def ours(socket: net.Socket) -> None:
            getattr(scenarios, scenario)(socket, reports.append, first=first, **options)

        def on_connection(socket: net.Socket) -> None:
            server.close()
            ours(socket)

        def on_listening() -> None:
            start(role="client", port=None if path else server.address().port)

        if role == "server":
            server = net.create_server(on_connection, allow_half_open=half_open)
            server.listen(*([path] if path else [0, "127.0.0.1"]), on_listening)
        else:
            address = start(role="server").address()
            where = {"path": path} if path else {"port": address, "host": "127.0.0.1"}
            ours(net.connect(**where, allow_half_open=half_open))
        uvnet.run()
        [report] = reports
        return report, nodes[0].report()

    yield play
    for each in nodes:
        each.close()
