"""A socket that has closed connects again, as if it were new."""

from __future__ import annotations

import gc
from typing import Any

import pytest

import uvnet
from uvnet import net

from .ends import KINDS, PATIENCE, InThread, Listener, client, receive_to_end


def serve(listener: Listener, times: int) -> InThread:
    def work() -> list[bytes]:
        got = []
        for number in range(times):
            with listener.socket.accept()[0] as peer:
                peer.settimeout(PATIENCE)
                peer.sendall(f"hello {number}".encode())
                peer.shutdown(1)
                got.append(receive_to_end(peer))
        return got

    return InThread(work)


@pytest.mark.parametrize("where", ["close", "close, on a tick", "close, in a later turn"])
@pytest.mark.parametrize("kind", KINDS)
def test_many_lives(kind: str, where: str) -> None:
    lives = 20
    trace: list[Any] = []
    counts: list[int] = []
    with Listener(kind) as listener:
        thread = serve(listener, lives)
        ours = net.Socket()
        left = lives

        def connect() -> None:
            nonlocal left
            if left:
                left -= 1
                assert ours.connect(*listener.address) is ours
                assert (ours.destroyed, ours.connecting, ours.pending) == (False, True, True)
                assert ours.ready_state == "opening"
                ours.write(b"bye ")

        def on_close(had_error: bool) -> None:
            trace.append("close")
            assert ours.ready_state == "closed"
            counts.append(sum(ours.listener_count(event) for event in EVENTS))
            if where == "close":
                connect()
            elif where == "close, on a tick":
                uvnet.next_tick(connect)
            else:
                uvnet.set_immediate(connect)

        ours.on("connect", lambda: trace.append("connect"))
        ours.on("data", trace.append)
        ours.on("end", lambda: (trace.append("end"), ours.write(b"now")))
        ours.on("finish", lambda: trace.append("finish"))
        ours.on("close", on_close)
        connect()
        uvnet.run()
        assert thread.result() == [b"bye now"] * lives
    expected = []
    for number in range(lives):
        expected += ["connect", f"hello {number}".encode(), "end", "finish", "close"]
    assert trace == expected
    assert len(set(counts)) == 1, "listeners pile up"


EVENTS = ("connect", "close", "data", "end", "finish", "error", "drain", "timeout", "readable")


def test_from_one_kind_to_the_other() -> None:
    seen: list[bytes] = []
    with Listener("tcp") as tcp, Listener("unix") as unix:
        threads = [serve(tcp, 1), serve(unix, 1)]
        ours = net.Socket()
        ours.on("data", seen.append)
        ours.once("close", lambda had_error: ours.connect(*unix.address))
        ours.connect(*tcp.address)
        uvnet.run()
        for thread in threads:
            thread.result()
    assert seen == [b"hello 0"] * 2
    assert ours.local_port is None


@pytest.mark.parametrize("how", ["destroy", "destroy with an error", "refused", "reset", "end"])
def test_after_any_kind_of_end(how: str) -> None:
    errors: list[Any] = []
    seen: list[bytes] = []
    with Listener("tcp") as listener:
        ours = net.Socket()
        ours.on("error", errors.append)
        if how == "refused":
            with Listener("tcp") as other:
                address = other.address
            ours.connect(*address)
        else:
            first = InThread(lambda: listener.socket.accept()[0].close())
            ours.connect(*listener.address)
            ours.pause()
            action = {
                "destroy": ours.destroy,
                "destroy with an error": lambda: ours.destroy(ValueError("x")),
                "reset": ours.reset_and_destroy,
                "end": lambda: (ours.end(), ours.resume()),
            }[how]
            ours.once("connect", action)
        uvnet.run()
        if how != "refused":
            first.result()
        assert ours.destroyed
        count = len(errors)
        assert count == (how in ("refused", "destroy with an error"))
        thread = serve(listener, 1)
        ours.on("data", seen.append)
        ours.connect(*listener.address)
        ours.resume()
        assert ours.errored is None
        ours.write(b"still ")
        ours.once("end", lambda: ours.write(b"works"))
        uvnet.run()
        assert thread.result() == [b"still works"]
    assert seen == [b"hello 0"]
    assert len(errors) == count


