"""What a figure depends on: the machine, the versions, and how uvnet was built."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
import sysconfig
from typing import Any

from uvnet import _core
from uvnet._version import __version__

from . import node
from .table import BOLD, paint

FORMAT = 1

# The event loops and the HTTP servers beside ours, with what they are made of.
PACKAGES = ("uvloop", "rloop", "zuvloop", "uvicorn", "httptools", "aiohttp")


def processor() -> str:
    """Return the processor's name, as well as the system knows it."""
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def machine() -> dict[str, Any]:
    """Return what the figures were taken on."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "processor": processor(),
        "cpus": cpus,
    }


def package_version(name: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def versions() -> dict[str, str | None]:
    """Return the versions of everything that takes part; None for what is not there."""
    return {
        "uvnet": __version__,
        "libuv": _core.version(),
        "python": platform.python_version(),
        **{name: package_version(name) for name in PACKAGES},
        "node": node.version(),
    }


def info() -> dict[str, Any]:
    """Return what `uvnet info` prints: versions, the build of the core, and the machine.

    Returns:
        A document for JSON: "format", "versions", "interpreter", "build" (the core's "file" and
        how it was compiled) and "machine".
    """
    return {
        "format": FORMAT,
        "versions": versions(),
        "interpreter": {
            "implementation": platform.python_implementation(),
            "executable": sys.executable,
            "compiler": platform.python_compiler(),
            "debug": bool(sysconfig.get_config_var("Py_DEBUG")),
            "gil": not sysconfig.get_config_var("Py_GIL_DISABLED"),
        },
        "build": {
            "file": _core.loop.__file__,
            **_core.build_info(),
            "fast paths": " ".join(
                f"{'+' if on else '-'}{name}" for name, on in _core.fast_paths().items()
            ),
        },
        "machine": machine(),
    }


def render(found: dict[str, Any]) -> str:
    """Return what `info` found as lines for people."""
    lines = []
    for title, values in found.items():
        if title == "format":
            continue
        lines.append(paint(title, BOLD))
        for name, value in values.items():
            lines.append(f"  {name:<14} {'-' if value is None else value}")
    return "\n".join(lines)
