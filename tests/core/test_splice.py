"""Splice: one stream's bytes to another in C, with backpressure, until it ends or is ended."""

from __future__ import annotations

import random

import pytest

from uvnet import _core

from .helpers import KINDS, PIPE, TCP, InThread, Reading, close, receive, receive_to_end, reset


@pytest.fixture(params=[(TCP, TCP), (TCP, PIPE), (PIPE, TCP), (PIPE, PIPE)], ids=repr)
def two(request, connect):
    """A source and a destination of each pair of kinds, each with its peer."""
    return [connect(kind) for kind in request.param]


def test_everything_arrives_and_the_end_is_told(loop, two, must_call, must_not_call):
    (source, sender), (destination, receiver) = two
    data = random.Random(3).randbytes(5_000_000)
    source.onread = must_not_call()

    @must_call
    def ended(status, failed):
        assert (status, failed) == (0, None)
        assert source.bytes_read == len(data) == destination.bytes_written
        destination.shutdown(_core.ShutdownReq())

    source.onsplice = ended
    assert source.splice(destination) == 0
    assert source.active

    def send():
        sender.sendall(data)
        sender.shutdown(1)

    sending, receiving = InThread(send), InThread(receive_to_end, receiver)
    loop.run()
    sending.result()
    assert receiving.result() == data
    assert loop.counters()["splice_reads"] > 0


def test_backpressure(loop, two, must_call):
    """A receiver that does not read stops the sender: little is held in between."""
    (source, sender), (destination, receiver) = two
    source.splice(destination)
    sender.setblocking(False)
    sent = 0

    def send():
        nonlocal sent
        try:
            while sent < 100_000_000:
                sent += sender.send(bytes(65536))
                stuck[0] = 0
        except BlockingIOError:
            stuck[0] += 1
        loop.stop() if stuck[0] == 20 else loop.call_later(0.005, send)

    stuck = [0]
    send()
    loop.run()
    assert stuck[0] == 20 and sent < 50_000_000
    assert destination.write_queue_size <= 65536
    receiving = InThread(receive, receiver, sent)
    loop.call_soon(sender.shutdown, 1)
    source.onsplice = must_call(lambda status, failed: loop.stop())
    loop.run()
    receiving.result()


def test_splicing_to_itself_echoes(loop, connected, must_call):
    handle, peer = connected
    data = random.Random(4).randbytes(1_000_000)
    handle.onsplice = must_call(lambda status, failed: loop.stop())
    assert handle.splice(handle) == 0

    def send():
        peer.sendall(data)
        peer.shutdown(1)

    sending, receiving = InThread(send), InThread(receive, peer, len(data))
    loop.run()
    sending.result()
    assert receiving.result() == data


def test_both_ways(loop, connect, must_call):
    (one, first), (two, second) = connect(TCP), connect(PIPE)
    ends = []
    for handle in (one, two):
        handle.onsplice = must_call(lambda status, failed: ends.append((status, failed)))
    assert one.splice(two) == two.splice(one) == 0
    there, back = random.Random(5).randbytes(1_000_000), random.Random(6).randbytes(1_000_000)
    threads = [
        InThread(first.sendall, there),
        InThread(second.sendall, back),
        InThread(receive, second, len(there)),
        InThread(receive, first, len(back)),
    ]

    def finish():
        results = [thread.result() for thread in threads]
        first.shutdown(1)
        second.shutdown(1)
        return results[2:]

    finishing = InThread(finish)
    loop.run()
    assert finishing.result() == [there, back]
    assert ends == [(0, None)] * 2


def test_many_sources_of_one_destination(loop, connect, must_call):
    destination, receiver = connect(PIPE)
    sources = [connect(kind) for kind in KINDS * 4]
    left = len(sources)

    def ended(status, failed):
        nonlocal left
        assert status == 0
        left -= 1
        if left == 0:
            destination.shutdown(_core.ShutdownReq())

    def send(sender, letter):
        for _ in range(50):
            sender.sendall(letter * 1000)
        sender.shutdown(1)

    for source, _ in sources:
        source.onsplice = must_call(ended)
        source.splice(destination)
    sending = [InThread(send, sender, b"%d" % i) for i, (_, sender) in enumerate(sources)]
    receiving = InThread(receive_to_end, receiver)
    loop.run()
    for thread in sending:
        thread.result()
    got = receiving.result()
    assert [got.count(b"%d" % i) for i in range(len(sources))] == [50_000] * len(sources)


def test_unsplice_gives_the_stream_back(loop, two, must_call, must_not_call):
    (source, sender), (destination, receiver) = two
    source.onsplice = must_not_call()
    source.splice(destination)
    sender.sendall(b"spliced")

    @must_call
    def later():
        assert receiver.recv(100) == b"spliced"
        assert source.unsplice() == 0
        assert source.unsplice() == _core.UV_EINVAL
        reading = Reading(source, until=4)
        sender.sendall(b"read")
        readings.append(reading)

    readings = []
    loop.call_later(0.02, later)
    loop.run()
    assert readings[0].data == b"read"
    assert source.splice(destination) == 0
    assert source.unsplice() == 0


