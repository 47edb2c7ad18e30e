"""aiosmtpd: Controller and the tests' fixtures call asyncio.new_event_loop."""

import choose

choose.aim()
