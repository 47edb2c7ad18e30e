"""aiohttp: --aiohttp-loop=pyloop, the default, is asyncio.new_event_loop."""

import choose

choose.aim()
