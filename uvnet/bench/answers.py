"""The process of one subject that measures itself: it is asked by `turns`, in lines of JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from . import process

Run = Callable[[dict[str, Any]], dict[str, Any]]  # of a request, which has "seconds"


class Spent:
    """What time and what CPU time goes by from now on."""

    def __init__(self) -> None:
        self._usage = resource.getrusage(resource.RUSAGE_SELF)
        self._start = time.perf_counter()

    def so_far(self) -> dict[str, float]:
        """Return "seconds", "user" and "system", all in seconds."""
        seconds = time.perf_counter() - self._start
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "seconds": seconds,
            "user": usage.ru_utime - self._usage.ru_utime,
            "system": usage.ru_stime - self._usage.ru_stime,
        }


def serve(prepare: Callable[[], tuple[dict[str, Any], Run]]) -> int:
    """Be a subject's process: say what it is, then measure as often as standard input asks.

    Args:
        prepare: Returns what to say at first, such as {"version": "1.0"}, and what is called with
            each request and returns at least "messages", and what Spent has if it is not of the
            whole call. To raise ImportError or NotImplementedError means that the subject is
            missing.

    Returns:
        The exit status.
    """
    process.pin(process.SERVER_CPU)
    try:
        said, run = prepare()
    except (ImportError, NotImplementedError) as error:
        print(json.dumps({"missing": str(error)}), flush=True)
        return 0
    print(json.dumps(said), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        spent = Spent()
        measured = run(request)
        print(json.dumps({**spent.so_far(), **measured}), flush=True)
    return 0
