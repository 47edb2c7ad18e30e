"""No compiled class has the methods by which Cython would have it pickled.

They would set fields of C, which the other methods trust, to whatever a pickle or a caller says. A
class that can be copied says how, in __reduce__.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import uvnet

# Importing one of these starts a program, or needs what is not installed.
LEFT_OUT = ("uvnet.bench", "uvnet.__main__")


def test_no_class_has_pickling_made_for_it() -> None:
    classes = set()
    for found in pkgutil.walk_packages(uvnet.__path__, "uvnet.", onerror=lambda name: None):
        if not found.name.startswith(LEFT_OUT):
            module = importlib.import_module(found.name)
            classes |= {each for each in vars(module).values() if inspect.isclass(each)}
    assert len(classes) > 100
    wrong = {
        f"{each.__module__}.{each.__name__}"
        for each in classes
        if each.__module__.startswith("uvnet") and "__setstate_cython__" in vars(each)
    }
    assert not wrong
