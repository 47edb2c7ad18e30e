"""Servers as processes, C programs compiled on the spot, and no child left behind."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

if sys.platform != "linux":  # /proc, strace, accept4 and ports on all of 127/8
    collect_ignore_glob = ["test_*.py"]
else:
    from .harness import Child, Nursery, Server, compile_c


@pytest.fixture(scope="session")
def binaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what is compiled."""
    return tmp_path_factory.mktemp("binaries")


@pytest.fixture(scope="session")
def peer_program(binaries: Path) -> str:
    return str(compile_c("peer.c", binaries / "peer"))


@pytest.fixture(scope="session")
def shim_library(binaries: Path) -> str:
    return str(compile_c("shim.c", binaries / "shim.so", "-shared", "-fPIC", "-ldl"))


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """A function that starts a server process, which ends with the test. See Server."""
    with ExitStack() as stack:

        def start_server(**options: Any) -> Server:
            server = Server(**options)
            stack.callback(server.close)
            return server

        yield start_server


@pytest.fixture
def peer(peer_program: str) -> Iterator[Callable[..., Child]]:
    """A function that starts peer.c with these arguments."""
    with ExitStack() as stack:

        def start_peer(*arguments: object) -> Child:
            return stack.enter_context(Child([peer_program, *map(str, arguments)]))

        yield start_peer


@pytest.fixture(scope="module")
def nursery(request: pytest.FixtureRequest) -> Iterator[Nursery]:
    """A process that runs functions of the module that the test module names CASES."""
    with Nursery(request.module.CASES) as nursery:
        yield nursery
