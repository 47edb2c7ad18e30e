"""httpcore: anyio's plug-in for pytest runs its tests, on the loop that asyncio makes."""

from typing import Any

import choose

choose.aim()


def pytest_configure(config: Any) -> None:
    # pytest-trio's, whose tests are left out.
    config.addinivalue_line("markers", "trio: run by trio")
