"""What utils.py reads of a stream's state."""

from uvnet.stream.state cimport *


# The casts are checked: a function of utils.py may be called with anything.

cdef inline unsigned int flags_of(object stream) except? 0:
    return (<Stream?> stream).flags


cdef inline unsigned int read_flags_of(object stream) except? 0:
    return (<Stream?> stream).rflags


cdef inline int callbacks_of(object stream) except? -1:
    return (<Stream?> stream).pending_callbacks


cdef inline int set_read_sync(object stream, bint value) except -1:
    cdef Stream checked = <Stream?> stream
    if value:
        checked.rflags |= R_SYNC
    else:
        checked.rflags &= ~R_SYNC
    return 0
