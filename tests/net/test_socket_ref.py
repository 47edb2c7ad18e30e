"""What keeps the loop alive, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from uvnet import net

from .helpers import client_of, later, listener, run, serve


def test_a_server_without_ref_lets_the_loop_end() -> None:
    server = serve()
    assert server.unref() is server
    run()
    assert server.listening
    server.close()
    run()


def test_unref_before_listen_holds(must_call: Callable[..., Any]) -> None:
    server = net.create_server().unref()
    server.listen(0, must_call())
    run()
    assert server.ref() is server
    later(10, server.close)
    run()
    assert not server.listening
    server.unref().ref()
    server.listen(0, must_call())
    later(1, server.close)
    run()


def test_a_path_without_ref(tmp_path: Any) -> None:
    server = net.create_server().listen(str(tmp_path / "s")).unref()
    run()
    server.close()
    run()


def test_a_connected_socket_without_ref(must_call: Callable[..., Any]) -> None:
    with listener() as sock:
        client = net.connect(sock.getsockname()[1], "127.0.0.1", must_call())
        assert client.unref() is client
        run()
        assert client.ready_state == "open"
        assert client.ref() is client
        later(1, client.destroy)
        run()


@pytest.mark.parametrize("paused", [True, False])
def test_a_paused_client_alone(paused: bool, must_call: Callable[..., Any]) -> None:
    """Nothing is read from it, so that nothing can happen: the loop ends."""
    with listener() as sock:
        client = net.connect(sock.getsockname()[1], "127.0.0.1", must_call())
        if paused:
            client.pause()
        else:
            client.on("connect", client.unref)
        run()
        client.destroy()
        run()


def test_accepted_sockets_keep_the_loop(must_call: Callable[..., Any]) -> None:
    server = serve(must_call(lambda peer: later(20, peer.destroy)))
    server.unref()
    client = client_of(server).unref()
    client.on("close", must_call(lambda had_error: None))
    run()
    server.close()
    run()
