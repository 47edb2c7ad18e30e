"""How many turns the loop takes: none for nothing."""

from __future__ import annotations

import asyncio
from typing import Any


def test_short_sleeps_take_few_turns(aio_loop: Any) -> None:
    """As CPython's test_timeout_rounding, which can count asyncio's own turns only."""

    async def main() -> None:
        for delay in (1e-2, 1e-4, 1e-6, 1e-8, 1e-10):
            await asyncio.sleep(delay)

    before = aio_loop.metrics().turns
    aio_loop.run_until_complete(main())
    assert 5 <= aio_loop.metrics().turns - before <= 20
