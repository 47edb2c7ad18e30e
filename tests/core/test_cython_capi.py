"""A Cython module outside calls libuv and csrc through the table of capi.h, and subclasses TCP.

Built here with the headers and .pxd files that are installed, as a user would.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import uvnet
from uvnet import _core

from .helpers import KINDS, InThread, Kind, adopt, close, receive

pytest.importorskip("Cython", reason="Cython is not installed")
pytest.importorskip("setuptools", reason="setuptools is not installed")

SOURCE = '''
# cython: language_level=3, binding=True
"""Echo in C: bytes go from the read callback to the write loop and meet no interpreter."""

from cpython.bytes cimport PyBytes_FromStringAndSize

from uvnet._core.handle cimport Handle, Request
from uvnet._core.current cimport current_loop
from uvnet._core.loop cimport Loop
from uvnet._core.stream cimport ConnectReq, Stream, WriteReq, stream_of
from uvnet._core.tcp cimport TCP
from uvnet._core.uv cimport (
    UV_EOF, uv_buf_t, uvn_capi_import, uvn_stream_t, uvn_write_queue, uvn_write_t, uvn_write_try)

uvn_capi_import()


cdef struct State:
    size_t reads
    size_t bytes
    int status


cdef class Echo:
    """Echoes on a stream until it ends; what the kernel does not take is queued as an object."""

    cdef State state
    cdef readonly Stream stream
    cdef object on_end

    def __init__(self, Stream stream not None, on_end=None):
        self.stream = stream
        self.on_end = on_end
        stream.context = <void*> self

    def start(self):
        return self.stream.start_reading(on_read)

    @property
    def reads(self):
        return self.state.reads

    @property
    def bytes(self):
        return self.state.bytes

    @property
    def status(self):
        return self.state.status


cdef void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) noexcept:
    cdef Stream wrap = stream_of(stream)
    cdef Echo self = <Echo> wrap.context
    cdef uv_buf_t buf
    cdef uv_buf_t* rest = &buf
    cdef unsigned int count = 1
    if nread < 0:
        self.state.status = nread
        if self.on_end is not None:
            self.on_end()
        return
    self.state.reads += 1
    self.state.bytes += nread
    buf.base = <char*> base
    buf.len = nread
    if uvn_write_try(stream, &rest, &count) == 1:
        wrap.write_object(None, PyBytes_FromStringAndSize(rest.base, rest.len), -1)


cdef class Connection(TCP):
    """A subclass in C of a public class."""

    cdef public object name

    def __init__(self, name, loop=None):
        TCP.__init__(self, loop)
        self.name = name

    def loop_is(self, Loop loop):
        return self.loop is loop


def loop_of(Handle handle):
    return handle.loop


def which_loop():
    return current_loop()


def classes():
    return Handle, Request, Loop, Stream, TCP, ConnectReq, WriteReq


def end_of_file():
    return UV_EOF
'''

SETUP = """
import sys
from Cython.Build import cythonize
from setuptools import Extension, setup

include = sys.argv.pop().split(":")
name = "uvnet_test_client"
setup(name=name, ext_modules=cythonize(Extension(name, [name + ".pyx"], include_dirs=include)))
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The module, built in a folder of its own."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "uvnet_test_client.pyx").write_text(SOURCE)
    (folder / "setup.py").write_text(SETUP.lstrip())
    import_folder = Path(uvnet.__file__).resolve().parents[1]
    done = subprocess.run(
        [
            sys.executable,
            "setup.py",
            "--quiet",
            "build_ext",
            "--inplace",
            ":".join(uvnet.get_include()),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(import_folder), "CFLAGS": "-O1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [library] = folder.glob("uvnet_test_client.*.so")
    spec = importlib.util.spec_from_file_location("uvnet_test_client", library)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_include_folders_exist():
    folders = [Path(folder) for folder in uvnet.get_include()]
    assert all(folder.is_dir() for folder in folders)
    for name in ("capi.h", "uvn.h", "uv.h"):
        assert any((folder / name).exists() for folder in folders), name
    core = Path(_core.__file__).parent
    for name in ("handle", "loop", "stream", "tcp", "pipe", "uv"):
        assert (core / f"{name}.pxd").exists()


def test_the_classes_are_the_same(client):
    expected = (
        _core.Handle,
        _core.Request,
        _core.Loop,
        _core.Stream,
        _core.TCP,
        _core.ConnectReq,
        _core.WriteReq,
    )
    assert client.classes() == expected
    assert client.end_of_file() == _core.UV_EOF


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_echo_in_c(loop, client, kind: Kind):
    handle, peer = adopt(loop, kind)
    echo = client.Echo(handle, loop.stop)
    assert echo.start() == 0
    assert echo.start() == _core.UV_EALREADY
    data = bytes(range(256)) * 20_000

    def talk():
        sending = InThread(peer.sendall, data)
        got = receive(peer, len(data))
        sending.result()
        peer.shutdown(1)
        return got

    talking = InThread(talk)
    loop.run()
    assert talking.result() == data
    assert echo.bytes == len(data) == handle.bytes_read
    assert echo.reads > 1 and echo.status == _core.UV_EOF
    close(handle)
    peer.close()


def test_a_subclass_in_c(loop, client):
    connection = client.Connection("name", loop)
    assert connection.name == "name" and connection.loop_is(loop)
    assert isinstance(connection, _core.TCP)
    assert client.loop_of(connection) is loop
    assert connection.bind("127.0.0.1", 0) == 0
    close(connection)
    uninitialised = client.Connection.__new__(client.Connection)
    assert uninitialised.close() == _core.UV_EBADF


def test_the_running_loop(loop, client, must_call):
    loop.call_soon(must_call(lambda: loop.stop() if client.which_loop() is loop else 1 / 0))
    loop.run()


def test_wrong_types_are_refused(loop, client):
    for wrong in (None, 5, _core.Timer.__new__(_core.Timer)):
        with pytest.raises(TypeError):
            client.Echo(wrong)


def test_start_reading_without_init_and_after_close(loop, client):
    echo = client.Echo(_core.TCP.__new__(_core.TCP))
    assert echo.start() == _core.UV_EBADF
    handle, peer = adopt(loop)
    echo = client.Echo(handle)
    close(handle)
    assert echo.start() == _core.UV_EBADF
    peer.close()
