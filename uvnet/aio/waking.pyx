"""Waking: what futures and tasks ask a loop for each time that a task waits."""

import asyncio

from cpython.object cimport PyObject

from uvnet._core.loop cimport Loop

cdef extern from "Python.h":
    object PyObject_Call_ "PyObject_Call"(object, object, object)

cdef object Future = asyncio.Future
cdef object native_call_soon = Loop.call_soon

# Of the loop that has run last: the arguments of its futures.
cdef PyObject* quick = NULL
cdef dict arguments = None


cdef class Waking:
    """The part of the loop that makes futures, and is called by them."""

    def create_future(self):
        """Return an asyncio.Future of this loop."""
        if <PyObject*> self == quick:
            return PyObject_Call_(Future, (), arguments)
        return Future(loop=self)

    def _quicken(self, bint running):
        """Keep at hand, while the loop runs, what would be made anew for each future.

        A future asks for loop.call_soon, and gets a method that is bound each time, unless the
        loop's own dictionary has one.
        """
        global quick, arguments
        own = self.__dict__
        if running:
            quick = <PyObject*> self
            arguments = {"loop": self}
            if type(self).call_soon is native_call_soon and "call_soon" not in own:
                own["call_soon"] = native_call_soon.__get__(self)
            return
        if quick == <PyObject*> self:
            quick = NULL
            arguments = None
        method = own.get("call_soon")
        if getattr(method, "__self__", None) is self and (
                getattr(method, "__name__", None) == "call_soon"):
            del own["call_soon"]
