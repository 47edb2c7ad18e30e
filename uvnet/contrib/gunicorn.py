"""Worker classes for gunicorn, by the server whose protocol they speak.

    gunicorn -k uvnet.contrib.gunicorn.Worker app:app          gunicorn's own ASGI worker
    gunicorn -k uvnet.contrib.gunicorn.UvicornWorker app:app   uvicorn's, for ASGI
    gunicorn -k uvnet.contrib.gunicorn.AiohttpWorker app:app   aiohttp's, for its applications

Each is the worker of that project, but that its loop is one of uvnet. A class is made when it is
asked for, so that only what it needs must be installed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvnet.aio import new_event_loop

__all__ = ["AiohttpWorker", "UvicornWorker", "Worker"]

if TYPE_CHECKING:
    AiohttpWorker: type[Any]
    UvicornWorker: type[Any]
    Worker: type[Any]


def _of_gunicorn() -> type[Any]:
    needs = "uvnet.contrib.gunicorn.Worker needs gunicorn 25 or newer: pip install 'gunicorn>=25'"
    try:
        from gunicorn.workers.gasgi import ASGIWorker
    except ImportError as error:
        raise ImportError(needs) from error
    if not hasattr(ASGIWorker, "_setup_event_loop"):  # else it would quietly use another loop
        raise ImportError(f"{needs}; the worker of this one cannot be given a loop")

    class Worker(ASGIWorker):
        """gunicorn's ASGI worker on a loop of uvnet; it has no use for --asgi-loop."""

        def _setup_event_loop(self) -> None:
            self.loop = new_event_loop()
            asyncio.set_event_loop(self.loop)

    return Worker


def _of_uvicorn() -> type[Any]:
    needs = (
        "uvnet.contrib.gunicorn.UvicornWorker needs gunicorn, uvicorn 0.36 or newer, and its "
        "worker: pip install gunicorn 'uvicorn>=0.36' uvicorn-worker"
    )
    try:
        from uvicorn import Config

        try:
            from uvicorn_worker import UvicornWorker as Base
        except ImportError:  # where it was before, and still is
            from uvicorn.workers import UvicornWorker as Base
    except ImportError as error:
        raise ImportError(needs) from error
    if not hasattr(Config, "get_loop_factory"):
        raise ImportError(needs)

    class UvicornWorker(Base):
        """uvicorn's worker on a loop of uvnet."""

        CONFIG_KWARGS = {**Base.CONFIG_KWARGS, "loop": "uvnet:new_event_loop"}

    return UvicornWorker


def _of_aiohttp() -> type[Any]:
    try:
        from aiohttp.worker import GunicornWebWorker
        from gunicorn.workers import base
    except ImportError as error:
        raise ImportError(
            "uvnet.contrib.gunicorn.AiohttpWorker needs both: pip install gunicorn aiohttp"
        ) from error

    class AiohttpWorker(GunicornWebWorker):
        """aiohttp's worker on a loop of uvnet."""

        def init_process(self) -> None:
            # In place of aiohttp's own, which makes a loop of asyncio's policy.
            self.loop = new_event_loop()
            asyncio.set_event_loop(self.loop)
            base.Worker.init_process(self)

    return AiohttpWorker


_MAKERS = {"AiohttpWorker": _of_aiohttp, "UvicornWorker": _of_uvicorn, "Worker": _of_gunicorn}


def __getattr__(name: str) -> type[Any]:
    if name not in _MAKERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {__all__}")
    made = globals()[name] = _MAKERS[name]()
    made.__module__, made.__qualname__ = __name__, name
    return made
