"""Checks of arguments that net and dns have in common.

Each returns the value in the form that it is used in, or raises an error that names the argument.
(Node: lib/internal/validators.js)
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, TypeGuard

from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_SOCKET_BAD_PORT

INT32_MAX = 2**31 - 1

_DECIMAL = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|Infinity)")
_BASES = {"0x": 16, "0o": 8, "0b": 2}


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value is a number. True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number_in(text: str) -> float:
    """Return the number that a string stands for, or NaN: JavaScript's Number(text).

    '80', ' 0x50 ' and '8e1' are 80, '' is 0, '-0x1' and 'abc' are none.
    """
    text = text.strip()
    if not text:
        return 0
    base = _BASES.get(text[:2].lower())
    if base is not None:
        digits = text[2:]
        try:
            return int(digits, base) if digits.isascii() and digits.isalnum() else math.nan
        except ValueError:
            return math.nan
    return float(text) if _DECIMAL.fullmatch(text) else math.nan


def validate_port(value: object, name: str = "port") -> int:
    """Return a port as an int: a number, or a string that stands for one, from 0 to 65535.

    Raises:
        ERR_INVALID_ARG_TYPE: It is neither.
        ERR_SOCKET_BAD_PORT: It is no such number.
    """
    if isinstance(value, str):
        number = number_in(value) if value.strip() else math.nan
    elif is_number(value):
        number = value
    else:
        raise ERR_INVALID_ARG_TYPE(name, ["number", "string"], value)
    if not (0 <= number <= 65535 and number == int(number)):
        raise ERR_SOCKET_BAD_PORT(name, value)
    return int(number)


def validate_int(value: object, name: str, low: int, high: int = INT32_MAX) -> int:
    """Return an integer from `low` to `high`.

    Raises:
        ERR_INVALID_ARG_TYPE: It is no number.
        ERR_OUT_OF_RANGE: It is no integer, or outside.
    """
    if not is_number(value) or value != value:
        raise ERR_INVALID_ARG_TYPE(name, "number", value)
    if math.isinf(value) or value != int(value):
        raise ERR_OUT_OF_RANGE(name, "an integer", value)
    if not low <= value <= high:
        raise ERR_OUT_OF_RANGE(name, f">= {low} && <= {high}", value)
    return int(value)


def validate_bool(value: object, name: str) -> bool:
    """Return True or False.

    Raises:
        ERR_INVALID_ARG_TYPE: It is neither.
    """
    if not isinstance(value, bool):
        raise ERR_INVALID_ARG_TYPE(name, "boolean", value)
    return value


def validate_switch(value: object, name: str) -> bool:
    """Return whether an option is on: True; or off: False or None.

    Raises:
        ERR_INVALID_ARG_TYPE: It is none of these.
    """
    return value is not None and validate_bool(value, name)


def validate_callable(value: object, name: str) -> Callable[..., Any]:
    """Return something that can be called.

    Raises:
        ERR_INVALID_ARG_TYPE: It cannot.
    """
    if not callable(value):
        raise ERR_INVALID_ARG_TYPE(name, "function", value)
    return value
