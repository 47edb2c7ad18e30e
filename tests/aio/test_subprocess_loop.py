"""Subprocesses and the loop: threads, its end, its debug mode, and many children at once."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
import time
from asyncio.subprocess import PIPE

import pytest

from .helpers import PATIENCE, in_thread
from .processes import Protocol, no_descriptor, output, soon, start, threading_names

pytestmark = pytest.mark.usefixtures("no_child_is_left")


# --------------------------------------------------------------------- where and when


def test_in_another_thread(new_loop):
    def work():
        with asyncio.Runner(loop_factory=new_loop) as runner:
            assert runner.run(output("echo", "text")) == b"text\n"

    with in_thread(work):
        pass


@pytest.fixture
def by_thread(monkeypatch):
    """Let there be no descriptors of processes; at the end, no thread is left."""
    monkeypatch.setattr(os, "pidfd_open", no_descriptor, raising=False)
    yield
    deadline = time.monotonic() + PATIENCE
    while threading_names() and time.monotonic() < deadline:
        time.sleep(0.001)


def test_thread_for_each_child(aio_loop, by_thread):
    async def main():
        assert await output("echo", "text") == b"text\n"
        outs = await asyncio.gather(*[output("echo", str(i)) for i in range(20)])
        assert outs == [b"%d\n" % i for i in range(20)]
        process = await start("sleep", "1000")
        assert len(threading_names()) >= 1
        process.kill()
        assert await soon(process.wait()) == -signal.SIGKILL

    aio_loop.run_until_complete(main())


def test_thread_outlives_the_loop(aio_loop, by_thread):
    """It reaps the child, as nobody else would."""

    async def main():
        return await start("cat", stdin=PIPE)

    process = aio_loop.run_until_complete(main())
    popen = process._transport.get_extra_info("subprocess")
    aio_loop.close()
    popen.stdin.close()
    deadline = time.monotonic() + PATIENCE
    while popen.returncode is None and time.monotonic() < deadline:
        time.sleep(0.001)
    assert popen.returncode == 0
    process._transport.close()


def test_close(run):
    """Of a child that runs: it is killed, and all is told."""

    async def main():
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.subprocess_exec(Protocol, "sleep", "1000")
        transport.get_pipe_transport(0).write(bytes(500_000))
        transport.close()
        transport.close()
        assert transport.is_closing()
        await soon(protocol.lost)
        assert transport.get_returncode() == -signal.SIGKILL
        assert protocol.events.count("exited") == 1 and protocol.events[-1] == "lost"

    run(main())


def test_unclosed(aio_loop):
    async def main():
        return await start("sleep", "1000")

    process = aio_loop.run_until_complete(main())
    popen = process._transport.get_extra_info("subprocess")
    aio_loop.close()
    with pytest.warns(ResourceWarning, match="unclosed transport <ProcessTransport pid="):
        del process
        gc.collect()
    assert popen.wait() == -signal.SIGKILL


def test_after_the_loop(aio_loop):
    """The child goes on, and can be killed."""

    async def main():
        return await aio_loop.subprocess_exec(Protocol, "cat")

    transport, _ = aio_loop.run_until_complete(main())
    popen = transport.get_extra_info("subprocess")
    aio_loop.close()
    assert popen.poll() is None and transport.get_returncode() is None
    transport.send_signal(signal.SIGSTOP)
    transport.close()
    assert popen.stdin.closed and popen.stdout.closed
    assert popen.wait() == -signal.SIGKILL


def test_forked_copy_kills_nobody(program):
    """The child of a fork has a copy of the transport, and lets go of it."""
    program("""
        import gc, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        async def main():
            loop = asyncio.get_running_loop()
            return await loop.subprocess_exec(asyncio.SubprocessProtocol, "cat")
        loop = uvnet.new_event_loop()
        transport, _ = loop.run_until_complete(main())
        pid = os.fork()
        if pid == 0:
            del transport
            loop.close()
            gc.collect()
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        popen = transport.get_extra_info("subprocess")
        assert popen.poll() is None
        transport.close()
        assert loop.run_until_complete(transport._wait()) == -signal.SIGKILL
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        """)


def test_loop_runs_until_the_child_has_ended(aio_loop):
    ended = []

    async def main():
        process = await start("cat", stdin=PIPE)
        process.stdin.close()
        ended.append(await process.wait())

    task = aio_loop.create_task(main())
    aio_loop.run()
    assert task.done() and ended == [0]


@pytest.mark.parametrize("debug", [False, True])
def test_debug_mode(run, debug, caplog):
    with caplog.at_level("DEBUG", logger="asyncio"):
        assert run(output("echo", "text"), debug=debug) == b"text\n"
    assert ("exited with return code 0" in caplog.text) is debug


# ----------------------------------------------------------------------- many, and races


def test_two_hundred_at_once(aio_loop):
    """None of them costs a thread, or stays a zombie."""

    async def main():
        threads = threading.active_count()
        children = await asyncio.gather(
            *[start("cat", stdin=PIPE, stdout=PIPE) for _ in range(200)]
        )
        assert threading.active_count() == threads
        outs = await soon(
            asyncio.gather(*[child.communicate(b"%d" % i) for i, child in enumerate(children)])
        )
        assert outs == [(b"%d" % i, None) for i in range(200)]
        assert {child.returncode for child in children} == {0}
        assert threading.active_count() == threads

    aio_loop.run_until_complete(main())
    assert aio_loop._children == set()


@pytest.mark.parametrize("method", ["kill", "terminate"])
def test_killed_as_it_ends(aio_loop, method):
    """Whoever is first: the child is reaped once, and has one status."""

    async def main():
        ends = set()
        for i in range(40):
            process = await start("true")
            if i % 4:
                await asyncio.sleep(0.0005 * (i % 4))
            with contextlib.suppress(ProcessLookupError):
                getattr(process, method)()
            ends.add(await soon(process.wait()))
        assert ends <= {0, -signal.SIGKILL, -signal.SIGTERM}

    aio_loop.run_until_complete(main())


def test_no_signal_after_the_end(aio_loop, monkeypatch):
    """Its number may be another process's by then."""

    async def main():
        process = await start("sleep", "0.1")
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        monkeypatch.setattr(os, "kill", lambda *args: pytest.fail(f"kill{args}"))
        process.kill()  # the loop has not heard of the end so far
        assert await soon(process.wait()) == 0
        with pytest.raises(ProcessLookupError):
            process.kill()

    aio_loop.run_until_complete(main())


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="there are no child watchers any more")
def test_no_child_watcher_is_asked(aio_loop, monkeypatch):
    policy = type(asyncio.get_event_loop_policy())
    monkeypatch.setattr(policy, "get_child_watcher", lambda self: pytest.fail("asked"))
    assert aio_loop.run_until_complete(output("echo", "text")) == b"text\n"
