"""Debug mode: methods of protocols that take long are reported."""

from __future__ import annotations

import asyncio
import logging
import socket
import time

import pytest

from .streams import connect_pair

SLOW = 0.1  # seconds; what takes half of it is reported, which on a busy machine more may do


@pytest.fixture
def warnings_of(caplog):
    caplog.set_level(logging.WARNING, "asyncio")
    return lambda: [
        record.getMessage()
        for record in caplog.records
        if record.name == "asyncio" and record.getMessage().startswith("Executing")
    ]


class Slow(asyncio.Protocol):
    def __init__(self, which):
        self.which = which
        self.lost = asyncio.get_running_loop().create_future()
        self.calls = []

    def take_time(self, name):
        self.calls.append(name)
        if name == self.which:
            time.sleep(SLOW)

    def connection_made(self, transport):
        self.take_time("connection_made")

    def data_received(self, data):
        self.take_time("data_received")

    def eof_received(self):
        self.take_time("eof_received")

    def connection_lost(self, exc):
        self.take_time("connection_lost")
        self.lost.set_result(exc)


class SlowBuffered(asyncio.BufferedProtocol, Slow):
    def get_buffer(self, sizehint):
        return bytearray(100)

    def buffer_updated(self, nbytes):
        self.take_time("buffer_updated")


METHODS = ["connection_made", "data_received", "eof_received", "connection_lost"]


def is_told(reports, which):
    return any(f"{which}(" in report and report.endswith(" seconds") for report in reports)


async def talk(protocol):
    transport, peer = await connect_pair(protocol)
    with peer:
        peer.send(b"data")
        while len(protocol.calls) < 2:
            await asyncio.sleep(0)
    await protocol.lost


@pytest.mark.parametrize("debug", [True, False], ids=["debug", "not debug"])
@pytest.mark.parametrize("which", METHODS)
def test_slow_method(run, warnings_of, loop_name, which, debug):
    async def main():
        loop = asyncio.get_running_loop()
        loop.slow_callback_duration = SLOW / 2
        await talk(Slow(which))

    run(main(), debug=debug)
    reports = warnings_of()
    assert bool(reports) is debug
    if debug and loop_name == "uvnet":  # asyncio tells a handle, of its own code
        name = "start" if which == "connection_made" else which  # which calls it
        assert is_told(reports, name), reports


def test_slow_buffer_updated(run, warnings_of, loop_name):
    async def main():
        asyncio.get_running_loop().slow_callback_duration = SLOW / 2
        await talk(SlowBuffered("buffer_updated"))

    run(main(), debug=True)
    assert is_told(warnings_of(), "" if loop_name == "stock" else "buffer_updated")


def test_accepted_connection(run, warnings_of, loop_name):
    async def main():
        loop = asyncio.get_running_loop()
        loop.slow_callback_duration = SLOW / 2
        made = loop.create_future()

        def factory():
            made.set_result(Slow("connection_made"))
            return made.result()

        async with await loop.create_server(factory, "127.0.0.1", 0) as server:
            with socket.create_connection(server.sockets[0].getsockname()):
                protocol = await made
            await protocol.lost

    run(main(), debug=True)
    assert is_told(warnings_of(), "" if loop_name == "stock" else "connection_made")
