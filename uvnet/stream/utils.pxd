"""What utils.py reads of a stream's state."""

from uvnet.stream.state cimport *


cdef inline unsigned int flags_of(object stream) noexcept:
    return (<Stream> stream).flags


cdef inline unsigned int read_flags_of(object stream) noexcept:
    return (<Stream> stream).rflags


cdef inline int callbacks_of(object stream) noexcept:
    return (<Stream> stream).pending_callbacks


cdef inline void set_read_sync(object stream, bint value) noexcept:
    if value:
        (<Stream> stream).rflags |= R_SYNC
    else:
        (<Stream> stream).rflags &= ~R_SYNC
