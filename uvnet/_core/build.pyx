"""What this copy is: the libuv inside and how the native core was compiled."""

from uvnet._core.uv cimport uv_version_string, uvn_capi_import

uvn_capi_import()

cdef extern from "build.h":
    const char* UVN_BUILD_COMPILER
    const char* UVN_BUILD_SANITIZER
    bint UVN_BUILD_ASSERTIONS
    bint UVN_BUILD_OPTIMIZED

cdef extern from *:
    unsigned int CYTHON_HEX_VERSION


def version() -> str:
    """Return the version of the libuv inside, such as '1.52.1'."""
    return uv_version_string().decode()


def build_info() -> dict:
    """Return how the native core was compiled.

    Returns:
        "cython" and "compiler" (their versions), "optimized", "assertions" and "sanitizer" (''
        for none).
    """
    cdef unsigned int cython = CYTHON_HEX_VERSION
    return {
        "cython": f"{cython >> 24}.{cython >> 16 & 255}.{cython >> 8 & 255}",
        "compiler": UVN_BUILD_COMPILER.decode(),
        "optimized": UVN_BUILD_OPTIMIZED,
        "assertions": UVN_BUILD_ASSERTIONS,
        "sanitizer": UVN_BUILD_SANITIZER.decode(),
    }
