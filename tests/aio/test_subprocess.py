"""subprocess_exec and subprocess_shell, and asyncio.subprocess upon them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT

import pytest

from .helpers import PATIENCE, in_thread, turns

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
ROOT = pytest.mark.skipif(os.getuid() != 0, reason="becomes another user")


@pytest.fixture(autouse=True)
def no_child_is_left():
    """Every child was reaped; and the stock loop of Python 3.11 makes no thread for one."""
    if sys.version_info < (3, 12) and hasattr(os, "pidfd_open"):
        asyncio.get_event_loop_policy().set_child_watcher(stock_watcher())
    handler = signal.getsignal(signal.SIGCHLD)
    yield
    if sys.version_info < (3, 12):
        asyncio.set_event_loop_policy(None)
    assert signal.getsignal(signal.SIGCHLD) is handler
    gc.collect()
    subprocess._cleanup()
    with pytest.raises(ChildProcessError):
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def stock_watcher():
    class Watcher(asyncio.PidfdChildWatcher):
        """For whichever loop runs."""

        def is_active(self):
            return True

        def add_child_handler(self, *args):
            self._loop = asyncio.get_running_loop()
            super().add_child_handler(*args)

    return Watcher()


def soon(awaitable):
    return asyncio.wait_for(awaitable, PATIENCE)


async def start(*args, **options):
    return await asyncio.create_subprocess_exec(*args, **options)


async def output(*args, **options):
    """Return what the program writes, and see that it ends well."""
    process = await start(*args, stdout=PIPE, **options)
    out, _ = await soon(process.communicate())
    assert process.returncode == 0
    return out


class Protocol(asyncio.SubprocessProtocol):
    """Records what it is told; `lost` has the result of connection_lost()."""

    def __init__(self):
        self.events = []
        self.data = {1: b"", 2: b""}
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.events.append("made")

    def pipe_data_received(self, fd, data):
        assert self.events[0] == "made" and ("pipe lost", fd, None) not in self.events
        self.data[fd] += data

    def pipe_connection_lost(self, fd, exc):
        self.events.append(("pipe lost", fd, exc))

    def process_exited(self):
        self.events.append("exited")

    def connection_lost(self, exc):
        self.events.append("lost")
        self.lost.set_result(exc)


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


def threading_names():
    return [thread.name for thread in threading.enumerate() if "process" in thread.name]


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


# ----------------------------------------------------------------------- what fails


async def fails(exception, *args, **options):
    with pytest.raises(exception):
        await start(*args, stdin=PIPE, stdout=PIPE, stderr=PIPE, **options)


def test_no_such_program(run):
    run(fails(FileNotFoundError, "/no/such/program"))


def test_no_such_folder(run):
    run(fails(FileNotFoundError, "true", cwd="/no/such/folder"))


def test_not_executable(run, tmp_path):
    (tmp_path / "file").touch()
    run(fails(PermissionError, str(tmp_path / "file")))


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_preexec_fn_raises(run):
    run(fails(subprocess.SubprocessError, "true", preexec_fn=lambda: 1 / 0))


@pytest.mark.parametrize(
    "options", [{"text": True}, {"bufsize": 1}, {"universal_newlines": True}, {"encoding": "utf-8"}]
)
def test_arguments(run, options):
    run(fails(ValueError, "true", **options))


def test_embedded_nul(run):
    run(fails(ValueError, "true", "a\0b"))


@pytest.mark.parametrize("fd", [0, 1, 2])
def test_pipe_cannot_be_connected(aio_loop, fd):
    """Nothing is left of a child whose pipes are connected in part. Asyncio hangs."""
    name = "connect_write_pipe" if fd == 0 else "connect_read_pipe"
    connect = getattr(aio_loop, name)
    calls = []

    async def cannot(*args):
        calls.append(args)
        if len(calls) == max(fd, 1):
            raise OSError(errno.ENOMEM, "no memory")
        return await connect(*args)

    setattr(aio_loop, name, cannot)
    with pytest.raises(OSError, match="no memory"):
        aio_loop.run_until_complete(
            soon(start("sleep", "1000", stdin=PIPE, stdout=PIPE, stderr=PIPE))
        )
    turns(aio_loop, 3)


def test_watching_cannot_start(aio_loop, monkeypatch):
    """No descriptor, and no thread either."""

    def cannot(*args):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(os, "pidfd_open", no_descriptor)
    monkeypatch.setattr(threading.Thread, "start", cannot)
    with pytest.raises(RuntimeError, match="start new thread"):
        aio_loop.run_until_complete(soon(start("sleep", "1000", stdin=PIPE, stdout=PIPE)))
    assert aio_loop._children == set()


@pytest.mark.parametrize("count", range(8))
def test_cancelled_creation(aio_loop, count):
    """At each step; the child is killed and reaped before the task ends."""
    task = aio_loop.create_task(start("sleep", "1000", stdin=PIPE, stdout=PIPE, stderr=PIPE))
    turns(aio_loop, count)
    if task.done():  # not one step more
        process = task.result()
        process.kill()
        aio_loop.run_until_complete(soon(process.wait()))
        return
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        aio_loop.run_until_complete(soon(task))
    turns(aio_loop, 3)
    assert aio_loop._children == set()


# -------------------------------------------------------------------------- the child


def test_environment_and_folder(run, tmp_path):
    async def main():
        out = await output("sh", "-c", "pwd; echo $NAME", cwd=tmp_path, env={"NAME": "value"})
        assert out.decode().split() == [str(tmp_path.resolve()), "value"]

    run(main())


def test_umask_and_groups(run):
    async def main():
        assert await output("sh", "-c", "umask", umask=0o027) == b"0027\n"
        process = await start("sleep", "1000", process_group=0)
        assert os.getpgid(process.pid) == process.pid
        process.kill()
        await soon(process.wait())
        process = await start("sleep", "1000", start_new_session=True)
        assert os.getsid(process.pid) == process.pid
        process.kill()
        await soon(process.wait())

    run(main())


@ROOT
def test_another_user(run):
    async def main():
        ids = {"user": 65534, "group": 65533, "extra_groups": [65532]}
        out = await output("sh", "-c", "id -u; id -g; id -G", cwd="/", **ids)
        assert out.split() == [b"65534", b"65533", b"65533", b"65532"]
        process = await start("sleep", "1000", user=65534, cwd="/")
        process.kill()
        assert await soon(process.wait()) == -signal.SIGKILL

    run(main())


def test_pass_fds(run):
    async def main():
        r, w = os.pipe()
        process = await start("sh", "-c", f"echo through > /dev/fd/{w}", pass_fds=[w])
        os.close(w)
        assert await soon(process.wait()) == 0
        with open(r, "rb") as reader:
            assert reader.read() == b"through\n"

    run(main())


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_preexec_fn(aio_loop):
    """It runs in a fork of the loop, which it leaves alone: also a collection there."""

    async def main():
        r, w = os.pipe()
        other = await start("cat", stdin=PIPE, stdout=PIPE)

        def preexec():
            os.write(w, b"here")
            gc.collect()

        process = await start("cat", stdin=PIPE, stdout=PIPE, preexec_fn=preexec)
        os.close(w)
        with open(r, "rb") as reader:
            assert reader.read() == b"here"
        for child in (process, other):
            assert await soon(child.communicate(b"still")) == (b"still", None)

    aio_loop.run_until_complete(main())


@LINUX
def test_signals_do_not_leak(aio_loop):
    """Nothing is blocked or caught, and SIGPIPE, which Python ignores, has its default."""

    def status(text):
        pairs = [line.split(":") for line in text.splitlines() if line.startswith("Sig")]
        return {name: int(value, 16) for name, value in pairs if name != "SigQ"}

    async def main():
        aio_loop.add_signal_handler(signal.SIGUSR1, print)
        try:
            child = status((await output("cat", "/proc/self/status")).decode())
        finally:
            aio_loop.remove_signal_handler(signal.SIGUSR1)
        assert child["SigCgt"] == 0 and child["SigBlk"] == 0
        assert not child["SigIgn"] >> (signal.SIGPIPE - 1) & 1

    aio_loop.run_until_complete(main())


@LINUX
def test_descriptors_do_not_leak(aio_loop):
    """Not even where the child closes none itself: all that we open is close-on-exec."""
    # Bytes of a listing differ by what the tests' own process was given, which is there twice.
    expected = set(subprocess.check_output(["ls", "/proc/self/fd"], close_fds=False).split())

    async def main():
        others = [await start("cat", stdin=PIPE, stdout=PIPE) for _ in range(3)]
        out = await output("ls", "/proc/self/fd", stdin=DEVNULL, close_fds=False)
        assert set(out.split()) <= expected
        for other in others:
            other.stdin.close()
            await soon(other.wait())

    aio_loop.run_until_complete(main())


# --------------------------------------------------------------------- where and when


def test_in_another_thread(new_loop):
    def work():
        with asyncio.Runner(loop_factory=new_loop) as runner:
            assert runner.run(output("echo", "text")) == b"text\n"

    with in_thread(work):
        pass


def no_descriptor(pid):
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


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
