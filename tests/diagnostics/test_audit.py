"""Audit events: what hooks hear, and what becomes of an operation that one forbids.

In processes of their own, for a hook cannot be removed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Python = Callable[..., Any]

BEGINNING = """
import gc, json, os, socket, sys
import uvnet
from uvnet import _core, dns, net

heard = []  # (event, type of the first argument, the others)
forbidden = set()  # what a hook raises for
class Forbidden(Exception):
    pass

def hook(event, args):
    if event.startswith("socket.") or event.startswith("uvnet."):
        kind = type(args[0]).__name__ if args else ""
        if kind in ("TCP", "Pipe"):
            heard.append([event, kind, *args[1:]])
        elif event in ("socket.getaddrinfo", "socket.getnameinfo"):
            heard.append([event, *args])
        if event in forbidden:
            raise Forbidden(event)

sys.addaudithook(hook)

def descriptors():
    return sorted(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"))

def watch(emitter, events):
    for event in ("connect", "listening", "error", "close", "connection_attempt_failed"):
        emitter.on(event, lambda *args, event=event: events.append(
            [event, *(repr(arg) for arg in args)]))
    return emitter
"""


def run(python: Python, code: str) -> Any:
    return json.loads(python(BEGINNING + code).stdout)


def test_events_of_the_core(python: Python, tmp_path: Any) -> None:
    heard = run(
        python,
        """
loop = _core.Loop()
path = os.path.join(os.getcwd(), "s")
listener, six, unix = _core.TCP(loop), _core.TCP(loop), _core.Pipe(loop)
assert listener.bind("127.0.0.1", 0) == 0
port = listener.getsockname()[2]
assert listener.listen(7) == 0
six.bind6("::1", 0)
assert unix.bind(path) == 0
assert unix.listen(3) == 0
client, client6, local = _core.TCP(loop), _core.TCP(loop), _core.Pipe(loop)
assert client.connect(_core.ConnectReq(), "127.0.0.1", port) == 0
assert client6.connect6(_core.ConnectReq(), "::1", 9) in (0, _core.UV_EADDRNOTAVAIL)
assert local.connect(_core.ConnectReq(), path) == 0
flags = socket.AI_NUMERICHOST
_core.getaddrinfo(
    _core.GetAddrInfoReq(), "127.0.0.1", "80", loop=loop, family=2, type=1, proto=6, flags=flags)
_core.getnameinfo(_core.GetNameInfoReq(), "127.0.0.1", 80, loop=loop, flags=socket.NI_NUMERICHOST)
for handle in (listener, six, unix, client, client6, local):
    handle.close()
loop.run()
loop.close()
print(json.dumps([heard, port, path]))
""",
    )
    found, port, path = heard
    assert found == [
        ["socket.bind", "TCP", ["127.0.0.1", 0]],
        ["uvnet.listen", "TCP", 7],
        ["socket.bind", "TCP", ["::1", 0]],
        ["socket.bind", "Pipe", path],
        ["uvnet.listen", "Pipe", 3],
        ["socket.connect", "TCP", ["127.0.0.1", port]],
        ["socket.connect", "TCP", ["::1", 9]],
        ["socket.connect", "Pipe", path],
        ["socket.getaddrinfo", "127.0.0.1", "80", 2, 1, 6],
        ["socket.getnameinfo", ["127.0.0.1", 80]],
    ]


def test_what_cannot_be_done_is_not_told(python: Python) -> None:
    heard = run(
        python,
        """
loop = _core.Loop()
handle = _core.TCP(loop)
assert handle.bind("no literal", 0) == _core.UV_EINVAL
handle.close()
assert handle.bind("127.0.0.1", 0) == _core.UV_EBADF
assert handle.connect(_core.ConnectReq(), "127.0.0.1", 1) == _core.UV_EBADF
assert handle.listen(1) == _core.UV_EBADF
loop.run()
loop.close()
print(json.dumps(heard))
""",
    )
    assert heard == []


def test_the_core_raises_and_does_nothing(python: Python) -> None:
    found = run(
        python,
        """
forbidden |= {"socket.bind", "socket.connect", "uvnet.listen", "socket.getaddrinfo",
              "socket.getnameinfo"}
loop = _core.Loop()
path = os.path.join(os.getcwd(), "s")
tcp, pipe, request = _core.TCP(loop), _core.Pipe(loop), _core.ConnectReq()
before = descriptors()
lookup, reverse = _core.GetAddrInfoReq(), _core.GetNameInfoReq()
raised = []
for call in (
    lambda: tcp.bind("127.0.0.1", 0), lambda: tcp.bind6("::1", 0), lambda: tcp.listen(1),
    lambda: tcp.connect(request, "127.0.0.1", 1), lambda: tcp.connect6(request, "::1", 1),
    lambda: pipe.bind(path), lambda: pipe.connect(request, path),
    lambda: _core.getaddrinfo(lookup, "127.0.0.1", loop=loop),
    lambda: _core.getnameinfo(reverse, "127.0.0.1", 1, loop=loop),
):
    try:
        call()
    except Forbidden as exc:
        raised.append(str(exc))
assert not os.path.exists(path)
assert not (request.pending or lookup.pending or reverse.pending)
assert descriptors() == before, (descriptors(), before)
forbidden.clear()
assert tcp.bind("127.0.0.1", 0) == 0  # it is as it was
tcp.close(), pipe.close()
loop.run()
assert loop.open_handles == 0
loop.close()
print(json.dumps(raised))
""",
    )
    assert found == [
        "socket.bind",
        "socket.bind",
        "uvnet.listen",
        "socket.connect",
        "socket.connect",
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.getnameinfo",
    ]


def test_a_hook_that_closes_the_handle(python: Python) -> None:
    found = run(
        python,
        """
open_now = []
def closing(event, args):
    if open_now and args and args[0] is open_now[0]:
        open_now.pop().close()
sys.addaudithook(closing)
loop = _core.Loop()
results = []
def call(kind, method, *args):
    handle = kind(loop)
    open_now.append(handle)
    results.append(getattr(handle, method)(*args))
call(_core.TCP, "bind", "127.0.0.1", 0)
call(_core.TCP, "bind6", "::1", 0)
call(_core.TCP, "listen", 5)
call(_core.TCP, "connect", _core.ConnectReq(), "127.0.0.1", 1)
call(_core.Pipe, "bind", "/nowhere/at/all")
call(_core.Pipe, "connect", _core.ConnectReq(), "/nowhere/at/all")
assert not open_now
loop.run()
loop.close()
print(json.dumps([result == _core.UV_EBADF for result in results]))
""",
    )
    assert found == [True] * 6


@pytest.mark.parametrize("event", ["socket.bind", "uvnet.listen"])
def test_listen_raises_at_once(python: Python, event: str) -> None:
    found = run(
        python,
        f"""
path = os.path.join(os.getcwd(), "s")
found = []
events = []
made = _core.TCP()
made.bind("127.0.0.1", 0)
held = socket.create_server(("127.0.0.1", 0))
forbidden.add({event!r})
forms = [lambda s: s.listen(0), lambda s: s.listen(path)]
if {event!r} == "uvnet.listen":
    forms += [lambda s: s.listen(made), lambda s: s.listen(fd=held.detach())]
else:
    made.close(), held.close()
for form in forms:
    server = watch(net.create_server(), events)
    try:
        form(server)
    except Forbidden as exc:
        found.append(str(exc))
    assert not server.listening
uvnet.run()
assert _core.current_loop().open_handles == 0
forbidden.clear()
server.listen(0).close()  # it may listen, when it is allowed to
uvnet.run()
_core.current_loop().close()
gc.collect()
assert not os.path.exists(path)
print(json.dumps([found, events, len(forms)]))
""",
    )
    raised, events, forms = found
    assert raised == [event] * forms
    assert events == [["close"]]


@pytest.mark.parametrize("event", ["socket.bind", "uvnet.listen"])
def test_listen_on_a_host_emits_error(python: Python, event: str) -> None:
    events = run(
        python,
        f"""
forbidden.add({event!r})
events = []
server = watch(net.create_server(), events).listen(0, "127.0.0.1")
uvnet.run()
assert not server.listening and _core.current_loop().open_handles == 0
print(json.dumps(events))
""",
    )
    assert events == [["error", f"Forbidden({event!r})"]]


def test_a_forbidden_lookup(python: Python) -> None:
    found = run(
        python,
        """
forbidden.add("socket.getaddrinfo")
events, raised = [], []
watch(net.connect(1, "localhost"), events)
uvnet.run()
async def main():
    await dns.promises.lookup("localhost")
for call in (
    lambda: net.create_server().listen(0, "localhost"),
    lambda: dns.lookup("localhost", print), lambda: uvnet.run(main()),
):
    try:
        call()
    except Forbidden as exc:
        raised.append(str(exc))
uvnet.run()
assert _core.current_loop().open_handles == 0
print(json.dumps([events, raised]))
""",
    )
    events, raised = found
    assert events == [["error", "Forbidden('socket.getaddrinfo')"], ["close", "True"]]
    assert raised == ["socket.getaddrinfo"] * 3


CONNECTS = {
    "a literal": "net.connect(port, '127.0.0.1')",
    "a name": "net.connect(port, 'localhost', family=4)",
    "one of several": "net.connect(port, 'many', lookup=many)",
    "a path": "net.connect(path)",
}


@pytest.mark.parametrize("form", CONNECTS)
def test_connect_emits_error(python: Python, form: str) -> None:
    found = run(
        python,
        f"""
def many(hostname, callback, **options):
    callback(None, [("127.0.0.1", 4), ("::1", 6), ("127.0.0.2", 4)])
path = os.path.join(os.getcwd(), "s")
plain = socket.create_server(("127.0.0.1", 0))
port = plain.getsockname()[1]
_core.TCP().close()  # the default loop has all that it needs
uvnet.run()
before = descriptors()
forbidden.add("socket.connect")
heard.clear()
events = []
client = watch({CONNECTS[form]}, events)
assert client.connecting or client.destroyed
uvnet.run()
assert client.destroyed and not client.connecting
assert _core.current_loop().open_handles == 0
assert descriptors() == before, (descriptors(), before)
attempts = [each for each in heard if each[0] == "socket.connect"]
forbidden.clear()
client.connect(port, "127.0.0.1", client.destroy)  # it may connect, when it is allowed to
uvnet.run()
print(json.dumps([events, len(attempts)]))
""",
    )
    events, attempts = found
    assert events == [
        ["error", "Forbidden('socket.connect')"],
        ["close", "True"],
        ["connect"],
        ["close", "False"],
    ]
    assert attempts == 1, "what is forbidden is not tried in another way"


@pytest.mark.parametrize("lookup", ["None", "many"])
def test_connect_from_a_forbidden_port(python: Python, lookup: str) -> None:
    events = run(
        python,
        f"""
def many(hostname, callback, **options):
    callback(None, [("127.0.0.1", 4), ("127.0.0.2", 4)])
forbidden.add("socket.bind")
events = []
client = net.connect(1, "many" if {lookup} else "127.0.0.1", lookup={lookup}, local_port=20202)
watch(client, events)
uvnet.run()
assert _core.current_loop().open_handles == 0
print(json.dumps(events))
""",
    )
    assert events == [["error", "Forbidden('socket.bind')"], ["close", "True"]]


def test_an_awaited_socket_raises_it(python: Python) -> None:
    raised = run(
        python,
        """
forbidden.add("socket.connect")
async def main():
    await net.connect(1, "127.0.0.1")
try:
    uvnet.run(main())
except Forbidden as exc:
    print(json.dumps(str(exc)))
""",
    )
    assert raised == "socket.connect"


def test_data_is_not_audited(python: Python) -> None:
    """The same events whatever is sent."""
    counts = run(
        python,
        """
counted = []
sys.addaudithook(lambda event, args: counted.append(event))
def echo(messages):
    server = net.create_server(lambda socket: socket.on("data", socket.write))
    client = net.Socket()
    left = messages
    def on_data(chunk):
        nonlocal left
        left -= 1
        if left:
            client.write(b"x")
        else:
            client.end()
            server.close()
    client.on("data", on_data)
    def start():
        client.connect(server.address().port, "127.0.0.1", lambda: client.write(b"x"))
    server.listen(0, start)
    counted.clear()
    uvnet.run()
    return len([event for event in counted if event.startswith(("socket.", "uvnet."))])
echo(1)
print(json.dumps([echo(1), echo(500)]))
""",
    )
    few, many = counts
    assert few == many == 1  # socket.connect; listen() was before
