"""EventEmitter for Cython code: emit0, emit1, emit2 and emit_many build no tuple."""

from cpython.object cimport PyObject

from uvnet._core.lazy_dict cimport drop_dict

cdef extern from "call.h":
    object uvn_call_listener "uvn_call"(object, PyObject**, size_t)

cdef extern from *:
    """
    /* Do what Cython cannot be told to: let emit() take its arguments as they come, without a
     * tuple; and do not clear emitters that are garbage, for all they refer to are two dicts,
     * which are cleared themselves, and an emitter would be left with None for its __dict__. */
    static inline int uvn_finish_emitter(PyObject* cls, void* emit) {
      static PyMethodDef method;
      PyTypeObject* type = (PyTypeObject*) cls;
      PyObject* slow = PyDict_GetItemString(type->tp_dict, "emit");
      PyObject* fast;
      int err;

      method = *((PyMethodDescrObject*) slow)->d_method;
      method.ml_meth = (PyCFunction) emit;
      method.ml_flags = METH_FASTCALL;
      fast = PyDescr_NewMethod(type, &method);
      if (fast == NULL)
        return -1;
      err = PyDict_SetItemString(type->tp_dict, "emit", fast);
      Py_DECREF(fast);
      type->tp_clear = NULL;
      PyType_Modified(type);
      return err;
    }
    """
    int uvn_finish_emitter(object, void*) except -1

cdef extern from "Python.h":
    size_t PY_VECTORCALL_ARGUMENTS_OFFSET
    size_t PyVectorcall_NARGS_ "PyVectorcall_NARGS"(size_t) noexcept
    PyObject** PyTuple_ITEMS_ "&PyTuple_GET_ITEM"(PyObject*, Py_ssize_t) noexcept
    PyObject** PyList_ITEMS_ "&PyList_GET_ITEM"(PyObject*, Py_ssize_t) noexcept
    Py_ssize_t PyList_GET_SIZE_ "PyList_GET_SIZE"(PyObject*) noexcept
    bint is_coroutine "PyCoro_CheckExact"(object) noexcept
    bint is_interned "PyUnicode_CHECK_INTERNED"(object) noexcept
    void PyUnicode_InternInPlace_ "PyUnicode_InternInPlace"(PyObject**) noexcept
    Py_ssize_t PyDict_GET_SIZE_ "PyDict_GET_SIZE"(PyObject*) noexcept


cdef class EventEmitter:
    cdef dict _events            # None until the first listener; see put() and remove()
    cdef PyObject* _hot_event    # of the last emit, if one listener got it directly, else NULL
    cdef PyObject* _hot_handler  # that listener; both borrowed from _events
    cdef int _max_listeners      # -1: the default
    cdef bint _emits             # emit is overridden in Python: emit0 and the others go through it
    cdef dict __dict__           # NULL until it is needed
    cdef object __weakref__

    cdef bint has(self, str event) noexcept
    cdef Py_ssize_t count(self, str event) except -1
    cdef bint emit0(self, str event) except -1
    cdef bint emit1(self, str event, object a) except -1
    cdef bint emit2(self, str event, object a, object b) except -1
    cdef bint emit_many(self, str event, tuple args) except -1


# ------------------------------------------------------- what follows is for events.py only
#
# args[:n] are the arguments of an event. nargsf is n, with PY_VECTORCALL_ARGUMENTS_OFFSET where
# args[-1] may be overwritten for a while.

cdef class _Listeners(list):
    """The listeners of one event, if there are several."""
    cdef int emitting  # emits that go through it now: it is copied instead of changed
    cdef bint warned   # that there are too many


cdef class _Once:
    """Removes itself from its emitter and calls the listener."""
    cdef EventEmitter emitter
    cdef str event
    cdef readonly object listener
    cdef bint fired


cdef object emit_fast(EventEmitter self, PyObject** args, Py_ssize_t nargs)
cdef int find_and_send(
    EventEmitter self, str event, PyObject** args, size_t nargsf) except -1
cdef int send_all(
    EventEmitter self, str event, _Listeners handlers, PyObject** args, size_t nargsf) except -1
