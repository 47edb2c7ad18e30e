from uvnet._core.block_list cimport BlockRules
from uvnet._core.block_list cimport SockAddr as Parsed


cdef class BlockList:
    cdef readonly BlockRules _rules
    cdef dict __dict__
    cdef object __weakref__


cdef int share(BlockList twin, BlockList original) except -1
