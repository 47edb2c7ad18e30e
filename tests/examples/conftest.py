"""Starting examples."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

from .programs import EXAMPLES, Example


@pytest.fixture(autouse=True)
def needs_examples() -> None:
    if not EXAMPLES.exists():
        pytest.skip("the examples are not here: only the tests were copied")


@pytest.fixture
def start() -> Iterator[Callable[..., Example]]:
    """start(*command): run a program until the test is over, at most."""
    running: list[Example] = []

    def run(*command: object) -> Example:
        running.append(Example([str(word) for word in command]))
        return running[-1]

    yield run
    for example in running:
        example.close()


@pytest.fixture
def run(start: Callable[..., Example]) -> Callable[..., Example]:
    """run(name, *arguments): run an example, in which every warning is an error."""
    return lambda name, *args: start(sys.executable, "-W", "error", EXAMPLES / name, *args)


@pytest.fixture
def serve(run: Callable[..., Example]) -> Callable[..., Example]:
    """serve(name, *arguments): run an example that is a server, on a port of its own."""
    return lambda name, *args: run(name, *args, "--port", 0).listening()
