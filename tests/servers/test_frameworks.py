"""anyio, httpx, Starlette and FastAPI: what asks for the running loop, or for a factory."""

from __future__ import annotations

import asyncio
import signal
import ssl
import sys
from pathlib import Path
from typing import Any

import pytest

import uvnet

from .apps import CHUNK, app
from .processes import CERTIFICATE, free_port, require

BACKEND = {"loop_factory": uvnet.new_event_loop}
DATA = CHUNK * 64


# ---------------------------------------------------------------------------- anyio


def anyio_run(function: Any) -> Any:
    require("anyio")
    import anyio

    return anyio.run(function, backend_options=BACKEND)


@pytest.mark.parametrize("kind", ["tcp", "tls", "unix"])
def test_anyio_streams(kind: str, tmp_path: Path) -> None:
    async def main() -> None:
        import anyio
        from anyio.streams.tls import TLSListener

        ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        ours.load_cert_chain(CERTIFICATE)
        theirs = ssl.create_default_context(cafile=CERTIFICATE)
        path = tmp_path / "socket"
        listener: Any
        if kind == "unix":
            listener = await anyio.create_unix_listener(path)
        else:
            listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
            port = listener.extra(anyio.abc.SocketAttribute.local_port)
        if kind == "tls":
            listener = TLSListener(listener, ours)

        async def echo(stream: Any) -> None:
            async with stream:
                async for chunk in stream:
                    await stream.send(chunk)

        async def client() -> None:
            stream: Any
            if kind == "unix":
                stream = await anyio.connect_unix(path)
            elif kind == "tls":
                stream = await anyio.connect_tcp(
                    "127.0.0.1", port, tls_hostname="localhost", ssl_context=theirs
                )
            else:
                stream = await anyio.connect_tcp("127.0.0.1", port)
            async with stream, anyio.create_task_group() as group:
                group.start_soon(stream.send, DATA)
                received = b""
                while len(received) < len(DATA):
                    received += await stream.receive()
                assert received == DATA

        async with listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, echo)
            async with anyio.create_task_group() as clients:
                for _ in range(10):
                    clients.start_soon(client)
            group.cancel_scope.cancel()

    anyio_run(main)


def test_anyio_processes_threads_signals_and_deadlines() -> None:
    async def main() -> None:
        import anyio
        from anyio import from_thread, to_thread

        assert isinstance(asyncio.get_running_loop(), uvnet.Loop)
        done = await anyio.run_process([sys.executable, "-c", "print(input())"], input=b"hello\n")
        assert done.stdout == b"hello\n"
        assert await to_thread.run_sync(lambda: from_thread.run(anyio.sleep, 0)) is None
        with anyio.open_signal_receiver(signal.SIGUSR1) as signals:
            signal.raise_signal(signal.SIGUSR1)
            assert await anext(signals) == signal.SIGUSR1
        with anyio.move_on_after(0.02) as scope:
            await anyio.sleep_forever()
        assert scope.cancelled_caught
        async with await anyio.create_udp_socket(local_host="127.0.0.1") as udp:
            host, port = udp.extra(anyio.abc.SocketAttribute.local_address)
            await udp.sendto(b"hello", host, port)
            assert (await udp.receive())[0] == b"hello"

    anyio_run(main)


# -------------------------------------------------------------------- httpx, uvicorn


def test_httpx_and_uvicorn_on_one_loop() -> None:
    require("httpx", "uvicorn")
    import httpx
    import uvicorn

    async def main() -> None:
        port = free_port()
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:

            async def ask(path: str) -> bytes:
                return (await client.get(path)).raise_for_status().content

            answers = await asyncio.gather(*(ask("/") for _ in range(200)))
            assert len(set(answers)) == 1
            assert await ask("/stream") == CHUNK * 256
            response = await client.post("/echo", content=DATA)
            assert response.content == DATA
            async with client.stream("GET", "/stream") as response:
                async for chunk in response.aiter_raw(1000):
                    assert chunk == CHUNK[:1000]
                    break  # and the rest is given up
            with pytest.raises(httpx.ReadTimeout):
                await client.get("/slow", timeout=0.05)
        server.should_exit = True
        await serving

    uvnet.run(main())


# --------------------------------------------------------------- Starlette, FastAPI


def test_a_web_application() -> None:
    require("fastapi", "starlette", "httpx2")
    from starlette.testclient import TestClient

    from .fastapi_app import api, later

    with TestClient(api, backend_options=BACKEND) as client:
        for number in range(20):
            found = client.get(f"/items/{number}").json()
            assert found == {"number": number, "kind": "sync"}
        assert client.get("/items/x").status_code == 422
        assert client.get("/stream").content == DATA
        assert client.post("/later").status_code == 200
        assert later == ["done"]
        with client.websocket_connect("/ws") as websocket:
            for number in range(20):
                websocket.send_text(str(number))
                assert websocket.receive_text() == str(number)
