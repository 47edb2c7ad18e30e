"""Connected handles of each kind, closed at the end of the test."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .helpers import KINDS, TCP, Kind, adopt, close


@pytest.fixture(params=KINDS, ids=repr)
def kind(request: pytest.FixtureRequest) -> Kind:
    """TCP and then Pipe."""
    return request.param


@pytest.fixture
def connect(loop: Any) -> Iterator[Callable[..., tuple[Any, socket.socket]]]:
    """connect(kind=TCP): a connected handle and the plain socket at its other end."""
    made: list[tuple[Any, socket.socket]] = []

    def connect(kind: Kind = TCP) -> tuple[Any, socket.socket]:
        made.append(adopt(loop, kind))
        return made[-1]

    yield connect
    for _, peer in made:
        peer.close()
    if not loop.is_closed():
        close(*(handle for handle, _ in made))


@pytest.fixture
def connected(connect: Callable[..., Any], kind: Kind) -> tuple[Any, socket.socket]:
    """A connected handle of each kind, and the plain socket at its other end."""
    return connect(kind)
