"""How a command of ours ends, seen from the shell."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def exit_status(main: Callable[[], int]) -> int:
    """Run a command and return its exit status, without a traceback for what users do.

    Returns:
        What `main` returned; 130 after Ctrl-C; 1 if standard output is piped to something, such as
        `head`, that has read enough.
    """
    try:
        status = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # What is still buffered goes nowhere, or Python would try to flush it as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status
