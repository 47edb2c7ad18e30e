"""How a child starts: what it inherits and is given, and what keeps it from starting."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import subprocess
import threading
from asyncio.subprocess import DEVNULL, PIPE

import pytest

from .helpers import turns
from .processes import LINUX, ROOT, no_descriptor, output, soon, start

pytestmark = pytest.mark.usefixtures("no_child_is_left")


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
            # Without the environment, in which a sanitizer may be preloaded.
            child = status((await output("cat", "/proc/self/status", env={})).decode())
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
