"""What waits to be sent or received: the queue and its limits, the batches, their order."""

from __future__ import annotations

import asyncio

import pytest

from uvnet import _core

from .datagrams import Protocol, close, endpoint, read_all, settle, unix_pair
from .helpers import PATIENCE


def test_flow_control(run):
    async def main():
        here, there = unix_pair()
        transport, protocol = await endpoint(sock=here)
        transport.set_write_buffer_limits(high=1000)
        assert transport.get_write_buffer_limits() == (250, 1000)
        sent = []
        while not protocol.named("pause"):
            for _ in range(7):
                sent.append(b"%4d" % len(sent) * 10)
                transport.sendto(sent[-1])
            await asyncio.sleep(0)
            assert len(sent) < 10_000
        assert transport.get_write_buffer_size() > 1000
        got = []
        async with asyncio.timeout(PATIENCE):
            while len(got) < len(sent):
                got += read_all(there)
                await asyncio.sleep(0.001)
        await protocol.wait(3)
        assert got == sent
        assert [event[0] for event in protocol.events] == ["made", "pause", "resume"]
        if isinstance(asyncio.get_running_loop(), _core.Loop):  # asyncio's of 3.13 miscounts
            assert transport.get_write_buffer_size() == 0
        await close(protocol)
        there.close()

    run(main())


def test_empty_datagrams_fill_the_queue(aio_loop):
    async def main():
        here, there = unix_pair()
        transport, protocol = await endpoint(sock=here)
        while not protocol.named("pause"):
            transport.sendto(b"")
            assert transport.get_write_buffer_size() < 70_000
        transport.abort()
        await protocol.closed()
        there.close()

    aio_loop.run_until_complete(main())


def test_limits(run, peer):
    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        assert transport.get_write_buffer_limits() == (16384, 65536)
        transport.set_write_buffer_limits(low=10)
        assert transport.get_write_buffer_limits() == (10, 40)
        transport.set_write_buffer_limits(0)
        assert transport.get_write_buffer_limits() == (0, 0)
        for high, low in ((1, 2), (-1, None), (5, -1)):
            with pytest.raises(ValueError, match="high"):
                transport.set_write_buffer_limits(high, low)
        await close(protocol)

    run(main())


def test_order_with_what_is_sent_at_different_times(run, peer):
    """From callbacks, tasks, and datagram_received."""

    async def main():
        loop = asyncio.get_running_loop()
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        sent = []

        def send(count):
            for _ in range(count):
                sent.append(b"%d" % len(sent))
                transport.sendto(sent[-1])

        for count in (1, 70, 3):
            send(count)
            loop.call_soon(send, 2)
            await asyncio.sleep(0)
            send(1)
        await settle(2)
        assert [peer.recv(10) for _ in sent] == sent
        await close(protocol)

    run(main())


def test_sends_of_one_callback_are_held_back(aio_loop, peer):
    async def main():
        loop = asyncio.get_running_loop()
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        before = loop.counters()["held_writes"]
        for _ in range(5):
            transport.sendto(b"x")
        assert transport.get_write_buffer_size() == 0
        held = loop.counters()["held_writes"] - before
        assert held == (5 if _core.fast_paths()["cork"] else 0)
        await asyncio.sleep(0)
        assert [peer.recv(10) for _ in range(5)] == [b"x"] * 5
        await close(protocol)

    aio_loop.run_until_complete(main())


def test_batches(aio_loop, peer):
    """The counters tell that datagrams come and go many in one system call."""

    class Collector(Protocol):
        turns: list[int] = []

        def datagram_received(self, data, addr):
            super().datagram_received(data, addr)
            self.turns.append(aio_loop.metrics().turns)

    async def main():
        before = aio_loop.counters()
        transport, protocol = await endpoint(
            protocol_factory=Collector, remote_addr=peer.getsockname()
        )
        for i in range(20):
            transport.sendto(b"%d" % i)
        await asyncio.sleep(0)
        assert [peer.recv(10) for _ in range(20)] == [b"%d" % i for i in range(20)]
        for i in range(20):
            peer.sendto(b"%d" % i, transport.get_extra_info("sockname"))
        await protocol.wait(21)
        assert protocol.data == [b"%d" % i for i in range(20)]
        after = aio_loop.counters()
        together = len(set(protocol.turns)) == 1
        paths = _core.fast_paths()
        counts = [after[n] - before[n] for n in ("batched_receives", "batched_sends")]
        assert counts == [19 * paths["batch"], 19 * (paths["batch"] and paths["cork"])]
        assert together is paths["batch"]
        await close(protocol)

    aio_loop.run_until_complete(main())


def test_batches_switched_off(python):
    """One system call each, and nobody can tell but by the counters."""
    python(
        """
        import asyncio, socket, uvnet
        from uvnet import _core

        got = []

        class Protocol(asyncio.DatagramProtocol):
            def datagram_received(self, data, addr):
                got.append(data)

        async def main():
            loop = asyncio.get_running_loop()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
                peer.bind(("127.0.0.1", 0))
                transport, _ = await loop.create_datagram_endpoint(
                    Protocol, remote_addr=peer.getsockname()
                )
                sent = [b"%d" % i for i in range(50)]
                for data in sent:
                    transport.sendto(data)
                await asyncio.sleep(0)
                assert [peer.recv(10) for _ in sent] == sent
                for data in sent:
                    peer.sendto(data, transport.get_extra_info("sockname"))
                while len(got) < len(sent):
                    await asyncio.sleep(0.001)
                assert got == sent
                transport.close()
                await asyncio.sleep(0)
            counters = loop.counters()
            assert counters["batched_sends"] == counters["batched_receives"] == 0

        assert not _core.fast_paths()["batch"]
        with asyncio.Runner(loop_factory=uvnet.new_event_loop) as runner:
            runner.run(main())
        """.replace("\n        ", "\n"),
        UVNET_FAST="-batch",
    )
