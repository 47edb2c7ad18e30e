"""Checks of arguments that connect(), listen() and the options of net have in common.

Those that are not of net alone are in uvnet._validators, and are found here too.
"""

from __future__ import annotations

import math
import os
import warnings

from uvnet._validators import (
    INT32_MAX,
    is_number,
    number_in,
    validate_bool,
    validate_callable,
    validate_int,
    validate_port,
    validate_switch,
)
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE

__all__ = [
    "INT32_MAX",
    "TIMEOUT_MAX",
    "is_number",
    "is_pipe_name",
    "number_in",
    "validate_bool",
    "validate_callable",
    "validate_delay",
    "validate_fd",
    "validate_int",
    "validate_path",
    "validate_port",
    "validate_switch",
    "validate_timeout",
]

TIMEOUT_MAX = 2**31 - 1  # milliseconds; what Node's timers go up to


def is_pipe_name(value: object) -> bool:
    """Return whether an argument is the path of a Unix socket rather than a port.

    Every path object is one, and every string that is no number: '/tmp/x' and '-1', not '80'.
    """
    if isinstance(value, str):
        return not number_in(value) >= 0  # NaN too
    return isinstance(value, os.PathLike)


def validate_fd(value: object, name: str = "fd") -> int:
    """Return a file descriptor: an integer from 0.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE: It is none.
    """
    return validate_int(value, name, 0)


def validate_timeout(value: object, name: str = "msecs") -> float:
    """Return a timer's duration in milliseconds; one that is too long becomes 2**31 - 1.

    Raises:
        ERR_INVALID_ARG_TYPE: It is no number.
        ERR_OUT_OF_RANGE: It is negative, infinite or NaN.
    """
    if not is_number(value):
        raise ERR_INVALID_ARG_TYPE(name, "number", value)
    if not 0 <= value < math.inf:
        raise ERR_OUT_OF_RANGE(name, "a non-negative finite number", value)
    if value > TIMEOUT_MAX:
        warnings.warn(
            f"{value} ms does not fit into a timer: it was set to {TIMEOUT_MAX}",
            RuntimeWarning,
            stacklevel=3,
        )
        return TIMEOUT_MAX
    return value


def validate_delay(value: object, name: str) -> float:
    """Return a delay in milliseconds; None and a negative one become 0.

    Raises:
        ERR_INVALID_ARG_TYPE: It is no number.
        ERR_OUT_OF_RANGE: It is infinite or NaN.
    """
    if value is None:
        return 0
    if not is_number(value):
        raise ERR_INVALID_ARG_TYPE(name, "number", value)
    if not math.isfinite(value):
        raise ERR_OUT_OF_RANGE(name, "a finite number", value)
    return max(value, 0)


def validate_path(value: object, name: str = "path") -> str:
    """Return the path of a Unix socket as a string.

    Raises:
        ERR_INVALID_ARG_TYPE: It is neither a str nor a path object.
    """
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if not isinstance(value, str):
        raise ERR_INVALID_ARG_TYPE(name, ["string", "os.PathLike"], value)
    return value
