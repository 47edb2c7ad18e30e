"""An application of FastAPI, which reads annotations: they must be no text here."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import BackgroundTasks, Depends, FastAPI, WebSocket
from starlette.responses import StreamingResponse

import uvnet

from .apps import CHUNK

api = FastAPI()
later: list[str] = []


def in_a_thread() -> str:
    return "sync"


@api.get("/items/{number}")
async def item(number: int, kind: str = Depends(in_a_thread)) -> dict[str, int | str]:
    assert isinstance(asyncio.get_running_loop(), uvnet.Loop)
    return {"number": number, "kind": kind}


@api.get("/stream")
async def stream() -> StreamingResponse:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield CHUNK
            await asyncio.sleep(0)

    return StreamingResponse(chunks())


@api.post("/later")
async def in_background(tasks: BackgroundTasks) -> None:
    tasks.add_task(later.append, "done")


@api.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)