def test_what_was_read_before_unsplice_is_still_written(loop, connect):
    (source, sender), (destination, receiver) = connect(PIPE), connect(PIPE)
    source.splice(destination)
    sender.setblocking(False)
    sent = 0
    stuck = 0

    def send():
        nonlocal sent, stuck
        try:
            while True:
                sent += sender.send(bytes(50_000))
                stuck = 0
        except BlockingIOError:
            stuck += 1
        loop.stop() if stuck == 10 else loop.call_later(0.002, send)

    send()
    loop.run()
    assert destination.write_queue_size > 0  # a chunk that waits
    assert source.unsplice() == 0
    moved = source.bytes_read
    assert destination.bytes_written == moved
    receiving = InThread(receive, receiver, moved)
    loop.run()
    receiving.result()
    reading = Reading(source, until=sent - moved)
    loop.run()
    assert len(reading.data) == sent - moved


def test_splice_of_a_stream_that_reads(loop, connect):
    (source, _), (destination, _) = connect(), connect()
    source.onread = print
    source.read_start()
    assert source.splice(destination) == _core.UV_EALREADY
    source.read_stop()
    assert source.splice(destination) == 0
    assert source.splice(destination) == _core.UV_EALREADY
    assert source.read_start() == _core.UV_EALREADY


def paused(loop, connect):
    """Return a splice whose destination takes no more, so that its source does not read."""
    (source, sender), (destination, receiver) = connect(PIPE), connect(PIPE)
    source.splice(destination)
    sender.setblocking(False)
    stuck = 0

    def send():
        nonlocal stuck
        try:
            while True:
                sender.send(bytes(50_000))
                stuck = 0
        except BlockingIOError:
            stuck += 1
        loop.stop() if stuck == 10 else loop.call_later(0.002, send)

    send()
    loop.run()
    sender.setblocking(True)
    assert destination.write_queue_size > 0
    return source, sender, destination, receiver


def test_a_paused_splice_is_still_one(loop, connect, must_call):
    """Also while the splice waits for its destination, nobody else may read the source."""
    source, sender, destination, receiver = paused(loop, connect)
    other, _ = connect(PIPE)
    assert source.splice(other) == _core.UV_EALREADY
    assert source.splice(destination) == _core.UV_EALREADY
    assert source.read_start() == _core.UV_EALREADY
    assert source.read_stop() == 0

    @must_call
    def ended(status, failed):
        assert status == 0
        destination.shutdown(_core.ShutdownReq())

    source.onsplice = ended
    sender.shutdown(1)
    receiving = InThread(receive_to_end, receiver)
    loop.run()
    assert len(receiving.result()) == source.bytes_read


def test_read_stop_does_not_end_a_splice(loop, connect, must_call):
    (source, sender), (destination, receiver) = connect(), connect()
    source.splice(destination)
    assert source.read_stop() == 0
    source.onsplice = must_call()
    sender.sendall(b"goes on")
    sender.shutdown(1)
    loop.run()
    assert receiver.recv(100) == b"goes on"


@pytest.mark.parametrize("end", ["close", "reset"])
def test_closing_the_source_ends_it_in_silence(loop, two, end, must_not_call, must_call):
    (source, sender), (destination, receiver) = two
    source.onsplice = must_not_call()
    source.splice(destination)
    sender.sendall(b"x")
    closing = getattr(source, end, source.close)
    loop.call_later(0.02, lambda: closing(must_call()))
    loop.run()
    assert receiver.recv(10) == b"x"
    assert destination.write_buffer(None, b"y") == 0
    assert receiver.recv(10) == b"y"


def test_closing_a_paused_source(loop, connect, must_not_call):
    source, sender, destination, receiver = paused(loop, connect)
    source.onsplice = must_not_call()
    size = source.bytes_read
    close_source = source.close
    receiving = InThread(receive, receiver, size)
    assert close_source() == 0
    loop.run()
    receiving.result()


def test_closing_the_destination_is_told(loop, two, must_call):
    (source, sender), (destination, receiver) = two
    events = []

    @must_call
    def ended(status, failed):
        events.append((status, failed))
        assert source.read_start() == 0  # the source is free again
        source.read_stop()

    source.onsplice = ended
    source.splice(destination)
    sender.sendall(b"x")
    loop.call_later(0.02, lambda: destination.close(must_call(lambda: events.append("closed"))))
    loop.run()
    assert events == [(_core.UV_ECANCELED, destination), "closed"]


