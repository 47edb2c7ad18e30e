"""Who waits in loop.sock_recv and such: cancelled, several at once, closed; and the kept poll."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import inspect
import os
import random
import socket
import sys
import tempfile

import pytest

from uvnet import _core

from .helpers import PATIENCE, turns
from .sockets import fill, make_pair, read_all

CALLS = {
    "sock_recv": (10,),
    "sock_recv_into": (bytearray(10),),
    "sock_recvfrom": (10,),
}


@pytest.fixture
def pair():
    left, right = make_pair()
    yield left, right
    left.close()
    right.close()


# ----------------------------------------------------------------------- cancellation


@pytest.mark.parametrize("method", ["sock_recv", "sock_recv_into", "sock_recvfrom"])
def test_cancel(run, pair, method):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        for _ in range(3):
            task = loop.create_task(getattr(loop, method)(left, *CALLS[method]))
            await asyncio.sleep(0)
            task.cancel("why")
            with pytest.raises(asyncio.CancelledError):
                await task
            assert task.cancelled()
        right.send(b"x")
        assert await loop.sock_recv(left, 10) == b"x"

    run(main())


def test_cancel_sending(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        filled = fill(left)
        task = loop.create_task(loop.sock_sendall(left, b"never"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await read_all(loop, right, filled)
        await loop.sock_sendall(left, b"x")
        assert await loop.sock_recv(right, 10) == b"x"

    run(main())


def test_cancel_accepting_and_connecting(run):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
            listener.setblocking(False)
            client.setblocking(False)
            task = loop.create_task(loop.sock_accept(listener))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            task = loop.create_task(loop.sock_connect(client, listener.getsockname()))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(main())


def test_timeout(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(loop.sock_recv(left, 10), 0.01)
        right.send(b"x")
        assert await asyncio.wait_for(loop.sock_recv(left, 10), PATIENCE) == b"x"

    run(main())


def test_cancelled_when_data_has_come(aio_loop, pair):
    """Between readiness and the task's step: asyncio has read by then, and loses it."""
    left, right = pair

    async def main():
        task = aio_loop.create_task(aio_loop.sock_recv(left, 10))
        await asyncio.sleep(0)
        right.send(b"kept")
        # The poll finds it, and the task is cancelled before it goes on.
        aio_loop.set_immediate(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await aio_loop.sock_recv(left, 10) == b"kept"

    aio_loop.run_until_complete(main())


@pytest.mark.parametrize("method", ["sock_recv", "sock_recv_into", "sock_recvfrom", "sock_accept"])
def test_cancelled_at_any_moment_loses_nothing(aio_loop, method):
    """Before it waits, while it does, and between readiness and the task's step."""
    chance = random.Random(method)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    kind = socket.SOCK_DGRAM if method == "sock_recvfrom" else socket.SOCK_STREAM
    left, right = socket.socketpair(type=kind)
    left.setblocking(False)
    expected, got, clients = [], [], []

    def produce(number):
        if method == "sock_accept":
            client = socket.create_connection(listener.getsockname())
            clients.append(client)
            expected.append(client.getsockname())
        else:
            expected.append(b"%6d" % number)
            right.send(expected[-1])

    async def receive():
        if method == "sock_accept":
            accepted, name = await aio_loop.sock_accept(listener)
            accepted.close()
            got.append(name)
        elif method == "sock_recv_into":
            buffer = bytearray(6)
            await aio_loop.sock_recv_into(left, buffer)
            got.append(bytes(buffer))
        else:
            data = await getattr(aio_loop, method)(left, 6)
            got.append(data if method == "sock_recv" else data[0])

    async def main():
        cancelled = 0
        for number in range(300):
            task = aio_loop.create_task(receive())
            how = chance.randrange(6)
            if how < 3:
                await asyncio.sleep(0)
            if how != 1 or number == 299:
                produce(number)
            if how == 0:
                aio_loop.set_immediate(task.cancel)
            elif how < 4:
                if how == 2:
                    await asyncio.sleep(0)
                task.cancel()
            try:
                await asyncio.wait_for(asyncio.shield(task), 0.5 if how < 4 else PATIENCE)
            except (asyncio.CancelledError, TimeoutError):
                cancelled += task.cancelled()
        assert cancelled > 20
        while len(got) < len(expected):
            await asyncio.wait_for(receive(), PATIENCE)
        assert got == expected

    aio_loop.run_until_complete(main())
    for sock in (left, right, listener, *clients):
        sock.close()


# ------------------------------------------------------------------ several at one socket


def test_two_wait_to_receive(aio_loop, pair):
    """Each is served, in their order. With asyncio's the first would wait for ever."""
    left, right = pair

    async def main():
        tasks = [aio_loop.create_task(aio_loop.sock_recv(left, 1)) for _ in range(5)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        tasks[4].cancel()
        right.send(b"a")
        assert await tasks[0] == b"a"
        right.send(b"bc")
        assert await tasks[2] == b"b"
        assert await tasks[3] == b"c"
        assert tasks[1].cancelled() and tasks[4].cancelled()
        right.send(b"d")
        assert await aio_loop.sock_recv(left, 1) == b"d"

    aio_loop.run_until_complete(main())


def test_two_send(aio_loop, pair):
    """One after the other, not mixed."""
    left, right = pair

    async def main():
        first, second = b"1" * 2_000_000, b"2" * 2_000_000
        tasks = [aio_loop.create_task(aio_loop.sock_sendall(left, d)) for d in (first, second)]
        assert await read_all(aio_loop, right, 4_000_000) == first + second
        await asyncio.gather(*tasks)

    aio_loop.run_until_complete(main())


def test_reader_and_receiver(aio_loop, pair):
    """add_reader does not take a waiting sock_recv's place, nor the reverse."""
    left, right = pair
    calls = []

    async def main():
        aio_loop.add_reader(left, calls.append, 1)
        task = aio_loop.create_task(aio_loop.sock_recv(left, 10))
        await asyncio.sleep(0)
        right.send(b"x")
        assert await task == b"x"
        seen = len(calls)
        assert seen >= 1
        right.send(b"y")
        await asyncio.sleep(0.01)
        assert len(calls) > seen
        assert aio_loop.remove_reader(left) is True
        assert await aio_loop.sock_recv(left, 10) == b"y"
        task = aio_loop.create_task(aio_loop.sock_recv(left, 10))
        await asyncio.sleep(0)
        assert aio_loop.remove_reader(left) is False
        right.send(b"z")
        assert await task == b"z"

    aio_loop.run_until_complete(main())


# ------------------------------------------------------------------- closed and used again


def test_number_used_again(run):
    """Closed without having seen the end: the next socket of that number is watched anew."""

    async def main():
        loop = asyncio.get_running_loop()
        numbers = set()
        for i in range(20):
            left, right = make_pair()
            numbers.add(left.fileno())
            for text in (b"%d" % i, b"more"):
                task = loop.create_task(loop.sock_recv(left, 100))
                await asyncio.sleep(0)
                right.send(text)
                assert await asyncio.wait_for(task, PATIENCE) == text
            left.close()
            right.close()
        assert len(numbers) < 20

    run(main())


def test_closed_while_somebody_waits(aio_loop):
    """Who has waited for the number's earlier socket is told once it is another's."""

    async def main():
        left, right = make_pair()
        fd = left.fileno()
        task = aio_loop.create_task(aio_loop.sock_recv(left, 10))
        await asyncio.sleep(0)
        left.close()
        new_left, new_right = make_pair()
        assert new_left.fileno() == fd
        new_task = aio_loop.create_task(aio_loop.sock_recv(new_left, 10))
        with pytest.raises(OSError) as caught:
            await asyncio.wait_for(task, PATIENCE)
        assert caught.value.errno == errno.EBADF
        new_right.send(b"new")
        assert await asyncio.wait_for(new_task, PATIENCE) == b"new"
        for sock in (right, new_left, new_right):
            sock.close()

    aio_loop.run_until_complete(main())


async def never_ready(loop, method):
    """Return (socket, call, what to close): a call that waits, of whatever method."""
    if method == "sock_accept":
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        return listener, loop.sock_accept(listener), []
    if method == "sock_connect":  # the backlog is full
        listener = socket.socket(socket.AF_INET)
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        others = [listener]
        while True:
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
            others.append(sock)
            await asyncio.sleep(0.01)
            try:
                sock.getpeername()
            except OSError:
                break
        sock = socket.socket()
        sock.setblocking(False)
        return sock, loop.sock_connect(sock, listener.getsockname()), others
    kind = socket.SOCK_DGRAM if method in ("sock_sendto", "sock_recvfrom_into") else None
    left, right = socket.socketpair(type=kind or socket.SOCK_STREAM)
    left.setblocking(False)
    right.setblocking(False)
    if method in ("sock_sendall", "sock_sendto", "sock_sendfile"):
        with contextlib.suppress(BlockingIOError):
            while True:
                left.send(bytes(1000))
    if method == "sock_sendfile":
        file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by the caller)
        file.write(bytes(1000))
        file.flush()
        return left, loop.sock_sendfile(left, file), [right, file]
    arguments = {
        "sock_recv": (10,),
        "sock_recv_into": (bytearray(10),),
        "sock_recvfrom": (10,),
        "sock_recvfrom_into": (bytearray(10),),
        "sock_sendall": (b"x",),
        "sock_sendto": (b"x" * 1000, None),
    }[method]
    if method == "sock_sendto":
        call = loop._sock_writable(left, "sock_sendto")  # a pair has no address to send to
    else:
        call = getattr(loop, method)(left, *arguments)
    return left, call, [right]


METHODS = [
    "sock_recv",
    "sock_recv_into",
    "sock_recvfrom",
    "sock_recvfrom_into",
    "sock_sendall",
    "sock_sendto",
    "sock_sendfile",
    "sock_accept",
    "sock_connect",
]


def is_watched(fd):
    """Whether a descriptor is in an epoll set of this process."""
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if "eventpoll" in os.readlink(f"/proc/self/fd/{number}"):
                with open(f"/proc/self/fdinfo/{number}") as file:
                    watched = [line.split()[1] for line in file if line.startswith("tfd:")]
                if str(fd) in watched:
                    return True
    return False


@pytest.mark.parametrize("method", METHODS)
def test_closed_while_a_call_waits(aio_loop, method):
    """It ends within a second or so, and the number may be another file's meanwhile.

    On asyncio's loop nobody is told, and it waits for ever.
    """

    async def main():
        sock, call, others = await never_ready(aio_loop, method)
        task = aio_loop.create_task(call)
        await asyncio.sleep(0.01)
        assert not task.done()
        fd = sock.fileno()
        sock.close()
        with tempfile.TemporaryFile() as file:
            assert file.fileno() == fd
            with pytest.raises(OSError) as caught:
                await asyncio.wait_for(task, PATIENCE)
            assert caught.value.errno == errno.EBADF
            await asyncio.sleep(0.01)
            file.write(b"it is still open")
            file.flush()
        assert fd not in aio_loop._watches
        for other in others:
            other.close()

    aio_loop.run_until_complete(main())


def test_closed_while_many_wait(aio_loop):
    """In both directions, several each: all of them are told."""

    async def main():
        left, right = make_pair()
        fill(left)
        calls = [aio_loop.sock_recv(left, 1) for _ in range(3)]
        calls += [aio_loop.sock_sendall(left, b"x") for _ in range(3)]
        tasks = [aio_loop.create_task(call) for call in calls]
        await asyncio.sleep(0.01)
        left.close()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(result, OSError) and result.errno == errno.EBADF
        right.close()

    aio_loop.run_until_complete(main())
    assert aio_loop.open_handles == 0


def test_patrol_does_not_disturb_who_waits(aio_loop, pair):
    """Whoever waits longer than it takes to look after the socket."""

    async def main():
        task = aio_loop.create_task(aio_loop.sock_recv(pair[0], 10))
        await asyncio.sleep(2.2)
        assert not task.done()
        pair[1].send(b"x")
        assert await task == b"x"

    aio_loop.run_until_complete(main())


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("method", METHODS)
def test_cancelled_call_is_watched_no_more(aio_loop, method):
    async def main():
        sock, call, others = await never_ready(aio_loop, method)
        task = aio_loop.create_task(call)
        await asyncio.sleep(0.01)
        assert is_watched(sock.fileno())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        assert not is_watched(sock.fileno())
        assert aio_loop._watches == {}
        for each in (sock, *others):
            each.close()

    aio_loop.run_until_complete(main())
    assert aio_loop.open_handles == 0


def test_closed_while_somebody_waits_then_cancelled(run):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = make_pair()
        task = loop.create_task(loop.sock_recv(left, 10))
        await asyncio.sleep(0.001)
        left.close()
        await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises((asyncio.CancelledError, OSError)):
            await task
        right.close()

    run(main())


def test_closed_while_a_copy_lives(aio_loop):
    """The kernel goes on telling of the copy under a number that is another's: no spinning."""

    async def main():
        left, right = make_pair()
        right.send(b"x")
        assert await aio_loop.sock_recv(left, 10) == b"x"
        task = aio_loop.create_task(aio_loop.sock_recv(left, 10))
        await asyncio.sleep(0)
        right.send(b"y")
        assert await task == b"y"
        copy = left.dup()
        fd = left.fileno()
        left.close()
        new_left, new_right = make_pair()
        assert new_left.fileno() == fd
        task = aio_loop.create_task(aio_loop.sock_recv(new_left, 10))
        await asyncio.sleep(0)
        right.send(b"for the copy")
        await asyncio.sleep(0.01)
        before = aio_loop.metrics().turns
        await asyncio.sleep(0.05)
        assert aio_loop.metrics().turns - before < 20
        assert not task.done()
        new_right.send(b"new")
        assert await task == b"new"
        for sock in (right, copy, new_left, new_right):
            sock.close()

    aio_loop.run_until_complete(main())


def test_event_that_nobody_waits_for(aio_loop, pair):
    """The poll that was kept is given up: the loop sleeps, and the data is there later."""
    left, right = pair

    async def main():
        task = aio_loop.create_task(aio_loop.sock_recv(left, 10))
        await asyncio.sleep(0)
        right.send(b"one")
        assert await task == b"one"
        right.send(b"two")
        await asyncio.sleep(0.01)
        before = aio_loop.metrics().turns
        await asyncio.sleep(0.05)
        assert aio_loop.metrics().turns - before < 20
        assert await aio_loop.sock_recv(left, 10) == b"two"

    aio_loop.run_until_complete(main())


def test_poll_is_kept(aio_loop, pair):
    """The counter tells that the kernel is not asked anew for each wait."""
    left, right = pair

    async def main():
        for i in range(20):
            task = aio_loop.create_task(aio_loop.sock_recv(left, 10))
            await asyncio.sleep(0)
            right.send(b"%d" % i)
            assert await task == b"%d" % i

    aio_loop.run_until_complete(main())
    assert aio_loop.counters()["kept_polls"] == 19


def test_switched_off(python):
    """Plain sockets go the way of all others, and nobody can tell."""
    python(
        """
        import asyncio, socket, uvnet
        from uvnet import _core

        async def main():
            loop = asyncio.get_running_loop()
            left, right = socket.socketpair()
            left.setblocking(False)
            right.setblocking(False)
            data = bytes(range(256)) * 4000
            task = loop.create_task(loop.sock_sendall(right, data))
            got = await loop.sock_recv(left, 1000)
            buffer = bytearray(1000)
            while len(got) < len(data):
                n = await loop.sock_recv_into(left, buffer)
                got += buffer[:n]
            assert got == data
            await task
            left.close()
            right.close()

        assert not _core.fast_paths()["sock"]
        with asyncio.Runner(loop_factory=uvnet.new_event_loop) as runner:
            runner.run(main())
        """.replace("\n        ", "\n"),
        UVNET_FAST="-sock",
    )


def test_kept_poll_does_not_keep_the_loop_alive(aio_loop, pair):
    left, right = pair
    got = []

    async def main():
        got.append(await aio_loop.sock_recv(left, 10))

    task = aio_loop.create_task(main())
    aio_loop.call_later(0.01, right.send, b"x")
    aio_loop.run()  # ends although the poll stays
    assert got == [b"x"] and task.done()
    assert aio_loop.open_handles == 1


@pytest.mark.parametrize("user", ["reader", "handle", "transport"])
def test_kept_poll_makes_way(aio_loop, user):
    """Who else wants the descriptor gets it."""

    async def main():
        left, right = make_pair()
        task = aio_loop.create_task(aio_loop.sock_recv(left, 10))
        await asyncio.sleep(0)
        right.send(b"x")
        assert await task == b"x"
        ready = aio_loop.create_future()
        if user == "reader":
            aio_loop.add_reader(left, ready.set_result, b"y")
            right.send(b"y")
            assert await ready == b"y"
            aio_loop.remove_reader(left)
        elif user == "handle":
            poll = _core.Poll(aio_loop, left.fileno(), lambda *args: ready.set_result(args))
            poll.start(_core.UV_READABLE)
            right.send(b"y")
            assert (await ready)[0] == 0
            poll.close()
        else:
            reader, writer = await asyncio.open_connection(sock=left)
            right.send(b"y")
            assert await reader.readexactly(1) == b"y"
            writer.close()
            await writer.wait_closed()
            right.close()
            return
        assert await aio_loop.sock_recv(left, 10) in (b"y", b"yy")
        task = aio_loop.create_task(aio_loop.sock_recv(left, 10))
        await asyncio.sleep(0)
        right.send(b"z")
        assert await asyncio.wait_for(task, PATIENCE) == b"z"
        left.close()
        right.close()

    aio_loop.run_until_complete(main())


# -------------------------------------------------------------------------- coroutines


def test_is_a_coroutine(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        call = loop.sock_recv(left, 1)
        assert asyncio.iscoroutine(call)
        assert inspect.isawaitable(call)
        assert call.__name__ == "sock_recv"
        right.send(b"abc")
        assert await call == b"a"
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await call
        assert await asyncio.gather(loop.sock_recv(left, 1), loop.sock_sendall(left, b"")) == [
            b"b",
            None,
        ]
        unused = loop.sock_recv(left, 1)
        unused.close()
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await unused

    run(main())


def test_does_nothing_before_it_is_awaited(any_loop, pair):
    left, right = pair
    with pytest.warns(RuntimeWarning, match="sock_sendall' was never awaited"):
        any_loop.sock_sendall(left, b"x")
        gc.collect()
    with pytest.raises(BlockingIOError):
        right.recv(1)


def test_thrown_into(any_loop, pair):
    call = any_loop.sock_recv(pair[0], 1)
    with pytest.raises(ZeroDivisionError):
        call.throw(ZeroDivisionError)
    call = any_loop.sock_recv(pair[0], 1)
    future = call.send(None)
    assert asyncio.isfuture(future)
    with pytest.raises(RuntimeError):
        call.send(None)


def test_tasks_of_python(run, pair):
    """What a task wants of the future, asked for by asyncio's other implementation of tasks."""

    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair

        async def receive():
            return await loop.sock_recv(left, 10)

        task = asyncio.tasks._PyTask(receive(), loop=loop)
        await asyncio.sleep(0)
        right.send(b"x")
        assert await task == b"x"
        task = asyncio.tasks._PyTask(receive(), loop=loop)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_closed_loop(new_loop, pair):
    loop = new_loop()
    loop.close()
    pair[1].send(b"x")
    call = loop.sock_recv(pair[0], 1)
    with pytest.raises(StopIteration) as caught:
        call.send(None)
    assert caught.value.value == b"x"
    call = loop.sock_recv(pair[0], 1)
    with pytest.raises(RuntimeError, match="Event loop is closed"):
        call.send(None)


def test_loop_closes_while_somebody_waits(aio_loop, pair):
    async def receive():
        await aio_loop.sock_recv(pair[0], 1)

    task = aio_loop.create_task(receive())
    turns(aio_loop, 2)
    aio_loop.close()
    assert aio_loop.open_handles == 0
    task._log_destroy_pending = False
    del task
    gc.collect()
