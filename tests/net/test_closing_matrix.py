"""Whatever is done to a socket, in whatever callback: it closes once, and nothing is left.

Each case leads a connection to a callback, does something there, lets the peer end, and runs the
loop until it ends by itself. There is one 'close' for each life, at most one 'error', before it; no
handle and no descriptor is left; and the peer has seen an end.
"""

from __future__ import annotations

import gc
import socket as plain
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.errors import ERR_INVALID_HANDLE_TYPE

from .ends import KINDS, PATIENCE, SIDES, InThread, Listener


class Oops(Exception):
    pass


class Life:
    """A socket's events, counted without a reference to the socket."""

    def __init__(self) -> None:
        self.trace: list[str] = []

    def watch(self, socket: net.Socket) -> None:
        socket.on("error", lambda error: self.trace.append("error"))
        socket.on("close", lambda had_error: self.trace.append("close"))


class Scene:
    """A connection under test. `socket` is ours; a thread has the peer."""

    def __init__(self, kind: str, side: str, callback: str, action: str) -> None:
        self.kind = kind
        self.side = side
        self.callback = callback
        self.action = action
        self.socket: net.Socket | None = None
        self.server: net.Server | None = None
        self.life = Life()
        self.lives = 1
        self.acted = 0
        self.trigger = threading.Event()  # the peer may do what leads to the callback
        self.done = threading.Event()  # the peer may end
        self.peers: list[InThread] = []
        self.listener: Listener | None = None
        self.raised = 0
        self.reference: weakref.ref[net.Socket] | None = None

    # ------------------------------------------------------------------ the peer

    def peer(self, peer: plain.socket) -> str:
        """Play the other end, and return how our end has ended."""
        peer.settimeout(PATIENCE)
        with peer:
            assert self.trigger.wait(PATIENCE)
            if self.callback in ("data", "onread"):
                peer.sendall(b"hello")
            elif self.callback == "end":
                with suppress(OSError):  # it may be gone
                    peer.shutdown(plain.SHUT_WR)
            elif self.callback == "error":
                peer.recv(1, plain.MSG_PEEK)  # what is not read makes the close a reset
                return "closed"
            elif self.callback == "drain":
                size = 0
                while size < 1 << 20:  # enough for the kernel to take the rest
                    part = peer.recv(1 << 18)
                    if not part:
                        return "end"
                    size += len(part)
            return self.to_the_end(peer)

    def to_the_end(self, peer: plain.socket) -> str:
        drained = InThread(self.drain, peer)
        assert self.done.wait(PATIENCE)
        with suppress(OSError):
            peer.shutdown(plain.SHUT_WR)
        return drained.result()

    def drain(self, peer: plain.socket) -> str:
        with suppress(ConnectionResetError, BrokenPipeError):
            while peer.recv(1 << 18):
                pass
            return "end"
        return "reset"

    def accept(self, listener: Listener) -> str:
        return self.peer(listener.socket.accept()[0])

    # ------------------------------------------------------------------ our end

    def start(self) -> None:
        onread = (bytearray(100), self.act) if self.callback == "onread" else None
        if self.side == "client":
            self.listener = Listener(self.kind)
            self.peers.append(InThread(self.accept, self.listener))
            # A server that has nothing to do with it, for what closes one.
            self.server = net.create_server().listen(0)
            socket = net.Socket(onread=onread)
            socket.once("connect", lambda: self.connected())
            self.begin(socket)
            socket.connect(*self.listener.address)
            return
        self.server = net.create_server(
            self.accepted, onread=None if onread is None else lambda socket: onread
        )
        if self.kind == "unix":
            with tempfile.TemporaryDirectory() as folder:
                self.server.listen(f"{folder}/socket")
                peer = plain.socket(plain.AF_UNIX)
                peer.connect(f"{folder}/socket")
        else:
            self.server.listen(0)
            peer = plain.create_connection(("127.0.0.1", self.server.address().port))
        self.peers.append(InThread(self.peer, peer))

    def begin(self, socket: net.Socket) -> None:
        self.socket = socket
        self.reference = weakref.ref(socket)
        self.life.watch(socket)
        if self.callback in ("connect", "ready", "end", "drain", "finish", "timeout", "error"):
            socket.once(self.callback, self.act)
        if self.callback == "data":
            socket.once("data", self.act)
        elif self.callback not in ("onread", "connection"):
            socket.on("data", lambda data: None)

    def accepted(self, socket: net.Socket) -> None:
        self.begin(socket)
        if self.callback == "connection":
            self.trigger.set()
            socket.resume()
            self.act()
        else:
            self.connected()

    def connected(self) -> None:
        socket = self.socket
        assert socket is not None
        self.trigger.set()
        if self.callback == "drain":
            while socket.write(bytes(1 << 20)):
                pass
        elif self.callback == "finish":
            socket.end()
        elif self.callback == "error":
            socket.write(b"unread")
        elif self.callback == "timeout":
            socket.set_timeout(1)
        elif self.callback == "write":
            socket.write(b"hello", self.act)

    # ------------------------------------------------------------------ the action

    def act(self, *args: Any) -> None:
        if self.acted:
            return
        self.acted += 1
        # Later, for the peer's end must not overtake what is done here.
        uvnet.set_immediate(self.acted_upon)
        getattr(self, "do_" + self.action)(self.socket)

    def acted_upon(self) -> None:
        self.done.set()
        if self.action == "pause" and self.socket is not None:
            self.socket.resume()
        if self.action != "server_close" and self.server is not None:
            self.server.close()

    def do_destroy(self, socket: net.Socket) -> None:
        assert socket.destroy() is socket
        assert socket.destroyed and socket._handle is None

    def do_destroy_error(self, socket: net.Socket) -> None:
        assert socket.destroy(Oops("destroyed")) is socket
        assert socket.destroyed and socket._handle is None

    def do_end(self, socket: net.Socket) -> None:
        assert socket.end(b"bye") is socket

    def do_server_close(self, socket: net.Socket) -> None:
        assert self.server is not None
        self.server.close()

    def do_raise(self, socket: net.Socket) -> None:
        raise Oops("raised")

    def do_drop(self, socket: net.Socket) -> None:
        self.socket = None
        del socket
        gc.collect()

    def do_reconnect(self, socket: net.Socket) -> None:
        """Connect again: a new life where the last has ended, else an error that ends it."""
        other = Listener(self.kind)
        if socket.destroyed:
            self.lives = 2
            other_peer = InThread(lambda: self.greet(other))
        else:
            other_peer = InThread(lambda: other.__exit__())
        self.peers.append(other_peer)
        socket.connect(*other.address)

    def greet(self, listener: Listener) -> str:
        with listener, listener.socket.accept()[0] as peer:
            peer.settimeout(PATIENCE)
            peer.sendall(b"hello again")
            peer.shutdown(plain.SHUT_WR)
            return self.drain(peer)

    def do_reset(self, socket: net.Socket) -> None:
        if self.kind == "unix" and not socket.destroyed:
            with pytest.raises(ERR_INVALID_HANDLE_TYPE):
                socket.reset_and_destroy()
            socket.destroy()
        else:
            assert socket.reset_and_destroy() is socket
        assert socket.destroyed

    def do_pause(self, socket: net.Socket) -> None:
        assert socket.pause() is socket

    def do_pipe(self, socket: net.Socket) -> None:
        assert socket.pipe(socket) is socket

    # ------------------------------------------------------------------ the end

    def run(self) -> None:
        self.start()
        while True:
            try:
                uvnet.run()
                break
            except Oops:
                self.raised += 1
        self.done.set()
        ends = [peer.result() for peer in self.peers]
        if self.listener is not None:
            self.listener.__exit__()
        assert self.acted == 1, "the callback never came"
        assert self.raised == (self.action == "raise")
        assert self.life.trace.count("close") == self.lives
        assert self.life.trace.count("error") <= self.lives
        assert self.life.trace[-1] == "close", "something came after 'close'"
        assert ends[0] in ("end", "reset", "closed")
        if self.action == "end" and self.callback not in ("finish", "error"):
            assert ends[0] == "end"
            assert "error" not in self.life.trace
        expected = {"destroy": 0, "pause": 0, "server_close": 0, "raise": 0, "drop": 0}
        if self.callback != "error" and self.action in expected:
            assert self.life.trace == ["close"] * self.lives
        if self.socket is not None:
            assert self.socket._handle is None
            assert self.socket.destroyed


CALLBACKS = [
    "connection", "connect", "ready", "data", "end", "drain", "finish", "error", "timeout", "write",
    "onread",
]  # fmt: skip
ACTIONS = [name[3:] for name in vars(Scene) if name.startswith("do_")]


def cases() -> Iterator[tuple[str, str, str, str]]:
    for callback in CALLBACKS:
        for action in ACTIONS:
            for kind in KINDS:
                for side in SIDES:
                    if callback == "connection" and side == "client":
                        continue
                    if callback in ("connect", "ready") and side == "accepted":
                        continue
                    yield callback, action, kind, side


@pytest.mark.parametrize(("callback", "action", "kind", "side"), list(cases()))
def test_it_closes(callback: str, action: str, kind: str, side: str) -> None:
    scene = Scene(kind, side, callback, action)
    scene.run()
    reference = scene.reference
    del scene
    gc.collect()
    assert reference is not None and reference() is None, "the socket is still referred to"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_callback_is_in_the_matrix(kind: str, side: str) -> None:
    """What the matrix says of a socket holds for one that nothing is done to, too."""
    scene = Scene(kind, side, "data", "none")
    scene.do_none = lambda socket: None  # type: ignore[attr-defined]
    scene.run()
    assert scene.life.trace == ["close"]