cdef int send_error(EventEmitter self, PyObject** args, size_t nargsf) except -1
cdef int take(
    EventEmitter self, str event, object result, PyObject** args, size_t nargsf) except -1
cdef object fire(_Once once, PyObject** args, size_t nargsf)

cdef str event_name(object event)
cdef int check_listener(object listener) except -1
cdef object original(object listener)
cdef bint matches(object candidate, object listener) except -1
cdef Py_ssize_t find_last(_Listeners handlers, object listener) except -2
cdef list raw(EventEmitter self, object event)
cdef _Listeners mutable(EventEmitter self, str event, _Listeners handlers)
cdef EventEmitter add(EventEmitter self, object event, object listener, bint prepend)
cdef EventEmitter subtract(EventEmitter self, object event, object listener)
cdef int warn(EventEmitter self, str event, Py_ssize_t count, int limit) except -1
cdef int to_limit(object n, str name) except -1


cdef inline int send(EventEmitter self, str event, PyObject** args, size_t nargsf) except -1:
    """Call the listeners of `event`; return whether there are any."""
    # Without the collector, which may have emptied the dict, the first comparison would do.
    if self._hot_event != <PyObject*> event or PyDict_GET_SIZE_(<PyObject*> self._events) == 0:
        return find_and_send(self, event, args, nargsf)
    handler = <object> self._hot_handler  # held, because it may remove itself
    result = uvn_call_listener(handler, args, nargsf)
    if result is not None:
        take(self, event, result, args, nargsf)
    return True


cdef inline int send0(EventEmitter self, str event) except -1:
    cdef PyObject* args[1]
    return send(self, event, args + 1, PY_VECTORCALL_ARGUMENTS_OFFSET)


cdef inline int send1(EventEmitter self, str event, object a) except -1:
    cdef PyObject* args[2]
    args[1] = <PyObject*> a
    return send(self, event, args + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET)


cdef inline int send2(EventEmitter self, str event, object a, object b) except -1:
    cdef PyObject* args[3]
    args[1] = <PyObject*> a
    args[2] = <PyObject*> b
    return send(self, event, args + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET)


cdef inline int send_tuple(EventEmitter self, str event, tuple args) except -1:
    return send(self, event, PyTuple_ITEMS_(<PyObject*> args, 0), len(args))


cdef inline object call(object listener, PyObject** args, size_t nargsf):
    if type(listener) is _Once:
        return fire(<_Once> listener, args, nargsf)
    return uvn_call_listener(listener, args, nargsf)


cdef inline object fire_tuple(_Once once, tuple args):
    return fire(once, PyTuple_ITEMS_(<PyObject*> args, 0), len(args))


cdef inline tuple as_tuple(PyObject** args, size_t nargsf):
    cdef size_t i
    return tuple([<object> args[i] for i in range(PyVectorcall_NARGS_(nargsf))])


cdef inline str first_name(PyObject** args):
    """Return the first of emit()'s own arguments."""
    event = <object> args[0]
    return <str> event if type(event) is str else event_name(event)


cdef inline void heat(EventEmitter self, str event, object handler) noexcept:
    """Let send() find them at once. An interned name is the very object that is in _events."""
    if is_interned(event):
        self._hot_event = <PyObject*> event
        self._hot_handler = <PyObject*> handler


cdef inline int put(EventEmitter self, str event, object handler) except -1:
    """Set what handles `event`: a listener, a _Once or a _Listeners."""
    cdef PyObject* name = <PyObject*> event
    self._hot_event = NULL
    if self._events is None:
        self._events = {}
    self._events[event] = handler
    return 0


cdef inline object remove(EventEmitter self, str event):
    self._hot_event = NULL
    return self._events.pop(event)


cdef inline void clear(EventEmitter self) noexcept:
    self._hot_event = NULL
    self._events = None


cdef inline Py_ssize_t size(_Listeners handlers) noexcept:
    return PyList_GET_SIZE_(<PyObject*> handlers)


cdef inline object item(_Listeners handlers, Py_ssize_t i):
    return <object> PyList_ITEMS_(<PyObject*> handlers, i)[0]


cdef inline int finish_type() except -1:
    return uvn_finish_emitter(EventEmitter, <void*> emit_fast)
