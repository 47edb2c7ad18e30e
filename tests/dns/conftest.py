"""What the tests of dns need around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .helpers import BLOCKED


@pytest.fixture
def blocked(python: Any, tmp_path: Any) -> Callable[[str], Any]:
    """blocked(code): run code after BLOCKED; it must end with os._exit(0), for the thread hangs."""
    return lambda code: python(
        BLOCKED + code, HOSTALIASES=str(tmp_path / "fifo"), UV_THREADPOOL_SIZE="1"
    )
