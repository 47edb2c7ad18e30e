"""Writes what became of each test to the file ECOSYSTEM_RESULTS, one JSON line for each event.

{"test": id, "outcome": "passed" | "failed" | "skipped" | "xfailed" | "xpassed"}; a test may have
several, of which the worst counts. {"start": id} when it begins, so that a hang has a name.
{"loops": number} at the end of each process. A plug-in of pytest; unittest calls `write`.
"""

from __future__ import annotations

import json
import os
from typing import Any

import choose


def write(**event: object) -> None:
    """Append one line. Several processes may do so at once."""
    with open(os.environ["ECOSYSTEM_RESULTS"], "a") as file:
        file.write(json.dumps(event) + "\n")


class Recorder:
    """The controller of pytest-xdist hears of everything that happens in its workers."""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        write(start=nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if hasattr(report, "wasxfail"):
            write(test=report.nodeid, outcome="xfailed" if report.skipped else "xpassed")
        elif report.when == "call" or not report.passed:
            write(test=report.nodeid, outcome=report.outcome)

    def pytest_collectreport(self, report: Any) -> None:
        if not report.passed:  # a whole file failed, or is skipped
            write(test=report.nodeid, outcome=report.outcome)


def pytest_configure(config: Any) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder())


def pytest_sessionfinish() -> None:
    write(loops=choose.made)
