"""Logs for debugging, which the environment turns on: UVNET_DEBUG=net,dns. Node: NODE_DEBUG"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable


def is_named(section: str, wanted: str) -> bool:
    """Return whether a list names a section: 'net,dns', 'NET', 'n*'. Other names mean nothing."""
    names = (re.escape(name.strip()).replace(r"\*", ".*") for name in wanted.split(","))
    return any(re.fullmatch(name, section, re.IGNORECASE) for name in names)


def debug_log(section: str) -> Callable[..., None] | None:
    """Return what logs `message % args`; None unless UVNET_DEBUG asks for it.

    Args:
        section: Which part of uvnet: its logger is 'uvnet.' and this name.
    """
    if not is_named(section, os.environ.get("UVNET_DEBUG", "")):
        return None
    top = logging.getLogger("uvnet")
    if not any(isinstance(handler, Fallback) for handler in top.handlers):
        top.addHandler(Fallback())
    logger = logging.getLogger(f"uvnet.{section}")
    logger.setLevel(logging.DEBUG)

    def debug(message: str, *args: object) -> None:
        # As text: a handler may keep the record, which must not keep a socket.
        logger.debug(message % args, stacklevel=2)

    return debug


class Fallback(logging.Handler):
    """Writes to stderr while nobody has configured logging: who asked for a log wants to see it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(
            logging.Formatter(
                "%(asctime)s.%(msecs)03d %(process)d %(name)s %(message)s", "%H:%M:%S"
            )
        )

    def is_alone(self, name: str) -> bool:
        """Return whether no other handler gets what this logger is told."""
        logger: logging.Logger | None = logging.getLogger(name)
        while logger is not None:
            if any(handler is not self for handler in logger.handlers):
                return False
            logger = logger.parent if logger.propagate else None
        return True

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is None or not self.is_alone(record.name):
            return
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)
