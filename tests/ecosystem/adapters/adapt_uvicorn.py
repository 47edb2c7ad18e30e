"""uvicorn: the factory that --loop=auto names, and anyio's plug-in around the tests."""

import choose
import uvicorn.config

choose.aim()

if choose.OURS:
    uvicorn.config.LOOP_FACTORIES["auto"] = "adapt_uvicorn:auto_loop_factory"


def auto_loop_factory(use_subprocess: bool = False) -> object:
    return choose.new_event_loop
