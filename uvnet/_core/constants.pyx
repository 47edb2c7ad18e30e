"""libuv's negative error numbers (UV_EOF, UV_ECONNREFUSED, ...) and the flags of its calls."""

from uvnet._core.uv cimport uv_err_name, uv_strerror, uvn_capi_import

uvn_capi_import()

cdef extern from "constants.h":
    int uvn_constants(object errors, object flags) except -1

cdef dict errors = {}
cdef dict flags = {}
uvn_constants(errors, flags)
globals().update(errors)
globals().update(flags)

__all__ = [*errors, *flags]


def error_name(int number) -> str:
    """Return the name of a negative error number: error_name(UV_EOF) is 'EOF'. 'OK' from 0 on."""
    return uv_err_name(number).decode() if number < 0 else "OK"


def error_text(int number) -> str:
    """Return the description of a negative error number, such as 'end of file'. (uv_strerror)"""
    return uv_strerror(number).decode() if number < 0 else "success"


def error_numbers() -> dict:
    """Return all error numbers by name, such as {'UV_EOF': -4095, ...}."""
    return dict(errors)
