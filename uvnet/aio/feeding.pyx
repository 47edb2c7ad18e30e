"""Feeding: what arrives for a plain asyncio.StreamReader, past all of its Python code.

The same as StreamReaderProtocol.data_received(), StreamReader.feed_data() and _wakeup_waiter(), on
the same attributes.
"""

import asyncio
from asyncio.streams import StreamReader, StreamReaderProtocol

from cpython.bytearray cimport (
    PyByteArray_AS_STRING, PyByteArray_CheckExact, PyByteArray_GET_SIZE, PyByteArray_Resize)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from libc.string cimport memcpy

cdef extern from "call.h":
    PyObject* uvn_call(PyObject*, PyObject**, size_t) noexcept

cdef extern from "weak.h":
    PyObject* uvn_weak_get(object) noexcept

cdef extern from "Python.h":
    void Py_DECREF_ "Py_DECREF"(PyObject*) noexcept

cdef object Future = asyncio.Future
cdef object set_result = Future.set_result
cdef object stock_data_received = StreamReaderProtocol.data_received
cdef object stock_reader = StreamReaderProtocol._stream_reader


cdef bint is_plain(object protocol, object receive) except -1:
    """Return whether all that the protocol does with data is to feed its reader."""
    return receive is stock_data_received and type(protocol)._stream_reader is stock_reader


cdef int wake(object waiter) except -1:
    """Set the result of a future that may have been cancelled."""
    cdef PyObject* args[2]
    cdef PyObject* result
    if type(waiter) is not Future:
        if not waiter.cancelled():
            waiter.set_result(None)
        return 0
    args[0] = <PyObject*> waiter
    args[1] = <PyObject*> None
    result = uvn_call(<PyObject*> set_result, args, 2)
    if result != NULL:
        Py_DECREF_(result)
        return 0
    try:
        reraise()
    except asyncio.InvalidStateError:
        if not waiter.cancelled():
            raise
    return 0


cdef inline int reraise() except -1:
    """Go on as if the exception that is raised in C were raised here."""
    return -1


cdef class ReaderFeed:
    """Feeds one reader, to which it has a weak reference."""

    def __init__(self, reference):
        self.reference = reference

    cdef int feed(self, object data) except -1:
        """Take a bytes object that is not empty."""
        cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
        cdef Py_ssize_t held
        cdef PyObject* referent = uvn_weak_get(self.reference)
        if referent == NULL:
            return 0
        reader = <object> referent
        Py_DECREF_(referent)
        if type(reader) is not StreamReader:
            reader.feed_data(data)
            return 0
        waiter = reader._waiter
        buffer = reader._buffer
        # Nobody waits at the end of the stream.
        if not PyByteArray_CheckExact(buffer) or (waiter is None and reader._eof):
            reader.feed_data(data)
            return 0
        held = PyByteArray_GET_SIZE(buffer)
        PyByteArray_Resize(buffer, held + size)
        memcpy(PyByteArray_AS_STRING(buffer) + held, PyBytes_AS_STRING(data), size)
        if waiter is not None:
            reader._waiter = None
            wake(waiter)
        if held + size > self.pause_above:
            self.check_limit(reader, held + size)
        return 0

    cdef int check_limit(self, object reader, Py_ssize_t size) except -1:
        """Pause the transport if the reader holds too much; its limit may have been changed."""
        limit = 2 * reader._limit
        if size <= limit:
            self.pause_above = size if limit > (1 << 62) else limit
            return 0
        if reader._transport is None or reader._paused:
            return 0
        try:
            reader._transport.pause_reading()
        except NotImplementedError:
            reader._transport = None
        else:
            reader._paused = True
        return 0
