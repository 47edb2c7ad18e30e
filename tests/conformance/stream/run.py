"""Run one scenario on the default loop until nothing is left: python run.py NAME."""

from __future__ import annotations

import gc
import importlib
import sys

import uvnet
from uvnet._core import current_loop


def main(name: str) -> None:
    loop = current_loop()
    uvnet.set_immediate(importlib.import_module, name)  # so that its ticks run when it is done
    uvnet.run()
    gc.collect()  # what is unclosed warns here
    loop.close()


if __name__ == "__main__":
    main(sys.argv[1])
