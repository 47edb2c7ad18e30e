"""subprocess_exec, subprocess_shell and asyncio.subprocess upon them: how it ends, what is said."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from asyncio.subprocess import DEVNULL, PIPE, STDOUT

import pytest

from .processes import LINUX, Protocol, output, soon, start, threading_names

pytestmark = pytest.mark.usefixtures("no_child_is_left")


# ------------------------------------------------------------------------ how it ends


@pytest.mark.parametrize("code", [0, 1, 7, 255])
def test_exit_status(run, code):
    async def main():
        process = await asyncio.create_subprocess_shell(f"exit {code}")
        assert await soon(process.wait()) == process.returncode == code
        assert await process.wait() == code

    run(main())


@pytest.mark.parametrize("how", ["terminate", "kill", signal.SIGHUP])
def test_signals(run, how):
    async def main():
        process = await start("sleep", "1000")
        assert process.returncode is None
        if isinstance(how, str):
            getattr(process, how)()
        else:
            process.send_signal(how)
        number = {"terminate": signal.SIGTERM, "kill": signal.SIGKILL}.get(how, how)
        assert await soon(process.wait()) == -number
        for signalled in (process.kill, process.terminate):
            with contextlib.suppress(ProcessLookupError):
                signalled()

    run(main())


def test_several_wait(run):
    async def main():
        process = await start("cat", stdin=PIPE)
        waits = [asyncio.ensure_future(process.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        waits[0].cancel()
        process.stdin.close()
        assert await soon(asyncio.gather(*waits[1:])) == [0, 0]

    run(main())


def test_many_at_a_time(run):
    """Each has ended long before the loop has time for it."""

    async def main():
        outs = await asyncio.gather(*[output("echo", str(i)) for i in range(20)])
        assert outs == [b"%d\n" % i for i in range(20)]

    run(main())


def test_thousands_leave_nothing(aio_loop):
    async def main():
        for i in range(1000):
            process = await start("true", stdout=PIPE if i % 10 == 0 else None)
            assert await soon(process.wait()) == 0
            if i == 0:
                before = len(os.listdir("/dev/fd")), aio_loop.open_handles
        await asyncio.sleep(0.01)
        assert (len(os.listdir("/dev/fd")), aio_loop.open_handles) == before
        assert aio_loop._children == set() and not threading_names()

    aio_loop.run_until_complete(main())


def test_ended_before_it_is_watched(aio_loop, monkeypatch):
    real = os.pidfd_open

    def slow(pid):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return real(pid)

    monkeypatch.setattr(os, "pidfd_open", slow)

    async def main():
        process = await asyncio.create_subprocess_shell("echo text; exit 3", stdout=PIPE)
        assert await soon(process.communicate()) == (b"text\n", None)
        assert process.returncode == 3

    aio_loop.run_until_complete(main())


def test_reaped_by_somebody_else(run, caplog):
    async def main():
        process = await start("sleep", "1000")
        os.kill(process.pid, signal.SIGKILL)
        os.waitpid(process.pid, 0)
        assert await soon(process.wait()) == 255

    run(main())
    assert "will report returncode 255" in caplog.text


def test_reaped_by_popen(run):
    """Who asks the Popen object has the true status, and so has the transport."""

    async def main():
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.subprocess_shell(Protocol, "exit 5")
        assert transport.get_extra_info("subprocess").wait() == 5
        await soon(protocol.lost)
        assert transport.get_returncode() in (5, 255)  # asyncio's watcher does not ask it
        if type(loop).__module__.startswith("uvnet"):
            assert transport.get_returncode() == 5
        transport.close()

    run(main())


def test_ignored_sigchld(aio_loop, caplog):
    """The kernel reaps, and nobody learns the status."""

    async def main():
        process = await start("true")
        assert await soon(process.wait()) == 255

    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        aio_loop.run_until_complete(main())
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert "will report returncode 255" in caplog.text


def test_grandchild_has_the_pipe(aio_loop):
    """Asyncio's wait() waits for it as well, before Python 3.15."""

    async def main():
        process = await asyncio.create_subprocess_shell("sleep 1000 & echo $!", stdout=PIPE)
        grandchild = int(await process.stdout.readline())
        assert await soon(process.wait()) == 0
        assert not process.stdout.at_eof()
        os.kill(grandchild, signal.SIGKILL)
        assert await soon(process.stdout.read()) == b""

    aio_loop.run_until_complete(main())


def test_wait_outlasts_the_pipes(aio_loop):
    """What a child wrote has arrived when wait() returns, if it is read.

    Asyncio's returns at once if it is called late.
    """

    async def main():
        for _ in range(30):
            transport, protocol = await aio_loop.subprocess_exec(
                Protocol, "head", "-c", "60000", "/dev/zero", stdin=None, stderr=None
            )
            assert await soon(transport._wait()) == 0
            assert protocol.events[-1] == "lost" and len(protocol.data[1]) == 60_000
            transport.close()

    aio_loop.run_until_complete(main())


def test_output_that_nobody_reads(aio_loop):
    """wait() returns; asyncio's does not while reading is paused."""

    async def main():
        process = await start("head", "-c", "50000", "/dev/zero", stdout=PIPE, limit=10)
        process._transport.get_pipe_transport(1).pause_reading()
        assert await soon(process.wait()) == 0
        process._transport.get_pipe_transport(1).resume_reading()
        assert len(await soon(process.stdout.read())) == 50_000

    aio_loop.run_until_complete(main())


# -------------------------------------------------------------------- input and output


