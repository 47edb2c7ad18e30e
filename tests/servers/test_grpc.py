"""grpc.aio on our loop, in a process of its own: gRPC keeps threads of its own until the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .processes import LIMIT, environment, require

PROGRAM = """
import asyncio
import sys

import grpc
import uvnet

CALLS = int(sys.argv[1])


async def echo(request, context):
    return request


async def double(requests, context):
    async for request in requests:
        yield request
        yield request


async def sleep(request, context):
    await asyncio.sleep(60)


async def fail(request, context):
    await context.abort(grpc.StatusCode.NOT_FOUND, "nothing there")


METHODS = {
    "Echo": grpc.unary_unary_rpc_method_handler(echo),
    "Double": grpc.stream_stream_rpc_method_handler(double),
    "Sleep": grpc.unary_unary_rpc_method_handler(sleep),
    "Fail": grpc.unary_unary_rpc_method_handler(fail),
}


async def calls(channel):
    call = channel.unary_unary("/echo.Echo/Echo")

    async def client(number):
        for turn in range(CALLS // 50):
            message = b"%d.%d" % (number, turn)
            assert await call(message) == message

    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(client(number))
    big = bytes(range(256)) * 8192
    assert await call(big) == big


async def streams(channel):
    async def requests():
        for number in range(100):
            yield b"%d" % number

    answers = [each async for each in channel.stream_stream("/echo.Echo/Double")(requests())]
    assert answers == [b"%d" % (number // 2) for number in range(200)]


async def failures(channel):
    for method, timeout, code in (
        ("Fail", None, grpc.StatusCode.NOT_FOUND),
        ("Sleep", 0.1, grpc.StatusCode.DEADLINE_EXCEEDED),
        ("None", None, grpc.StatusCode.UNIMPLEMENTED),
    ):
        try:
            await channel.unary_unary(f"/echo.Echo/{method}")(b"", timeout=timeout)
        except grpc.aio.AioRpcError as error:
            assert error.code() is code, error
        else:
            raise AssertionError(method)
    call = channel.unary_unary("/echo.Echo/Sleep")(b"")
    await asyncio.sleep(0.05)
    call.cancel()
    try:
        await call
    except asyncio.CancelledError:
        pass


async def main():
    assert isinstance(asyncio.get_running_loop(), uvnet.Loop)
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo.Echo", METHODS)])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        await calls(channel)
        await streams(channel)
        await failures(channel)
    await server.stop(1)


uvnet.run(main())
uvnet.run(main())  # on a second loop: gRPC moves to it
print("done")
"""


def run(tmp_path: Path, calls: int) -> None:
    require("grpc")
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-W", "default", "program.py", str(calls)],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT * 4,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_calls(tmp_path: Path) -> None:
    run(tmp_path, 500)


@pytest.mark.slow
def test_many_calls(tmp_path: Path) -> None:
    run(tmp_path, 10000)
