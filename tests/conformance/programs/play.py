"""Play programs here: python play.py PROGRAMS TRACES, a program or a trace a line.

play.js does the same in Node, and says more.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from typing import Any

import uvnet
from uvnet import net
from uvnet._core import Timer, current_loop
from uvnet.abort import AbortController
from uvnet.encodings import decode, encode

QUIET_TURNS = 6
NAGLE = 0.06  # seconds: what an acknowledgement may be late
WATCHED = (
    *("pause", "resume", "connect", "ready", "end"),
    *("prefinish", "finish", "timeout", "drain", "error"),
)
COUNTED = ("data", "readable", "error", "drain", "pause", "resume", "finish", "timeout")
STATE = {
    "destroyed": "destroyed",
    "closed": "closed",
    "connecting": "connecting",
    "pending": "pending",
    "ready_state": "ready_state",
    "readable": "readable",
    "writable": "writable",
    "flowing": "readable_flowing",
    "paused": "is_paused",
    "readable_ended": "readable_ended",
    "readable_length": "readable_length",
    "encoding": "readable_encoding",
    "aborted": "readable_aborted",
    "did_read": "readable_did_read",
    "writable_ended": "writable_ended",
    "finished": "writable_finished",
    "need_drain": "writable_need_drain",
    "corked": "writable_corked",
    "writable_length": "writable_length",
    "read": "bytes_read",
    "written": "bytes_written",
    "errored": "errored",
    "timeout": "timeout",
}

BYTES = bytes(33 + (i * 7 + i // 93) % 90 for i in range(800_000))
TEXT = BYTES.decode()
WIDE = "a\u00e9\u20ac-" * 300

Trace = dict[str, list[str]]


class Boom(Exception):
    code = "EBOOM"


def _format(value: object) -> str:
    if isinstance(value, BaseException):
        code, syscall = getattr(value, "code", None), getattr(value, "syscall", None)
        if code is None:
            return str(value)
        return code if syscall is None else f"{code}/{syscall}"
    return str(value)


def _bytes(chunk: Any) -> bytes:
    return encode(chunk, "utf8") if isinstance(chunk, str) else bytes(chunk)


class Player:
    """One program: its server, the client, and the sockets that were accepted."""

    def __init__(
        self, program: dict[str, Any], place: str, done: Callable[[Trace], object]
    ) -> None:
        self.program = program
        self.place = place
        self.done = done
        self.trace: Trace = {}  # lines by end
        self.chunks: dict[str, list[Any]] = {}  # what has come since the last line of an end
        self.count = 0  # of everything that was traced
        self.happened: dict[str, int] = {}  # events by end
        self.states: dict[str, dict[str, str]] = {}
        self.written = {"C": 0, "S": 0}
        self.accepted: list[Any] = []
        self.names: dict[Any, str] = {}
        self.piped: set[Any] = set()
        self.drained: set[Any] = set()  # by read(), in this step
        self.server_closed = False
        self.listeners: dict[Any, dict[str, Callable[..., object]]] = {}
        self.lives = 0  # of the client
        self.waited = False  # whether it was told to do anything before 'connect'
        self.closed = self.connected = self.stale = self.aborted = False
        self.over = self.resetting = False
        self.inside: str | None = None
        self.make_server()
        self.client = self.make_client()

    # ---------------------------------------------------------------- the trace

    def t(self, end: str, line: str, *values: object) -> None:
        self.count += 1
        self.flush(end)
        self.trace.setdefault(end, []).append(" ".join([line, *map(_format, values)]))

    def flush(self, end: str) -> None:
        if end in self.chunks:
            name, size, crc = self.chunks.pop(end)
            self.trace.setdefault(end, []).append(f"{name} {size} {crc:x}")

    def chunk(self, end: str, name: str, chunk: Any) -> None:
        """Adjacent chunks are one line: where they are cut is up to the kernel."""
        self.count += 1
        data = _bytes(chunk)
        if end in self.chunks and self.chunks[end][0] != name:
            self.flush(end)
        _, size, crc = self.chunks.get(end, (name, 0, 0))
        self.chunks[end] = [name, size + len(data), zlib.crc32(data, crc)]

    # ---------------------------------------------------------------- the ends

    def make_server(self) -> None:
        options = dict(self.program["server"])
        for name in ("watch", "data", "readable", "reads"):
            options.pop(name, None)
        self.server = net.create_server(self.on_connection, **options)
        self.server.on("close", self.on_server_close)
        self.server.on("error", lambda error: self.t("srv", "error", error))
        self.where: dict[str, Any] = {"path": self.place}
        if self.program["transport"] == "tcp":
            self.where = {"host": "127.0.0.1", "port": 0}
        self.server.listen(self.on_listening, **self.where)

    def on_listening(self) -> None:
        if self.program["transport"] == "tcp":
            self.where["port"] = self.server.address().port
        self.step(0)

    def on_connection(self, socket: Any) -> None:
        self.accepted.append(socket)
        self.watch(socket, f"S{len(self.accepted)}", self.program["server"])
        self.happen(socket, "connection")

    def make_client(self) -> Any:
        client = self.program["client"]
        options: dict[str, Any] = {"allow_half_open": client.get("allow_half_open", False)}
        if "high_water_mark" in client:
            options["high_water_mark"] = client["high_water_mark"]
        if "onread" in client:
            size, made, stop = client["onread"]
            calls = 0

            def on_read(nread: int, buffer: Any) -> bool:
                nonlocal calls
                self.chunk("C", "onread", buffer[:nread])
                self.happen(self.client, "onread")
                calls += 1
                return calls != stop

            options["onread"] = ((lambda: bytearray(size)) if made else bytearray(size), on_read)
        self.controller = None
        if "signal" in client:
            self.controller = AbortController()
            options["signal"] = self.controller.signal
        socket = net.Socket(**options)
        if "no_delay" in client:
            socket.set_no_delay(True)
        socket.on("connect", self.on_connect)
        self.watch(socket, "C", client)
        return socket

    def on_connect(self) -> None:
        self.connected = True
        self.waited = self.stale
        self.stale = False

    def watch(self, socket: Any, end: str, options: dict[str, Any]) -> None:
        self.names[socket] = end

        def on_data(chunk: Any) -> None:
            if socket.destroyed:
                return
            self.chunk(end, "data", chunk)
            self.happen(socket, "data")

        def on_readable() -> None:
            while (chunk := socket.read()) is not None:
                self.chunk(end, "reads", chunk)
            self.drained.add(socket)
            self.happen(socket, "reads")

        def listener(event: str) -> Callable[..., None]:
            return lambda *args: self.event(socket, event, *args)

        def on_close(had_error: bool | None) -> None:
            if end == "C":
                self.closed = True
            while socket.readable_flowing and socket.readable_length > 0:
                socket.read()  # Node has thrown it away: the next life shall not begin with it
            self.piped.discard(socket)
            self.event(socket, "close", had_error)

        listeners: dict[str, Callable[..., object]] = {event: listener(event) for event in WATCHED}
        listeners["data"] = on_data
        listeners["readable"] = lambda: self.event(socket, "readable", socket.readable_length)
        listeners["reads"] = on_readable
        listeners["pipe"] = lambda source: self.event(socket, "pipe")
        listeners["close"] = lambda had_error: self.event(socket, "closed", had_error)
        self.listeners[socket] = listeners
        for event in options["watch"]:
            socket.on(event, listeners[event])
        socket.on("close", on_close)
        for event in ("data", "readable"):
            if event in options:
                socket.on(event, listeners[event])
        if "reads" in options:
            socket.on("readable", on_readable)

    def event(self, socket: Any, event: str, *values: object) -> None:
        self.t(self.names[socket], event, *values)
        self.happen(socket, event)

    def happen(self, socket: Any, event: str) -> None:
        """Make the calls that hang on this event."""
        end = self.names[socket][0]
        name = f"{end}.{event}"
        n = self.happened[name] = self.happened.get(name, 0) + 1
        for life, when, nth, calls in self.program["hooks"]:
            if (life, when, nth) == (end, event, n):
                self.inside = event
                for call in calls:
                    self.call(call)
                self.inside = None

    # ---------------------------------------------------------------- the calls

    def call(self, call: list[Any]) -> None:
        end, name, *args = call
        if end == "srv":
            getattr(self, f"server_{name}")()
            return
        if end == "S" and not self.accepted:
            return
        socket = self.client if end == "C" else self.accepted[-1]
        end = self.names[socket]
        if self.forbidden(socket, name):
            self.t(end, f">{name} -")
            return
        self.t(end, f">{name}")
        if socket.connecting and name in ("end", "write", "destroy_soon", "reset_and_destroy"):
            self.stale = True
        try:
            if name in PLAIN:
                result = PLAIN[name](socket, *args)
                result = result if name == "unshift" else MISSING
            else:
                result = getattr(self, name)(socket, *args)
        except Exception as exc:
            self.t(end, f"!{name}", exc)
        else:
            if result is not MISSING:
                self.t(end, f"={name}", result)

    def forbidden(self, socket: Any, name: str) -> bool:
        """Return whether a call is left out; play.js says why."""
        if "destroy" in name and socket in self.drained:
            return True
        if name == "connect":
            paused = socket.destroyed and not self.connected and socket.is_paused()
            living = (self.lives > 0 or socket.destroyed) and not self.closed
            return living or self.aborted or self.stale or paused
        if name == "pipe":
            return socket in self.piped
        if name == "read":
            return socket.destroyed
        if name == "unshift":
            return socket.readable_encoding is not None
        if name == "reset_and_destroy" and socket.writable_ended:
            return True
        resetting = self.resetting and socket is self.client and not socket.destroyed
        if name in ("end", "destroy_soon") and resetting:
            return True
        if self.inside == "connect" and socket is self.client and self.waited:
            if name in ("write", "end"):
                return socket.writable_ended
            return name in ("destroy", "destroy_soon", "reset_and_destroy", "abort")
        return False

    def connect(self, socket: Any) -> object:
        self.resetting = False
        self.lives += 1
        self.closed = self.connected = False
        socket.connect(**self.where)
        return MISSING

    def payload(self, socket: Any, kind: str, size: int) -> list[Any]:
        end = self.names[socket][0]
        start = self.written[end] % 100_000
        self.written[end] += size + 7
        if kind == "bytes":
            return [BYTES[start : start + size]]
        if kind == "bytearray":
            return [bytearray(BYTES[start : start + size])]
        if kind in ("ascii", "latin1", "utf8"):
            return [TEXT[start : start + size], kind]
        few = min(size, 200)
        wide = kind in ("wide", "utf16le")
        text = WIDE[:few] if wide else decode(BYTES[start : start + few], kind)
        encoding = "utf8" if kind == "wide" else kind
        if (
            socket.connecting
            or socket.writable_corked
            or socket.writable_length
            or socket.writable_high_water_mark < 1000
        ):
            return [encode(text, encoding)]
        return [text, encoding]

    def callback(self, socket: Any, name: str, number: int) -> Callable[..., None]:
        def callback(error: Exception | None) -> None:
            self.t(self.names[socket], f"{name}:{number}", error)
            self.happen(socket, name)

        return callback

    def write(self, socket: Any, kind: str, size: int, number: int | None) -> object:
        args = self.payload(socket, kind, size)
        if number is not None:
            args.append(self.callback(socket, "written", number))
        return socket.write(*args)

    def end(
        self, socket: Any, kind: str | None = None, size: int = 0, number: int | None = None
    ) -> object:
        args = self.payload(socket, kind, size) if kind else []
        if number is not None and not socket.destroyed:
            args.append(self.callback(socket, "ended", number))
        socket.end(*args)
        return MISSING

    def read(self, socket: Any, size: int | None) -> object:
        chunk = socket.read(size)
        if chunk is None:
            return None
        self.drained.add(socket)
        data = _bytes(chunk)
        return f"{len(data)} {zlib.crc32(data):x}"

    def pipe(self, socket: Any, end: bool) -> object:
        self.piped.add(socket)
        socket.pipe(socket, end=end)
        return MISSING

    def unpipe(self, socket: Any) -> object:
        self.piped.discard(socket)
        socket.unpipe()
        return MISSING

    def on(self, socket: Any, event: str) -> object:
        listener = self.listeners[socket][event]
        event = "readable" if event == "reads" else event
        if event != "data" or listener not in socket.listeners(event):
            socket.on(event, listener)
        return MISSING

    def off(self, socket: Any, event: str) -> object:
        listener = self.listeners[socket][event]
        socket.off("readable" if event == "reads" else event, listener)
        return MISSING

    def once(self, socket: Any, event: str) -> object:
        def on_event(*args: object) -> None:
            if not socket.destroyed or event != "data":
                self.t(self.names[socket], f"once {event}")

        socket.once(event, on_event)
        return MISSING

    def destroy(self, socket: Any, failed: bool) -> object:
        socket.destroy(Boom("boom") if failed else None)
        return MISSING

    def reset_and_destroy(self, socket: Any) -> object:
        if socket.connecting:
            self.resetting = True
        socket.reset_and_destroy()
        return MISSING

    def abort(self, socket: Any) -> object:
        self.aborted = True
        if self.controller is not None:
            self.controller.abort()
        return MISSING

    def set_timeout(self, socket: Any, ms: int, called: bool) -> object:
        if called:
            socket.set_timeout(ms, lambda: self.t(self.names[socket], "timed out"))
        else:
            socket.set_timeout(ms)
        return MISSING

    def server_close(self) -> None:
        self.t("srv", ">close")
        self.server.close(lambda error: self.t("srv", "closed", error))

    def on_server_close(self) -> None:
        self.server_closed = True
        self.t("srv", "close")

    def server_listen(self) -> None:
        if not self.over and not self.server.listening and self.server_closed:
            self.server_closed = False
            self.server.listen(lambda: self.t("srv", "listening"), **self.where)

    def server_get_connections(self) -> None:
        self.server.get_connections(lambda error, count: self.t("srv", "connections", error, count))

    # ---------------------------------------------------------------- the course

    def step(self, index: int) -> None:
        steps = self.program["steps"]
        self.drained.clear()
        if index == len(steps) + 1:
            for end in list(self.chunks):
                self.flush(end)
            self.done(self.trace)
            return
        if index < len(steps):
            for call in steps[index]:
                self.call(call)
        else:  # nothing is left over
            self.over = True
            self.t("C", "the end")
            for socket in (self.client, *self.accepted):
                socket.destroy()
            if self.server.listening:
                self.server_close()

        def settled() -> None:
            for socket in (self.client, *self.accepted):
                self.state(socket)
            self.step(index + 1)

        self.settle(settled)

    def state(self, socket: Any) -> None:
        """Trace what has changed since the last time."""
        state = {}
        for name, attribute in STATE.items():
            value = getattr(socket, attribute)
            state[name] = _format(value() if callable(value) else value)
        if socket.destroyed:
            state["readable_length"] = state["did_read"] = "-"
            if socket.errored is not None or (socket is self.client and not self.connected):
                state["written"] = "-"
        for event in COUNTED:
            state[f"n_{event}"] = str(socket.listener_count(event))
        end = self.names[socket]
        before = self.states.get(end, {})
        if before.get("did_read") == "-":
            state["did_read"] = "-"
        self.states[end] = state
        self.t(end, "@", *(f"{n}={v}" for n, v in state.items() if before.get(n) != v))

    def settle(self, callback: Callable[[], object]) -> None:
        """Call it when nothing moves any more."""
        last: object = None
        turns = 0
        since = 0.0

        def turn() -> None:
            nonlocal last, turns, since
            moved = self.moved()
            if moved != last:
                last = moved
                turns = 0
                since = time.monotonic()
            turns += 1
            if turns == QUIET_TURNS and time.monotonic() - since < self.patience():
                turns = 0  # and so many again when it is over: timers may be late
                later(1, turn)
            elif turns == 2 * QUIET_TURNS:
                callback()
            else:
                uvnet.set_immediate(turn)

        uvnet.set_immediate(turn)

    def moved(self) -> list[object]:
        values: list[object] = [self.count]
        for s in (self.client, *self.accepted):
            values += [s.bytes_read, s.bytes_written, s.writable_length, s.readable_length]
            values.append(s.connecting)
        return values

    def patience(self) -> float:
        """Return how many seconds nothing must have moved."""
        wait = 0.0
        for each in (self.client, *self.accepted):
            if not each.destroyed and each.timeout:
                wait = max(wait, (each.timeout + 10) / 1000)
            if each.connecting:
                wait = max(wait, 0.2)
        if self.accepted:
            c, s = self.client, self.accepted[-1]
            for source, to in ((c, s), (s, c)):
                if source.destroyed or to.destroyed:
                    continue
                sent = source.bytes_written
                if source.writable_corked:
                    sent -= source.writable_length
                if sent > to.bytes_read and to._handle is not None and to._handle.active:
                    wait = max(wait, NAGLE)
        return wait


MISSING = object()
PLAIN: dict[str, Callable[..., Any]] = {
    "pause": lambda s: s.pause(),
    "resume": lambda s: s.resume(),
    "cork": lambda s: s.cork(),
    "uncork": lambda s: s.uncork(),
    "ref": lambda s: s.ref(),
    "unref": lambda s: s.unref(),
    "destroy_soon": lambda s: s.destroy_soon(),
    "unshift": lambda s, size: s.unshift(BYTES[:size]),
    "set_encoding": lambda s, encoding: s.set_encoding(encoding),
    "set_keep_alive": lambda s, enable, delay: s.set_keep_alive(enable, delay),
    "set_no_delay": lambda s, enable: s.set_no_delay(enable),
}


def later(ms: int, callback: Callable[[], object]) -> None:
    """Call it in the timers phase, as Node does."""

    def on_timeout() -> None:
        timer.close()
        callback()

    timer = Timer(ontimeout=on_timeout)
    timer.start(ms)


def play(programs: list[dict[str, Any]], done: Callable[[Trace], object]) -> None:
    """Play programs on the default loop, one after the other; done(trace) is called after each."""
    folder = tempfile.mkdtemp(prefix="uvnet-")
    loop = current_loop()
    index = 0
    player: Player

    def uncaught(loop: Any, context: dict[str, Any]) -> None:
        player.t("-", "uncaught", context["exception"])

    def start() -> None:
        nonlocal index, player
        if index < len(programs):
            index += 1
            player = Player(programs[index - 1], os.path.join(folder, f"s{index}"), on_done)

    def on_done(trace: Trace) -> None:
        done(trace)
        uvnet.set_immediate(start)

    loop.set_exception_handler(uncaught)
    uvnet.set_immediate(start)
    try:
        uvnet.run()
    finally:
        loop.set_exception_handler(None)
        shutil.rmtree(folder)


if __name__ == "__main__":
    with open(sys.argv[1]) as programs_file:
        read = list(map(json.loads, programs_file))
    with open(sys.argv[2], "w", buffering=1) as traces_file:
        play(read, lambda trace: traces_file.write(json.dumps(trace) + "\n"))