def test_closing_a_paused_destination(loop, connect, must_call):
    source, sender, destination, receiver = paused(loop, connect)
    source.onsplice = must_call()
    destination.close(must_call())
    loop.run()
    assert not source.active


@pytest.mark.parametrize("action", ["close destination", "close source", "splice again", "raise"])
@pytest.mark.parametrize("waits", [False, True])
def test_what_onsplice_may_do_while_the_destination_closes(loop, connect, action, waits, must_call):
    if waits:
        source, _, destination, _ = paused(loop, connect)
    else:
        (source, _), (destination, _) = connect(TCP), connect(TCP)
        source.splice(destination)
    statuses = []

    @must_call
    def ended(status, failed):
        statuses.append(status)
        if action == "close destination":
            assert failed.close() == _core.UV_EBADF
        elif action == "close source":
            source.close(must_call())
        elif action == "splice again":
            assert source.splice(destination) == _core.UV_EBADF
        else:
            raise ValueError("onsplice")

    def run():
        loop.call_soon(destination.close, must_call())
        loop.run()

    source.onsplice = ended
    if action == "raise":
        with pytest.raises(ValueError, match="onsplice"):
            run()
        loop.run()
    else:
        run()
    assert statuses == [_core.UV_ECANCELED]
    assert destination.closed


def test_many_sources_of_a_destination_that_closes(loop, connect, must_call):
    """What the first is told may close the others."""
    destination, _ = connect()
    sources = [connect()[0] for _ in range(4)]
    told = []

    def ended(status, failed):
        told.append(status)
        for source in sources:
            source.close()

    for source in sources:
        source.onsplice = ended
        source.splice(destination)
    destination.close(must_call())
    loop.run()
    assert told == [_core.UV_ECANCELED]
    assert all(source.closed for source in sources)


def test_the_destination_fails(loop, connect, must_call):
    (source, sender), (destination, receiver) = connect(PIPE), connect(TCP)

    @must_call
    def ended(status, failed):
        assert status in (_core.UV_EPIPE, _core.UV_ECONNRESET) and failed is destination
        source.close()

    source.onsplice = ended
    source.splice(destination)
    reset(receiver)
    sender.sendall(b"into the void")
    loop.run()


def test_a_paused_destination_fails(loop, connect, must_call):
    source, sender, destination, receiver = paused(loop, connect)

    @must_call
    def ended(status, failed):
        assert status == _core.UV_EPIPE and failed is destination

    source.onsplice = ended
    receiver.close()
    loop.run()


def test_the_source_fails(loop, connect, must_call):
    (source, sender), (destination, _) = connect(TCP), connect(PIPE)

    @must_call
    def ended(status, failed):
        assert status == _core.UV_ECONNRESET and failed is source

    source.onsplice = ended
    source.splice(destination)
    reset(sender)
    loop.run()


def test_another_splice_from_onsplice(loop, connect, must_call):
    (source, sender), (first, _), (second, receiver) = connect(), connect(), connect()

    @must_call
    def told(status, failed):
        source.onsplice = None
        assert source.splice(second) == 0
        sender.sendall(b"to the second")
        sender.shutdown(1)

    source.onsplice = told
    source.splice(first)
    first.close()
    loop.run()
    assert receiver.recv(100) == b"to the second"


def test_writes_during_a_splice_keep_their_place(loop, connect, must_call):
    (source, sender), (destination, receiver) = connect(), connect()
    source.splice(destination)
    sender.sendall(b"one ")
    loop.call_later(0.02, lambda: destination.write_buffer(None, b"two "))
    loop.call_later(0.04, sender.sendall, b"three")
    loop.call_later(0.06, sender.shutdown, 1)
    source.onsplice = must_call()
    loop.run()
    assert receive(receiver, 13) == b"one two three"


def test_wrong_arguments(loop, connect):
    (source, _), (destination, _) = connect(), connect()
    for wrong in (None, 5, _core.Timer(loop)):
        with pytest.raises(TypeError):
            source.splice(wrong)
        if isinstance(wrong, _core.Handle):
            wrong.close()
    assert source.unsplice() == _core.UV_EINVAL
    destination.close()
    assert source.splice(destination) == _core.UV_EBADF
    assert destination.splice(source) == destination.unsplice() == _core.UV_EBADF
    fresh = _core.TCP(loop)
    assert fresh.splice(source) == _core.UV_ENOTCONN
    other_loop = _core.Loop()
    other = _core.TCP(other_loop)
    assert source.splice(other) == _core.UV_EINVAL
    close(fresh, other)
    other_loop.close()


def test_a_destination_that_is_not_connected(loop, connect, must_call):
    source, sender = connect()
    fresh = _core.TCP(loop)

    @must_call
    def ended(status, failed):
        assert status < 0 and failed is fresh

    source.onsplice = ended
    assert source.splice(fresh) == 0
    sender.sendall(b"x")
    loop.run()
    close(fresh)
