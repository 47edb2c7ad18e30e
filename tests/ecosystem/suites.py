"""The suites: how each runs its own tests, and what must differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ADAPTERS = HERE / "adapters"
PINS = HERE / "suites.txt"
TOOLS = HERE / "tools.txt"


@dataclass(frozen=True)
class Suite:
    """One project's tests.

    Attributes:
        name: As the project is installed.
        arguments: For pytest; with none the adapter is the runner itself.
        tests: Where they are below the source distribution's folder.
        workers: The processes that may share them, at most.
        known: Why a test must differ, by its name.
    """

    name: str
    arguments: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    workers: int = 1
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def adapter(self) -> str:
        return f"adapt_{self.name}"

    def version(self) -> str:
        for line in PINS.read_text().splitlines():
            name, _, version = line.partition("==")
            if name == self.name:
                return version
        raise LookupError(f"{PINS} has no version of {self.name}")

    def command(self, python: Path, tests: tuple[str, ...] = ()) -> list[str]:
        """Return the command that runs `tests`, or all; from the suite's own folder.

        -P keeps what is installed from being hidden by the sources in that folder.
        """
        run = [str(python), "-P"]
        if not self.arguments:
            return [*run, str(ADAPTERS / f"{self.adapter}.py"), *(tests or self.tests)]
        run += ["-m", "pytest", "-q", "-rfE", "--tb=short", "-o", "addopts="]
        run += ["-p", "no:cacheprovider", "-p", "record", "-p", self.adapter]
        run += ["-p", "pytest_timeout", "--timeout=120", *self.arguments]
        if self.workers > 1 and not tests:
            run += ["-p", "xdist", f"--numprocesses={self.workers}"]
        return [*run, *(tests or self.tests)]


def _plugins(*names: str) -> tuple[str, ...]:
    """Return the options for these plug-ins: none is loaded for being installed."""
    return tuple(part for name in names for part in ("-p", name))


SUITES = [
    Suite(
        "aiohttp",
        (
            *_plugins("aiohttp.pytest_plugin", "pytest_cov", "pytest_mock"),
            # Of its own default; what needs a container, and what measures.
            "-m",
            "not dev_mode and not autobahn and not internal",
            "--ignore-glob=tests/test_benchmarks_*",
        ),
        ("tests",),
        workers=2,
        known={
            "tests/test_web_functional.py::test_keepalive_expires_on_time[pyloop]": (
                "puts a mock in the place of loop.time(), which native timers do not ask"
            ),
        },
    ),
    Suite(
        "aiosmtpd",
        (
            *_plugins("pytest_asyncio.plugin", "pytest_mock"),
            "-o",
            "asyncio_default_fixture_loop_scope=function",
        ),
        ("aiosmtpd/tests",),  # one process: its ports are fixed
    ),
    Suite(
        "anyio",
        (
            *_plugins("anyio.pytest_plugin", "pytest_mock"),
            "--strict-markers",
            "-k",
            "not trio and not uvloop",
        ),
        ("tests",),
        workers=2,
    ),
    Suite(
        "httpcore",
        (
            *_plugins("anyio.pytest_plugin", "pytest_httpbin.plugin"),
            "-m",
            "not trio",
            "-k",
            "not trio",
        ),
        ("tests",),
    ),
    Suite("tornado", tests=("--quiet",)),
    Suite(
        "uvicorn",
        (*_plugins("anyio.pytest_plugin", "pytest_mock"), "--ignore=tests/benchmarks"),
        ("tests",),
        workers=2,
        known={
            "tests/test_compat.py::test_asyncio_run__default_loop_factory": (
                "asserts that asyncio.run without a loop_factory runs asyncio.SelectorEventLoop"
            ),
        },
    ),
]
