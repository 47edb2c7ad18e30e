"""A connection leaves its transport, or comes to a new one: the asyncio half of uvnet.handover."""

from cpython.object cimport PyObject

from uvnet._core.stream cimport Stream
from uvnet.aio.transport cimport (
    TO_BUFFER, StreamTransport, on_read)


def give_away(StreamTransport transport not None):
    """Take the handle away from a transport; for its protocol the connection is lost, without error.

    What it has written goes to the kernel, or is queued with the handle, or is returned.

    Args:
        transport: It is neither closing nor paused by sendfile.

    Returns:
        (handle, what was read and not delivered, [what is still to be written], whether
        write_eof() has been called).

    Raises:
        RuntimeError: It cannot be done now; nothing has changed.
        OSError: The connection has been lost just now.
    """
    cdef Stream handle = transport.handle
    cdef list chunks = []
    if handle is None or transport.closing or transport.conn_lost:
        raise RuntimeError(f"{transport!r} is closing or closed")
    if not transport.started:
        raise RuntimeError(f"{transport!r} is not connected yet: connection_made() is to be called")
    if transport.details is not None and transport.details.empty_waiter is not None:
        raise RuntimeError(f"{transport!r} is busy: sendfile is in progress")
    if handle.uvn.target != NULL and handle.uvn.target.asking:
        raise RuntimeError("get_buffer() runs: what is about to be read needs its buffer")
    transport.loop.check_thread()
    if transport.unsent is not None and not transport.writing:
        transport.send()
    if transport.eof and transport.writing:
        raise RuntimeError(f"{transport!r} has not written everything before its write_eof()")
    if transport.conn_lost:
        raise ConnectionResetError("the connection was lost")
    transport.stop_reading()
    if transport.unsent is not None:
        chunks = transport.unsent if type(transport.unsent) is list else [transport.unsent]
    transport.unsent = None
    transport.held = 0
    transport.learn_names()
    if transport.feed == TO_BUFFER:
        handle.ask_for_buffers(NULL)
    handle.drop_user_buffer()
    early = take_early(transport)
    # As dispose() does, but that the handle stays open.
    transport.handle = None
    transport.closing = transport.hindered = True
    transport.conn_lost = 1
    transport.loop._transports.forget(transport.fd, transport)
    transport.leave_sock()
    transport.loop.call_soon(
        say_it_is_lost, transport.protocol, transport.server, transport, context=transport.context)
    transport.protocol = transport.server = None
    return handle, early, chunks, bool(transport.eof)


def say_it_is_lost(protocol, server, transport):
    """Call connection_lost(None) of a `protocol`; tell the `server` of the `transport`."""
    try:
        protocol.connection_lost(None)
    finally:
        if server is not None:
            server._detach(transport)


def give_early(StreamTransport transport not None, bytes data not None):
    """Have the protocol of a new `transport` get `data` before anything is read."""
    if data:
        transport.unread = True
        transport.make_details().early = data
        transport.details.deliver = deliver


def has_ended(StreamTransport transport not None):
    """Have a new `transport` know that FIN has been sent."""
    transport.eof = transport.hindered = True


def deliver(StreamTransport transport not None):
    """Hand over what came early, unless reading is paused, and then start to read.

    Args:
        transport: It calls this when it is to read.
    """
    if not transport.unread or transport.paused or transport.closing or transport.handle is None:
        return
    cdef bytes data = take_early(transport)
    if transport.feed == TO_BUFFER:
        give_early(transport, data[fill(transport, data):])
    else:
        on_read(<PyObject*> transport, len(data), data)
    if not (transport.paused or transport.closing):
        transport.start_reading()


cdef bytes take_early(StreamTransport transport):
    if not transport.unread:
        return b""
    data = transport.details.early
    transport.details.early = None
    transport.unread = False
    return data


cdef Py_ssize_t fill(StreamTransport transport, bytes data) except -1:
    """Copy into the buffers of a BufferedProtocol; return how much it took."""
    cdef Py_ssize_t done = 0
    cdef Py_ssize_t count
    name = "get_buffer"
    try:
        while done < len(data) and not (transport.paused or transport.closing):
            name = "get_buffer"
            buffer = transport.protocol.get_buffer(-1)
            count = min(len(buffer), <Py_ssize_t> len(data) - done)
            if count == 0:
                raise RuntimeError("get_buffer() returned an empty buffer")
            with memoryview(buffer) as view:
                view[:count] = data[done:done + count]
            done += count
            name = "buffer_updated"
            transport.protocol.buffer_updated(count)
            if transport.feed != TO_BUFFER:
                break  # set_protocol(): the next one gets the rest
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as exc:
        transport.fatal_error(exc, f"Fatal error: protocol.{name}() call failed.")
    return done
