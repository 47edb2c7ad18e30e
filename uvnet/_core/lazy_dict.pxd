"""A `cdef dict __dict__` that is made when an attribute is set which the class does not know.

Call one of the first two in __cinit__. share_dict() is for what has methods called for every
packet: after the class, prepare_class() is called for it, and own_dict() in its __setattr__.
"""

cdef extern from "lazy_dict.h":
    void drop_dict "uvn_drop_dict"(object) noexcept
    void share_dict "uvn_share_dict"(object) noexcept
    int own_dict "uvn_own_dict"(object) except -1
    int prepare_class "uvn_prepare_class"(object) except -1

cdef extern from "Python.h":
    int PyObject_GenericSetAttr(object, object, object) except -1
