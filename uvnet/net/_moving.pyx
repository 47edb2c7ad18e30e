"""A connection leaves its Socket: the half of uvnet.handover that knows sockets."""

from uvnet.net._stream_base cimport StreamBase
from uvnet._core.stream cimport bytes_read, bytes_written
from uvnet.stream.buffer cimport trim
from uvnet.stream.state cimport NATIVE_WRITE


def give_away(StreamBase socket not None):
    """Take the handle away from a socket, which emits 'close' and is as destroyed.

    Args:
        socket: It is connected, has nothing to write, and decodes nothing.

    Returns:
        (handle, what was read and not taken).

    Raises:
        RuntimeError: Its loop runs in another thread.
    """
    handle = socket.handle
    socket.check_thread()
    socket.unsplice_all()
    handle.read_stop()
    if socket.rbuffer is not None:
        trim(socket)
    unread = b"" if socket.rbuffer is None else b"".join(socket.rbuffer[socket.rindex:])
    socket.rbuffer = None
    socket.rindex = 0
    socket.rlength = 0
    # As close_handle() does, but that the handle stays open.
    socket.bytes_read_ = bytes_read(socket.handle)
    socket.bytes_written_ = bytes_written(socket.handle)
    socket.handle.set_idle_timer(None)
    handle.use_user_buffer(None)
    handle.ref()
    socket.handle = None
    socket.reading = False
    socket._sockname = None
    socket.current_buffer = None
    socket.flags &= ~NATIVE_WRITE
    socket.destroy()
    return handle, unread