def test_large_input_and_output(run):
    data = os.urandom(3_000_000)

    async def main():
        process = await start("cat", stdin=PIPE, stdout=PIPE)
        out, err = await soon(process.communicate(data))
        assert out == data and err is None

    run(main())


def test_backpressure(run):
    """drain() waits for a child that does not read, and goes on when it does."""

    async def main():
        process = await asyncio.create_subprocess_shell(
            "kill -STOP $$; wc -c", stdin=PIPE, stdout=PIPE
        )
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        process.stdin.write(bytes(1_000_000))
        draining = asyncio.ensure_future(process.stdin.drain())
        await asyncio.sleep(0.01)
        assert not draining.done()
        process.send_signal(signal.SIGCONT)
        await soon(draining)
        process.stdin.close()
        assert int(await soon(process.stdout.read())) == 1_000_000
        assert await soon(process.wait()) == 0

    run(main())


def test_drain_waits(run):
    async def main():
        process = await start("sleep", "1000", stdin=PIPE)
        process.stdin.write(bytes(1_000_000))
        draining = asyncio.ensure_future(process.stdin.drain())
        await asyncio.sleep(0.01)
        assert not draining.done()
        process.kill()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            await soon(draining)
        await soon(process.wait())

    run(main())


def test_child_does_not_read_its_input(run):
    async def main():
        process = await start("true", stdin=PIPE, stdout=PIPE)
        assert await soon(process.communicate(bytes(1_000_000))) == (b"", None)

    run(main())


def test_both_outputs(run):
    async def main():
        process = await asyncio.create_subprocess_shell(
            "echo out; echo err >&2", stdout=PIPE, stderr=PIPE
        )
        assert await soon(process.communicate()) == (b"out\n", b"err\n")
        process = await asyncio.create_subprocess_shell(
            "echo out; echo err >&2", stdout=PIPE, stderr=STDOUT
        )
        assert await soon(process.communicate()) == (b"out\nerr\n", None)

    run(main())


def test_descriptors_and_files(run, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"from a file")

    async def main():
        r, w = os.pipe()
        with path.open("rb") as file:
            process = await start("cat", stdin=file, stdout=w, stderr=DEVNULL)
        os.close(w)
        assert await soon(process.wait()) == 0
        with open(r, "rb") as reader:
            assert reader.read() == b"from a file"
        process = await start("cat", stdin=DEVNULL, stdout=PIPE)
        assert await soon(process.communicate()) == (b"", None)

    run(main())


def test_inherited_output(program):
    done = program("""
        async def main():
            process = await asyncio.create_subprocess_shell("echo out; echo err >&2; exit 4")
            print(await process.wait(), flush=True)
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())
        """)
    assert (done.stdout, done.stderr) == ("out\n4\n", "err\n")


@LINUX
def test_outputs_are_pipes(run):
    """The child can open what /proc has of them, which it could not with sockets."""

    async def main():
        process = await asyncio.create_subprocess_shell(
            "cat < /dev/stdin; echo out > /dev/stdout; echo err > /proc/self/fd/2",
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        assert await soon(process.communicate(b"in\n")) == (b"in\nout\n", b"err\n")

    run(main())


def test_protocol(run):
    async def main():
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.subprocess_shell(Protocol, "cat; echo err >&2; exit 2")
        assert protocol.events == ["made"] and transport.get_protocol() is protocol
        assert isinstance(transport, asyncio.SubprocessTransport)
        popen = transport.get_extra_info("subprocess")
        assert isinstance(popen, subprocess.Popen) and transport.get_pid() == popen.pid
        assert transport.get_returncode() is None and transport.get_pipe_transport(3) is None
        stdin = transport.get_pipe_transport(0)
        assert stdin.get_extra_info("pipe") is popen.stdin
        stdin.write(b"text")
        stdin.close()
        assert await soon(protocol.lost) is None
        assert protocol.data == {1: b"text", 2: b"err\n"}
        assert protocol.events[-1] == "lost" and protocol.events.count("exited") == 1
        assert {event[1] for event in protocol.events if "pipe lost" in event} == {0, 1, 2}
        assert transport.get_returncode() == 2
        with pytest.raises(ProcessLookupError):
            transport.kill()
        transport.close()

    run(main())


@pytest.mark.parametrize("name", ["connection_made", "process_exited", "pipe_connection_lost"])
def test_protocol_raises(run, name):
    def fails(self, *args):
        getattr(Protocol, name)(self, *args)
        raise ZeroDivisionError

    async def main():
        loop = asyncio.get_running_loop()
        told = []
        loop.set_exception_handler(lambda loop, context: told.append(context["exception"]))
        transport, protocol = await loop.subprocess_exec(
            type("Fails", (Protocol,), {name: fails}), "echo", "text", stdin=None, stderr=None
        )
        await soon(protocol.lost)
        assert protocol.data[1] == b"text\n" and "exited" in protocol.events
        assert [type(exc) for exc in told] == [ZeroDivisionError]
        transport.close()

    run(main())


def test_early_events_keep_their_order(aio_loop):
    """What arrives while the pipes are being connected comes after connection_made()."""
    connect = aio_loop.connect_read_pipe

    async def slow(*args):
        result = await connect(*args)
        await asyncio.sleep(0.05)
        return result

    aio_loop.connect_read_pipe = slow

    async def main():
        transport, protocol = await aio_loop.subprocess_shell(Protocol, "echo out; echo err >&2")
        await soon(protocol.lost)
        assert protocol.data == {1: b"out\n", 2: b"err\n"}
        assert protocol.events[0] == "made" and protocol.events[-1] == "lost"

    aio_loop.run_until_complete(main())
