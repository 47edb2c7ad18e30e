"""The C-level API from outside: a Cython module of somebody else, built against uvnet."""

from __future__ import annotations

import gc
import importlib.util
import os
import socket
import subprocess
import sys
import sysconfig

import pytest

import uvnet
from uvnet import _core

from .helpers import KINDS, InThread, adopt, close, receive, receive_to_end, reset

pytest.importorskip("Cython", reason="Cython is not installed")
pytest.importorskip("setuptools", reason="setuptools is not installed")

CLIENT = """
# An echo protocol that no byte of goes through Python code.
from cpython.bytes cimport PyBytes_FromStringAndSize
from uvnet._core.handle cimport Handle
from uvnet._core.loop cimport Loop
from uvnet._core.stream cimport Stream, WriteReq, stream_of
from uvnet._core.tcp cimport TCP
from uvnet._core.uv cimport UV_EOF, uvn_capi_import, uvn_stream_t

uvn_capi_import()


cdef class Echo:
    cdef readonly Stream stream
    cdef readonly Py_ssize_t echoed
    cdef readonly Py_ssize_t queued
    cdef readonly int status
    cdef object on_end

    def __init__(self, Stream stream not None, on_end=None):
        self.stream = stream
        self.on_end = on_end
        stream.context = <void*> self  # borrowed: whoever made it keeps it

    def start(self):
        return self.stream.start_reading(on_read)

    def write(self, data, Py_ssize_t size=-1):
        return self.stream.write_object(None, data, size)


cdef void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) noexcept:
    cdef Stream source = stream_of(stream)
    cdef Echo self = <Echo> source.context
    cdef Py_ssize_t result
    try:
        if nread < 0:
            self.status = nread
            source.close()
            if self.on_end is not None:
                self.on_end()
            return
        result = source.write_object(None, PyBytes_FromStringAndSize(base, nread), -1)
        if result < 0:
            self.status = result
        else:
            self.echoed += nread
            self.queued += result
    except BaseException as exc:
        source.loop.fail(exc)


def is_tcp(Stream stream):
    return isinstance(stream, TCP)


def open_handles(Loop loop):
    return loop.handles


def loop_of(Handle handle):
    return handle.loop
"""

SETUP = """
import sys
from Cython.Build import cythonize
from setuptools import Extension, setup

extension = Extension("client", ["client.pyx"], include_dirs=sys.argv.pop().split(":"))
setup(
    name="client",
    ext_modules=cythonize([extension], language_level=3, include_path=[sys.argv.pop()]),
)
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The module, built as its own setup.py would."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "client.pyx").write_text(CLIENT)
    (folder / "setup.py").write_text(SETUP)
    root = uvnet.__file__.rpartition("/uvnet/")[0]  # where the .pxd files are found
    command = [sys.executable, "setup.py", "build_ext", "--inplace", root]
    built = subprocess.run(
        [*command, ":".join(uvnet.get_include())],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "CFLAGS": "-O0"},  # quicker
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert "warning" not in built.stderr.lower().replace("warnings", ""), built.stderr
    path = folder / f"client{sysconfig.get_config_var('EXT_SUFFIX')}"
    spec = importlib.util.spec_from_file_location("client", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=KINDS, ids=repr)
def echo(request, client, loop):
    handle, peer = adopt(loop, request.param)
    echo = client.Echo(handle, loop.stop)
    yield echo, peer
    if not handle.closing:
        close(handle)
    peer.close()
    loop.run()


def test_it_echoes(loop, echo):
    echo, peer = echo
    messages = [b"a", b"b" * 5000, b"c" * 50_000, bytes(range(256)) * 4000]

    def talk():
        for message in messages:
            sending = InThread(peer.sendall, message)
            assert receive(peer, len(message)) == message
            sending.result()
        peer.shutdown(socket.SHUT_WR)
        return receive_to_end(peer)

    assert echo.start() == 0
    assert echo.start() == _core.UV_EALREADY == echo.stream.read_start()
    talking = InThread(talk)
    loop.run()  # until the protocol has closed the stream
    loop.run()
    assert talking.result() == b""
    assert echo.status == _core.UV_EOF and echo.stream.closed
    assert echo.echoed == echo.stream.bytes_read == sum(map(len, messages))


def test_it_hears_of_errors(loop, echo, client):
    echo, peer = echo
    if client.is_tcp(echo.stream):
        echo.start()
        reset(peer)
        loop.run()
        loop.run()
        assert echo.status == _core.UV_ECONNRESET
    else:
        close(echo.stream)
    assert echo.stream.closed
    assert echo.start() == _core.UV_EBADF
    assert echo.write(b"late") == _core.UV_EBADF


def test_it_writes_every_kind_of_object(echo):
    echo, peer = echo
    for data in (b"bytes", bytearray(b"array"), memoryview(b"view")):
        assert echo.write(data) == 0
        assert receive(peer, len(data)) == data
    assert echo.write(b"only a part", 4) == 0
    assert peer.recv(100) == b"only"
    with pytest.raises(TypeError):
        echo.write("text")


def test_it_cimports_the_base_classes(loop, echo, client):
    echo, _ = echo
    assert client.open_handles(loop) == loop.open_handles == 1
    assert client.loop_of(echo.stream) is loop
    with pytest.raises(TypeError):
        client.open_handles(object())
    with pytest.raises(TypeError):
        client.Echo(None)
    assert client.loop_of(_core.TCP.__new__(_core.TCP)) is None


def test_it_refuses_another_thread(loop, echo):
    echo, _ = echo
    errors = []

    def intrude():
        for call in (echo.start, lambda: echo.write(b"x")):
            try:
                call()
            except RuntimeError as exc:
                errors.append(exc)
        loop.call_soon_threadsafe(loop.stop)

    threads = []
    loop.call_soon(lambda: threads.append(InThread(intrude)))
    loop.run_forever()
    threads[0].result()
    assert len(errors) == 2


def test_it_leaves_nothing(loop, echo):
    echo, peer = echo
    echo.start()
    data = bytes(100)
    for i in range(2200):
        if i == 200:
            gc.collect()
            before = sys.getallocatedblocks()
        peer.sendall(data)
        loop.stop()
        loop.run()
        assert receive(peer, 100) == data
    gc.collect()
    assert sys.getallocatedblocks() - before < 60
