"""The C-level API from outside: a Cython module of somebody else, built against uvnet."""

from __future__ import annotations

import gc
import importlib.util
import socket
import subprocess
import sys
import sysconfig

import pytest

import uvnet
from uvnet import _core

from .helpers import KINDS, adopt, close, receive, receive_to_end, reset

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
        [*command, ":".join(uvnet.get_include())], cwd=folder, capture_output=True, text=True
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
    assert echo.start() == 0
    assert echo.start() == _core.UV_EALREADY == echo.stream.read_start()
    for message in (b"a", b"b" * 5000, b"c" * 50_000):
        peer.sendall(message)
        got = b""
        while len(got) < len(message):
            loop.stop()
            loop.run()
            got += receive(peer, echo.echoed - echo.queued - len(got) - sent(echo, peer))
        assert got == message
        echo_done[id(echo)] = echo.echoed
    peer.shutdown(socket.SHUT_WR)
    loop.run()
    assert echo.status == _core.UV_EOF
    assert receive_to_end(peer) == b""


echo_done: dict[int, int] = {}


def sent(echo, peer):
    return echo_done.get(id(echo), 0)
