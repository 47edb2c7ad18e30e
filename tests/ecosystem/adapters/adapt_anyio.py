"""anyio: its "asyncio" backend without a loop_factory is asyncio.Runner's own loop."""

import choose

choose.aim()
