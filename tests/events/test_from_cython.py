"""The C-level API of EventEmitter, from a Cython module of somebody else."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet import events
from uvnet.events import EventEmitter

pytest.importorskip("Cython", reason="Cython is not installed")
pytest.importorskip("setuptools", reason="setuptools is not installed")

MODULE = """
from cpython.object cimport PyObject
from uvnet.events cimport EventEmitter

cdef extern from "Python.h":
    PyObject* PyObject_CallOneArg(object, object) except NULL
    void Py_DECREF(PyObject*)

cdef class Source(EventEmitter):
    cdef readonly int number

    def __init__(self, number=7):
        self.number = number

def emit(EventEmitter emitter, str event, *args):
    if len(args) == 0:
        return emitter.emit0(event)
    if len(args) == 1:
        return emitter.emit1(event, args[0])
    if len(args) == 2:
        return emitter.emit2(event, args[0], args[1])
    return emitter.emit_many(event, args)

def emit_many(EventEmitter emitter, str event, tuple args):
    return emitter.emit_many(event, args)

def look(EventEmitter emitter, str event):
    return emitter.has(event), emitter.count(event)

def next_part():
    pass

def call_often(listener, value, Py_ssize_t n):
    for _ in range(n):
        Py_DECREF(PyObject_CallOneArg(listener, value))

def emit_often(EventEmitter emitter, str event, value, Py_ssize_t n):
    for _ in range(n):
        emitter.emit1(event, value)
"""

SETUP = """
import sys
from Cython.Build import cythonize
from setuptools import Extension, setup

extension = Extension("source", ["source.pyx"], include_dirs=sys.argv.pop().split(":"))
setup(
    name="source",
    ext_modules=cythonize([extension], language_level=3, include_path=[sys.argv.pop()]),
)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the module is, built as its own setup.py would."""
    folder = tmp_path_factory.mktemp("source")
    (folder / "source.pyx").write_text(MODULE)
    (folder / "setup.py").write_text(SETUP)
    root = uvnet.__file__.rpartition("/uvnet/")[0]  # where the .pxd files are found
    command = [sys.executable, "setup.py", "build_ext", "--inplace", root]
    built = subprocess.run(
        [*command, ":".join(uvnet.get_include())], cwd=folder, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert "warning" not in built.stderr.lower().replace("warnings", ""), built.stderr
    return folder


@pytest.fixture(scope="module")
def source(folder: Path) -> Any:
    path = folder / f"source{sysconfig.get_config_var('EXT_SUFFIX')}"
    spec = importlib.util.spec_from_file_location("source", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("count", range(5))
@pytest.mark.parametrize("kind", ["EventEmitter", "Source"])
def test_arguments(source: Any, count: int, kind: str) -> None:
    emitter = source.Source() if kind == "Source" else EventEmitter()
    arguments = tuple(object() for _ in range(count))
    got: list[Any] = []
    assert source.emit(emitter, "x", *arguments) is False
    emitter.on("x", lambda *args: got.append(args)).once("x", lambda *args: got.append(args))
    for _ in range(3):
        assert source.emit(emitter, "x", *arguments) is True
    assert source.emit_many(emitter, "x", arguments) is True
    assert got == [arguments] * 5


def test_bound_methods(source: Any) -> None:
    """They are called with one argument more, for which there is room before the others."""

    class Consumer:
        def __init__(self) -> None:
            self.got: list[Any] = []

        def take(self, *args: Any) -> None:
            self.got.append(args)

    consumer = Consumer()
    emitter = EventEmitter().on("x", consumer.take)
    for _ in range(3):
        for count in range(4):
            source.emit(emitter, "x", *range(count))
            emitter.emit("x", *range(count))
    assert consumer.got == [each for n in range(4) for each in [tuple(range(n))] * 2] * 3


def test_looking(source: Any) -> None:
    emitter = EventEmitter()
    assert source.look(emitter, "x") == (False, 0)
    emitter.on("x", print)
    assert source.look(emitter, "x") == (True, 1)
    emitter.on("x", print)
    assert source.look(emitter, "x") == (True, 2)
    assert source.look(emitter, "y") == (False, 0)


def test_a_subclass_in_cython(source: Any) -> None:
    emitter = source.Source(3)
    assert emitter.number == 3
    assert source.Source.__new__(source.Source).emit("x") is False
    emitter.name = "a"
    assert vars(emitter) == {"name": "a"}


@pytest.mark.parametrize("count", range(5))
def test_an_overridden_emit_is_used(source: Any, count: int) -> None:
    class Counting(source.Source):  # type: ignore[misc]
        emitted = 0

        def emit(self, event: str, *args: Any) -> bool:
            self.emitted += 1
            return bool(super().emit(event, *args))

    emitter = Counting()
    got: list[Any] = []
    emitter.on("x", lambda *args: got.append(args))
    assert source.emit(emitter, "x", *range(count)) is True
    assert source.emit(emitter, "y", *range(count)) is False
    assert got == [tuple(range(count))]
    assert emitter.emitted == 2


def test_errors(source: Any) -> None:
    emitter = EventEmitter()
    with pytest.raises(OSError, match="boom"):
        source.emit(emitter, "error", OSError("boom"))

    def fails(value: int) -> None:
        raise KeyError(value)

    emitter.on("x", fails)
    for _ in range(2):
        with pytest.raises(KeyError):
            source.emit(emitter, "x", 1)


# ----------------------------------------------------------------------------- counting

COUNT = """
import itertools, sys
from collections import deque
import source
from uvnet.events import EventEmitter

def listener(value): pass

emitter = EventEmitter().on("data", listener)
value, n = object(), int(sys.argv[1])
names = itertools.repeat("data")
source.next_part()
source.call_often(listener, value, n)
source.next_part()
source.emit_often(emitter, "data", value, n)
source.next_part()
deque(map(listener, itertools.repeat(value, n)), 0)
source.next_part()
deque(map(emitter.emit, names, itertools.repeat(value, n)), 0)
source.next_part()
"""

EVENTS = 5000


@pytest.fixture(scope="module")
def counted(folder: Path) -> list[float]:
    """Instructions per event: a call from C, emit1, a call by map(), emit by map()."""
    (folder / "count.py").write_text(COUNT)
    paths = [str(Path(uvnet.__file__).parents[1]), str(folder)]
    # Callgrind writes what it has counted whenever the program calls next_part, and starts anew.
    callgrind = ["valgrind", "--tool=callgrind", "--dump-before=*next_part"]
    subprocess.run(
        [*callgrind, "--callgrind-out-file=counted", sys.executable, "count.py", str(EVENTS)],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(paths)},
        check=True,
        capture_output=True,
    )
    totals = []
    for part in range(2, 6):  # the first one is from the start to the first call
        text = (folder / f"counted.{part}").read_text()
        found = re.search(r"^(?:totals|summary): (\d+)$", text, re.MULTILINE)
        assert found is not None
        totals.append(int(found[1]) / EVENTS)
    return totals


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
@pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="valgrind cannot run a sanitizer")
def test_emit_costs_little_more_than_a_call(counted: list[float]) -> None:
    """Of a listener that does nothing, so that nothing hides what emit() adds."""
    c_call, c_emit, call, emit = counted
    assert 100 < c_call < c_emit <= 1.5 * c_call, counted
    assert 100 < call < emit <= 1.5 * call, counted


def test_this_is_the_compiled_module() -> None:
    assert events.__file__.endswith(sysconfig.get_config_var("EXT_SUFFIX"))
