"""Lookups that are given up: by cancel(), and by sockets and servers that end meanwhile."""

from __future__ import annotations

from typing import Any

from .helpers import blocking

pytestmark = blocking


def test_one_that_waits_does_not_keep_the_loop(blocked: Any) -> None:
    blocked("""
block(_core.Loop())
request = dns.lookup("name2", unexpected)
service = dns.lookup_service("127.0.0.1", 80, unexpected)
assert request.cancel() == 0
assert service.cancel() == 0
uvnet.run()
assert not request.pending and not service.pending
assert request.cancel() == _core.UV_EINVAL
os._exit(0)
""")


def test_one_that_has_begun_is_ignored(blocked: Any) -> None:
    """Its callback is dropped at once, with what it refers to."""
    blocked("""
class Callback:
    __call__ = unexpected

callback = Callback()
reference = weakref.ref(callback)
request = dns.lookup("name", callback)
wait_until_begun()
del callback
assert request.cancel() == _core.UV_EBUSY
assert reference() is None
turn()
assert request.pending
os._exit(0)
""")


def test_a_socket_that_is_destroyed(blocked: Any) -> None:
    blocked("""
block(_core.Loop())
closed = []
for end in ("destroy", "reset_and_destroy", "destroy_soon", "end"):
    client = net.connect(1, "name2").on("close", closed.append)
    client.on("lookup", unexpected).on("error", unexpected)
    assert client._lookup.pending
    getattr(client, end)()
    if end in ("reset_and_destroy", "destroy_soon", "end"):
        client.destroy()  # these wait for the connection
    assert client._lookup is None
uvnet.run()
assert closed == [False] * 4
os._exit(0)
""")


def test_a_socket_that_connects_elsewhere_meanwhile(blocked: Any) -> None:
    blocked("""
block(_core.Loop())
server = net.create_server(lambda peer: peer.end()).listen(0)
client = net.connect(1, "name2").on("lookup", unexpected).destroy()
client.connect(server.address().port, "127.0.0.1").resume()
client.on("close", lambda had_error: server.close() if client.bytes_read == 0 else None)
uvnet.run()
os._exit(0)
""")


def test_an_aborted_signal(blocked: Any) -> None:
    blocked("""
from uvnet.abort import AbortController
block(_core.Loop())
controller = AbortController()
errors = []
client = net.connect(1, "name2", signal=controller.signal).on("error", errors.append)
server = net.create_server().listen(0, "name3", signal=controller.signal)
controller.abort()
uvnet.run()
assert [error.code for error in errors] == ["ABORT_ERR"]
os._exit(0)
""")


def test_a_server_that_is_closed(blocked: Any) -> None:
    blocked("""
block(_core.Loop())
closed = []
server = net.create_server().listen(0, "name2", unexpected)
server.on("error", unexpected).on("close", lambda: closed.append(1))
assert server._lookup.pending
server.close()
assert server._lookup is None
uvnet.run()
assert closed == [1]
os._exit(0)
""")


def test_a_server_that_listens_again(blocked: Any) -> None:
    blocked("""
block(_core.Loop())
addresses = []

def listening():
    addresses.append(server.address().address)
    server.close()

server = net.create_server().listen(0, "name2")
server.listen(0, "127.0.0.1", listening)
uvnet.run()
assert addresses == ["127.0.0.1"]
os._exit(0)
""")


def test_the_request_of_a_users_function_is_the_users(blocked: Any) -> None:
    """It may belong to others too."""
    blocked("""
block(_core.Loop())
requests = []

def lookup(hostname, callback, **options):
    requests.append(dns.lookup(hostname, callback, **options))
    return requests[-1]

client = net.connect(1, "name2", lookup=lookup).on("lookup", unexpected)
client.destroy()
assert requests[0].pending and requests[0]._callback is not None
requests[0].cancel()
uvnet.run()
os._exit(0)
""")
