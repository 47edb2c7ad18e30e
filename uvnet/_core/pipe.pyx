"""Pipe: a Unix socket, or one end of a pipe. Node: src/pipe_wrap.cc."""

import os

from cpython.number cimport PyNumber_Index

from uvnet._core.audit cimport audit_path
from uvnet._core.handle cimport unusable
from uvnet._core.stream cimport ConnectReq, Stream, on_connect
from uvnet._core.uv cimport *

uvn_capi_import()


cdef bytes encode_path(object path):
    """Return the path as bytes; a leading NUL makes it an abstract name (Linux).

    Raises:
        TypeError: It is no str, bytes or os.PathLike.
    """
    return os.fsencode(path)


cdef class Pipe(Stream):
    """A Unix domain stream socket, or a FIFO or pipe opened by descriptor, as a libuv handle.

    Args:
        loop: An uvnet loop; None, the default, for the current one.
        ipc: Whether handles may be passed over it. An attribute too, read-only.
    """

    def __init__(self, loop=None, *, bint ipc=False):
        self.loop = self.begin(loop)
        self.opened(&self.uvn.u.handle, uvn_pipe_init(&self.loop.uvn, &self.uvn, ipc))

    cdef Stream new_client(self):
        return Pipe(self.loop)

    @property
    def ipc(self) -> bool:
        return self.uvn.u.pipe.ipc != 0

    def open(self, fd):
        """Adopt the pipe, FIFO, terminal or Unix socket `fd`. (libuv: uv_pipe_open)

        Returns:
            0, or a negative errno, with `fd` still the caller's: UV_EBADF, UV_EPERM for a regular
            file, UV_EEXIST if the loop watches it, UV_EBUSY if the handle has one.
        """
        cdef int number = PyNumber_Index(fd)
        cdef int err = unusable(self)
        if not err:
            err = uvn_pipe_open(&self.uvn, number)
        return err

    def bind(self, path):
        """Bind to `path`, which must not exist and is removed when the handle closes.

        It is left alone if another file is there by then.

        Args:
            path: str, bytes or os.PathLike. A leading NUL makes an abstract name, and an empty
                path has the kernel choose one (both Linux).

        Returns:
            0, or a negative errno: UV_EINVAL for a path that is too long (108 bytes on Linux) or
            has a NUL elsewhere; UV_EADDRINUSE; UV_EACCES also for a folder that does not exist.

        Raises:
            TypeError: `path` is none of these types.
        """
        cdef bytes name = encode_path(path)
        cdef int err = unusable(self)
        if not err:
            audit_path("socket.bind", self, path)
            err = unusable(self)
        if not err:
            err = uvn_pipe_bind(&self.uvn, name, len(name))
        return err

    def own(self, path):
        """Have close() remove `path`, which the adopted descriptor is bound to, if it is still there.

        Returns:
            0, or a negative errno: UV_EBADF before open, UV_EINVAL for an abstract name.

        Raises:
            TypeError: As bind.
        """
        cdef bytes name = encode_path(path)
        cdef int err = unusable(self)
        if not err:
            err = uvn_pipe_own(&self.uvn, name, len(name))
        return err

    def connect(self, ConnectReq req not None, path):
        """Connect to the Unix socket at `path`; req.oncomplete tells the outcome.

        Returns:
            0, or a negative errno: UV_EINVAL as for bind, UV_EALREADY if it is connecting,
            UV_EBUSY if `req` is in flight.

        Raises:
            TypeError: As bind.
        """
        cdef bytes name = encode_path(path)
        cdef int err = unusable(self)
        if not err:
            audit_path("socket.connect", self, path)
            err = unusable(self)
        if err:
            return err
        if req.active:
            return UV_EBUSY
        err = uvn_pipe_connect(&self.uvn, &req.uv, name, len(name), on_connect)
        if not err:
            req.uv.data = <void*> req
            req.begin(self)
        return err

    def fchmod(self, int mode):
        """Let every user connect: `mode` is UV_READABLE, UV_WRITABLE or both. (uv_pipe_chmod)

        Returns:
            0, or a negative errno: UV_EBADF before bind, UV_EINVAL for another mode.
        """
        cdef int err = unusable(self)
        if not err:
            err = uv_pipe_chmod(&self.uvn.u.pipe, mode)
        return err

    def getsockname(self):
        """Return the path of this end as a str, '' if it has none; or a negative errno.

        An abstract name starts with a NUL. UV_EBADF before bind, connect and open.
        """
        return self._name(0)

    def getpeername(self):
        """Return the path of the other end; otherwise as getsockname.

        UV_ENOTCONN if there is no other end.
        """
        return self._name(1)

    cdef object _name(self, int peer):
        cdef char[128] path
        cdef int n = unusable(self)
        if not n:
            n = uvn_pipe_getname(&self.uvn, peer, path)
        return n if n < 0 else os.fsdecode(path[:n])