def test_destroyed_again_while_it_connects_again() -> None:
    with Listener("tcp") as listener:
        ours = net.Socket()
        closes: list[Any] = []
        ours.on("close", closes.append)
        for number in range(1, 6):
            ours.connect(*listener.address)
            ours.write(b"x")
            ours.destroy()
            uvnet.run()
            assert len(closes) == number


def test_settings_stay() -> None:
    with Listener("tcp") as listener:
        thread = serve(listener, 2)
        ours = net.Socket(no_delay=True)
        ours.set_keep_alive(True, 5000)
        ours.resume()
        values: list[Any] = []
        ours.on("connect", lambda: values.append((ours._no_delay, ours._keep_alive)))
        ours.once("close", lambda had_error: ours.connect(*listener.address))
        ours.connect(*listener.address)
        uvnet.run()
        thread.result()
    assert values == [(True, (True, 5, None, None))] * 2


def test_a_writer_that_was_waiting_is_told() -> None:
    """And what it wrote does not appear in the next life."""
    told: list[str] = []
    with Listener("tcp") as listener:
        ours = net.Socket()
        ours.connect(*listener.address)
        ours.write(bytes(100), lambda error: told.append(error.code))
        ours.write(bytes(100), lambda error: told.append(error.code))
        ours.destroy()
        uvnet.run()
        assert len(told) == 2
        thread = serve(listener, 1)
        listener.socket.settimeout(PATIENCE)
        ours.connect(*listener.address)
        ours.resume()
        ours.end(b"new")
        uvnet.run()
        assert thread.result()[-1:] == [b"new"]
    gc.collect()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("corked", [False, True])
@pytest.mark.parametrize("text", [False, True])
def test_what_the_kernel_has_not_taken_is_given_up(kind: str, corked: bool, text: bool) -> None:
    """It connects again before its handle has closed: what completes then is not the new life's."""
    told: list[Any] = []
    ours, peer = client(kind)
    with Listener(kind) as listener, peer:
        thread = serve(listener, 1)
        if corked:
            ours.cork()
        big: Any = "x" * 20_000_000 if text else bytes(20_000_000)
        assert not ours.write(big, lambda error: told.append(error.code))
        ours.write(b"behind it", lambda error: told.append(error.code))
        if corked:
            ours.uncork()
        ours.destroy()
        ours.connect(*listener.address)
        assert ours.writable_length == 0
        ours.resume()
        ours.on("error", told.append)
        ours.write(b"new ", lambda error: told.append(error))
        ours.end(b"life", lambda error: told.append(error))
        uvnet.run()
        assert thread.result() == [b"new life"]
    assert told == ["ERR_STREAM_DESTROYED"] * 2 + [None, None]


@pytest.mark.parametrize("kind", KINDS)
def test_what_waits_for_a_connection_is_given_up(kind: str) -> None:
    told: list[Any] = []
    with Listener(kind) as listener:
        ours = net.Socket()
        ours.connect(*listener.address)
        ours.write(b"old", lambda error: told.append(error.code))
        ours.destroy()
        ours.connect(*listener.address)
        ours.resume()
        ours.on("error", told.append)
        ours.end(b"new", lambda error: told.append(error))

        def work() -> list[bytes]:
            got = []
            for _ in range(2 if kind == "unix" else 1):  # by TCP the first life connects on a tick
                with listener.socket.accept()[0] as peer:
                    peer.settimeout(PATIENCE)
                    got.append(receive_to_end(peer))
            return got

        thread = InThread(work)
        uvnet.run()
        assert thread.result()[-1] == b"new"
    assert told == ["ERR_STREAM_DESTROYED", None]


@pytest.mark.parametrize("paused", [False, True])
def test_an_encoding_and_a_decoder_with_a_rest(paused: bool) -> None:
    """Half a character of the last life is not put before the new one's."""
    seen: list[Any] = []
    with Listener("tcp") as listener:

        def work() -> None:
            for part in ("€".encode()[:2], b"plain"):
                with listener.socket.accept()[0] as peer:
                    peer.sendall(part)
                    peer.shutdown(1)
                    receive_to_end(peer)

        thread = InThread(work)
        ours = net.Socket()
        ours.set_encoding("utf8")
        ours.on("data", seen.append)
        ours.once("close", lambda had_error: ours.connect(*listener.address))
        ours.connect(*listener.address)
        uvnet.run()
        thread.result()
    assert seen[-1].endswith("plain")
    assert "".join(seen) == "\ufffdplain"
