"""onread: reading into the user's memory."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import uvnet
from uvnet import _core, net
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE

from .ends import KINDS, SIDES, accepted, client, end, pair, turn, until


def onread_pair(kind: str, side: str, buffer: Any, callback: Any) -> Any:
    """Return a connected Socket that reads into `buffer`, and its peer."""
    if side == "client":
        ours, peer = client(kind, onread=(buffer, callback))
    else:
        ours, peer = accepted(kind, onread=lambda socket: (buffer, callback))
    ours.on("data", lambda data: pytest.fail("'data' in onread mode"))
    return ours, peer


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", [bytearray, lambda size: memoryview(bytearray(size))])
def test_a_fixed_buffer(make: Any, kind: str, side: str) -> None:
    buffer = make(4)
    seen: list[bytes] = []

    def callback(nread: int, data: Any) -> None:
        assert data is buffer
        seen.append(bytes(data[:nread]))

    events: list[str] = []
    ours, peer = onread_pair(kind, side, buffer, callback)
    for event in ("end", "finish", "close"):
        ours.on(event, lambda *args, event=event: events.append(event))
    peer.sendall(b"hello world")
    peer.shutdown(1)
    uvnet.run()
    assert seen == [b"hell", b"o wo", b"rld"]
    assert ours.bytes_read == 11
    assert events == ["end", "finish", "close"]
    peer.close()


@pytest.mark.parametrize("side", SIDES)
def test_a_function_gives_the_buffers(side: str) -> None:
    """It is called once at first, and after each callback."""
    trace: list[Any] = []
    buffers: list[bytearray] = []

    def buffer() -> bytearray:
        trace.append("buffer")
        buffers.append(bytearray(2))
        return buffers[-1]

    def callback(nread: int, data: Any) -> None:
        assert data is buffers[-1]
        trace.append(bytes(data[:nread]))

    ours, peer = onread_pair("tcp", side, buffer, callback)
    assert trace == ["buffer"]
    peer.sendall(b"hello")
    peer.shutdown(1)
    uvnet.run()
    assert trace == ["buffer", b"he", "buffer", b"ll", "buffer", b"o", "buffer"]
    assert [bytes(part) for part in buffers] == [b"he", b"ll", b"o\0", b"\0\0"]
    peer.close()


@pytest.mark.parametrize("result", [None, True, 0, "", b"", object(), 1.0])
def test_only_false_pauses(result: Any) -> None:
    seen = bytearray()

    def callback(nread: int, data: Any) -> Any:
        seen.extend(data[:nread])
        return result

    ours, peer = onread_pair("tcp", "client", bytearray(3), callback)
    peer.sendall(b"0123456789")
    peer.shutdown(1)
    uvnet.run()
    assert seen == b"0123456789"
    peer.close()


@pytest.mark.parametrize("how", ["resume", "read"])
@pytest.mark.parametrize("kind", KINDS)
def test_false_pauses(kind: str, how: str) -> None:
    seen: list[bytes] = []

    def callback(nread: int, data: Any) -> Any:
        seen.append(bytes(data[:nread]))
        return False

    ours, peer = onread_pair(kind, "client", bytearray(3), callback)
    peer.sendall(b"0123456789")
    peer.shutdown(1)
    for count in range(1, 5):
        until(lambda count=count: len(seen) == count)
        turn(5)
        assert len(seen) == count
        assert not ours._handle.active
        if how == "read":
            ours.read(0)
        else:
            ours.resume()
        assert ours._handle.active
    uvnet.run()
    assert b"".join(seen) == b"0123456789"
    assert ours.destroyed
    peer.close()


def test_pause_and_resume_take_effect_at_once() -> None:
    seen: list[bytes] = []
    ours, peer = onread_pair("tcp", "client", bytearray(2), lambda n, data: seen.append(data[:n]))
    turn()
    assert ours._handle.active
    ours.pause()
    assert not ours._handle.active
    peer.sendall(b"ab")
    turn(5)
    assert not seen
    ours.resume()
    assert ours._handle.active
    until(lambda: seen)
    assert seen == [b"ab"]
    end(ours, peer)


def test_destroyed_in_the_callback() -> None:
    seen: list[int] = []

    def callback(nread: int, data: Any) -> None:
        seen.append(nread)
        ours.destroy()

    ours, peer = onread_pair("tcp", "client", bytearray(1), callback)
    peer.sendall(b"abc")
    uvnet.run()
    assert seen == [1]
    peer.close()


def test_destroyed_by_the_function_that_gives_buffers() -> None:
    calls: list[int] = []

    def buffer() -> bytearray:
        calls.append(1)
        if len(calls) == 2:
            ours.destroy()
        return bytearray(2)

    ours, peer = onread_pair("tcp", "client", buffer, lambda nread, data: None)
    peer.sendall(b"abcd")
    uvnet.run()
    assert len(calls) == 2
    assert ours.destroyed
    peer.close()


# ------------------------------------------------------------------------ the memory


def test_the_buffer_cannot_be_resized_while_it_is_read_into() -> None:
    buffer = bytearray(8)
    tried: list[bool] = []

    def resize() -> None:
        for change in (buffer.clear, lambda: buffer.extend(b"x" * 100), lambda: buffer.pop()):
            with pytest.raises(BufferError):
                change()
        tried.append(True)

    ours, peer = onread_pair("tcp", "client", buffer, lambda nread, data: resize())
    resize()
    peer.sendall(b"abc")
    until(lambda: len(tried) == 2)
    ours.pause()
    resize()  # paused is not closed
    ours.destroy()
    uvnet.run()
    buffer.extend(b"free again")
    buffer.clear()
    peer.close()


def test_the_buffer_is_free_when_the_function_has_given_another() -> None:
    buffers: list[bytearray] = []
    seen: list[int] = []

    def buffer() -> bytearray:
        buffers.append(bytearray(4))
        return buffers[-1]

    ours, peer = onread_pair("tcp", "client", buffer, lambda nread, data: seen.append(nread))
    peer.sendall(b"abc")
    until(lambda: seen)
    assert len(buffers) == 2
    buffers[0].clear()
    with pytest.raises(BufferError):
        buffers[1].clear()
    end(ours, peer)
    buffers[1].clear()


def test_a_memoryview_that_is_released_while_it_is_read_into() -> None:
    memory = bytearray(4)
    view = memoryview(memory)
    seen: list[bytes] = []

    def callback(nread: int, data: Any) -> None:
        seen.append(bytes(memory[:nread]))

    ours, peer = onread_pair("tcp", "client", view, callback)
    with pytest.raises(BufferError):
        view.release()  # the socket has it exported
    with pytest.raises(BufferError):
        memory.clear()
    peer.sendall(b"abcdef")
    until(lambda: len(seen) == 2)
    assert seen == [b"abcd", b"ef"]
    end(ours, peer)
    view.release()
    memory.clear()


def test_a_buffer_that_nobody_else_refers_to() -> None:
    seen: list[bytes] = []
    ours, peer = onread_pair(
        "tcp", "client", bytearray(5), lambda nread, data: seen.append(bytes(data[:nread]))
    )
    gc.collect()
    peer.sendall(b"hello")
    until(lambda: seen)
    assert seen == [b"hello"]
    end(ours, peer)


def test_a_larger_item_size() -> None:
    import array

    buffer = array.array("I", [0] * 4)
    seen: list[bytes] = []

    def callback(nread: int, data: Any) -> None:
        seen.append(data.tobytes()[:nread])

    ours, peer = onread_pair("tcp", "client", buffer, callback)
    peer.sendall(bytes(range(20)))
    until(lambda: len(seen) == 2)
    assert b"".join(seen) == bytes(range(20))
    end(ours, peer)


# --------------------------------------------------------------------------- errors


def test_a_callback_that_raises(unraisable: list[Any]) -> None:
    """The first exception ends the run; those before the loop stops are told of, too."""
    seen: list[int] = []

    def callback(nread: int, data: Any) -> None:
        seen.append(nread)
        raise ZeroDivisionError

    ours, peer = onread_pair("tcp", "client", bytearray(3), callback)
    peer.sendall(b"abcdef")
    peer.shutdown(1)
    raised = 0
    while not ours.destroyed:
        try:
            uvnet.run()
        except ZeroDivisionError:
            raised += 1
    assert seen == [3, 3]
    assert raised + len(unraisable) == 2
    assert ours.destroyed
    peer.close()


@pytest.mark.parametrize(
    "answer", [None, b"readonly", "text", 1, bytearray(), memoryview(bytearray(8))[::2], object()]
)
def test_a_function_that_gives_no_buffer(answer: Any) -> None:
    """The buffer before stays in use. (Node)"""
    answers: list[Any] = [bytearray(2)]
    seen: list[bytes] = []

    def buffer() -> Any:
        return answers.pop() if answers else answer

    def callback(nread: int, data: Any) -> None:
        seen.append(bytes(data[:nread]))

    ours, peer = onread_pair("tcp", "client", buffer, callback)
    peer.sendall(b"hello")
    peer.shutdown(1)
    uvnet.run()
    assert seen == [b"he", b"ll", b"o"]
    peer.close()


@pytest.mark.parametrize("answer", [None, b"readonly", 1, bytearray()])
def test_a_function_that_gives_no_buffer_at_first(answer: Any) -> None:
    """It is asked again after each read, which must not go into memory that is not there."""
    seen: list[Any] = []
    ours, peer = client("tcp", onread=(lambda: answer, lambda nread, data: seen.append(nread)))
    peer.sendall(b"hello")
    peer.shutdown(1)
    uvnet.run()
    assert ours.destroyed
    assert ours.bytes_read == 5
    peer.close()


def test_a_function_that_raises() -> None:
    calls: list[int] = []

    def buffer() -> bytearray:
        calls.append(1)
        if len(calls) == 2:
            raise ZeroDivisionError
        return bytearray(3)

    seen: list[bytes] = []
    ours, peer = onread_pair(
        "tcp", "client", buffer, lambda nread, data: seen.append(bytes(data[:nread]))
    )
    peer.sendall(b"abcdef")
    peer.shutdown(1)
    with pytest.raises(ZeroDivisionError):
        uvnet.run()
    uvnet.run()
    assert seen == [b"abc", b"def"]
    assert ours.destroyed
    peer.close()


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (1, ERR_INVALID_ARG_TYPE),
        ((), ERR_INVALID_ARG_TYPE),
        ((bytearray(1),), ERR_INVALID_ARG_TYPE),
        ((bytearray(1), None), ERR_INVALID_ARG_TYPE),
        ((b"x", print), ERR_INVALID_ARG_TYPE),
        (("x", print), ERR_INVALID_ARG_TYPE),
        ((memoryview(bytearray(4))[::2], print), ERR_INVALID_ARG_TYPE),
        ((bytearray(), print), ERR_INVALID_ARG_VALUE),
    ],
)
def test_wrong_pairs(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        net.Socket(onread=value)


# ---------------------------------------------------------------------- other things


def test_accepted_sockets_have_buffers_of_their_own() -> None:
    texts: dict[int, bytes] = {}
    server = net.create_server(
        lambda socket: socket.on("close", lambda had_error: len(texts) == 3 and server.close()),
        onread=lambda socket: (
            bytearray(8),
            lambda nread, data: texts.__setitem__(socket.remote_port, bytes(data[:nread])),
        ),
    ).listen(0)
    clients = [net.connect(server.address().port, "127.0.0.1") for _ in range(3)]
    ports: dict[int, bytes] = {}
    for number, socket in enumerate(clients):
        text = f"text {number}".encode()
        socket.on("connect", lambda s=socket, t=text: (ports.update({s.local_port: t}), s.end(t)))
        socket.resume()
    uvnet.run()
    assert texts == ports


def test_pipe_sends_nothing_in_onread_mode() -> None:
    """There is no 'data' to pipe; the end is passed on. (Node)"""
    first, first_peer = onread_pair("tcp", "client", bytearray(4), lambda nread, data: None)
    first.remove_all_listeners("data")
    second, second_peer = pair()
    first.pipe(second)
    first_peer.sendall(b"hello")
    first_peer.shutdown(1)
    until(lambda: second.writable_finished)
    assert second_peer.recv(10) == b""
    assert _core.current_loop().counters()["splice_reads"] == 0
    second_peer.close()
    second.resume()
    uvnet.run()
    first_peer.close()


def test_writing_the_buffer_that_is_read_into() -> None:
    """An echo without a copy: the first `nread` bytes are written before the next read."""

    def callback(nread: int, data: Any) -> None:
        ours.write(data, size=nread)

    ours, peer = onread_pair("tcp", "client", bytearray(1 << 16), callback)
    for text in (b"x", b"hello", bytes(1000)):
        peer.sendall(text)
        until(lambda text=text: ours.bytes_written >= ours.bytes_read >= len(text))
        got = b""
        while len(got) < len(text):
            got += peer.recv(4096)
        assert got == text
    end(ours, peer)


def test_nothing_is_kept() -> None:
    class Callback:
        def __call__(self, nread: int, data: Any) -> None:
            pass

    callback = Callback()
    gone = weakref.ref(callback)
    ours, peer = onread_pair("tcp", "client", bytearray(4), callback)
    end(ours, peer)
    del ours, callback
    gc.collect()
    assert gone() is None
