"""One run of a server under a tool that counts: the load is outside it, and the server then ends.

Two such runs, with few messages and with many, have a slope: the cost of a message, in which
starting up, importing and accepting have cancelled out.
"""

from __future__ import annotations

from collections.abc import Sequence

from .contender import fault
from .process import Child
from .scenarios import Scenario
from .subjects import SUBJECTS

CONNECTIONS = 16
SIZE = 1024  # bytes of a message
FEW, MANY = 2_000, 12_000  # messages
TIMEOUT = 180.0  # seconds for one run under a tool, which makes it slow


def countable(scenario: Scenario) -> bool:
    """Return whether what a message costs in a scenario can be counted: plain and small echo."""
    return (
        scenario.method == "rounds"
        and (scenario.kind, scenario.service) == ("echo", "echo")
        and scenario.transport != "unix"
        and scenario.depth == 1
        and scenario.size <= SIZE
        and scenario.connections <= CONNECTIONS
    )


def serve_once(
    subject: str, messages: int, tool: Sequence[str], scenario: Scenario | None = None
) -> None:
    """Run a server under a tool for one load.

    Args:
        subject: Which of SUBJECTS.
        messages: How many messages the load sends.
        tool: The command that the server runs under, and its options.
        scenario: Whose connections and size of messages to take; without one, 16 and 1 KiB.

    Raises:
        ImportError: The subject is not installed, or cannot do this.
        ChildError: The server ended too early, too late or not well.
        RunError: The server did not echo what was sent.
    """
    size = scenario.size if scenario else SIZE
    with (
        Child("uvnet.bench.load", ["--requests"]) as load,
        Child(
            "uvnet.bench.serve",
            [subject, "--tcp", "--once", str(messages * size)],
            prefix=tool,
            environment={"PYTHONHASHSEED": "0"},
        ) as server,
    ):
        answer = server.receive(TIMEOUT)
        if "missing" in answer:
            raise ImportError(answer["missing"])
        load.send(
            {
                "address": answer["address"],
                "carrier": SUBJECTS[subject].carrier,
                "connections": scenario.connections if scenario else CONNECTIONS,
                "size": size,
                "messages": messages,
                "deadline": TIMEOUT,
            }
        )
        result = load.receive(TIMEOUT + 5)
        if "error" in result:
            raise fault(result, server)
        server.wait(TIMEOUT)
