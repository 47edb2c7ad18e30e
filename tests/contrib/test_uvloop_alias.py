"""uvnet.contrib.uvloop_alias: our loop where a program asks for uvloop."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

import uvnet
from uvnet.contrib import uvloop_alias

Python = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _no_uvloop() -> Iterator[None]:
    """Whatever is imported under that name is kept out of the test."""
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if of_uvloop(name)}
    yield
    uvloop_alias.uninstall()
    for name in [name for name in sys.modules if of_uvloop(name)]:
        del sys.modules[name]
    sys.modules.update(kept)


def of_uvloop(name: str) -> bool:
    return name.partition(".")[0] == "uvloop"


@pytest.fixture
def uvloop() -> Any:
    uvloop_alias.install()
    return importlib.import_module("uvloop")


def test_its_names_are_ours(uvloop: Any) -> None:
    assert uvloop.new_event_loop is uvnet.new_event_loop
    assert uvloop.Loop is uvloop.loop.Loop is uvnet.Loop
    assert importlib.import_module("uvloop.loop").Loop is uvnet.Loop
    if hasattr(asyncio, "set_event_loop_policy"):
        assert uvloop.EventLoopPolicy is uvnet.EventLoopPolicy
        assert uvloop.install is uvnet.install
    assert uvloop.__version__.endswith(f"+uvnet.{uvnet.__version__}")
    assert tuple(map(int, uvloop.__version__.partition("+")[0].split("."))) >= (0, 23)


def test_it_can_be_found(uvloop: Any) -> None:
    for name in ("uvloop", "uvloop.loop"):
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.origin == "uvnet.contrib.uvloop_alias"
    assert "uvnet" in repr(uvloop)


def test_what_it_has_not_is_missing(uvloop: Any) -> None:
    with pytest.raises(AttributeError, match="an alias of uvnet, has no 'no_such_name'"):
        uvloop.no_such_name  # noqa: B018
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("uvloop.no_such_module")


def test_run(uvloop: Any) -> None:
    async def main() -> tuple[asyncio.AbstractEventLoop, bool]:
        loop = asyncio.get_running_loop()
        return loop, loop.get_debug()

    loop, debug = uvloop.run(main(), debug=True)
    assert isinstance(loop, uvnet.Loop) and debug
    made: list[asyncio.AbstractEventLoop] = []

    def factory() -> asyncio.AbstractEventLoop:
        made.append(uvnet.new_event_loop())
        return made[-1]

    assert uvloop.run(main(), loop_factory=factory)[0] is made[0]


def test_run_in_a_running_loop(uvloop: Any) -> None:
    async def main() -> None:
        inner = asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="running event loop"):
            uvloop.run(inner)
        inner.close()

    uvnet.run(main())


@pytest.mark.skipif(not hasattr(asyncio, "set_event_loop_policy"), reason="asyncio has no policies")
def test_install_of_the_alias(uvloop: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        uvloop.install()
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop_policy(None)
    assert isinstance(loop, uvnet.Loop)
    loop.close()


def test_it_is_taken_back() -> None:
    uvloop_alias.uninstall()  # which does nothing
    uvloop_alias.install()
    uvloop_alias.install()  # nor does this
    assert sys.modules["uvloop"].Loop is uvnet.Loop
    uvloop_alias.uninstall()
    assert not any(map(of_uvloop, sys.modules))


def test_the_real_one_is_not_replaced_unless_forced() -> None:
    real, part = ModuleType("uvloop"), ModuleType("uvloop.includes")
    sys.modules["uvloop"], sys.modules["uvloop.includes"] = real, part
    with pytest.raises(RuntimeError, match="imported already.*force=True"):
        uvloop_alias.install()
    assert sys.modules["uvloop"] is real
    uvloop_alias.install(force=True)
    assert sys.modules["uvloop"].Loop is uvnet.Loop
    assert "uvloop.includes" not in sys.modules
    uvloop_alias.uninstall()
    assert sys.modules["uvloop"] is real and sys.modules["uvloop.includes"] is part
    assert "uvloop.loop" not in sys.modules


def test_nothing_is_aliased_unless_asked_for(python: Python) -> None:
    python(
        "import sys, uvnet, uvnet.contrib\n"
        "from uvnet.contrib import uvloop_alias\n"
        "assert 'uvloop' not in sys.modules\n"
    )


PROGRAM = """
import multiprocessing
import sys


def kind():
    import uvloop
    return uvloop.Loop.__module__


def started(method):
    import program_for_alias  # where a child can find what it is to call
    context = multiprocessing.get_context(method)
    with context.Pool(1) as pool:
        return pool.apply(program_for_alias.kind)


if __name__ == "__main__":
    print(sys.argv[1:], kind(), *[started(m) for m in ("spawn", "forkserver", "fork")])
"""


def test_a_command_and_what_it_starts(python: Python) -> None:
    done = python(
        "import os, pathlib, sys, subprocess\n"
        f"pathlib.Path('program_for_alias.py').write_text({PROGRAM!r})\n"
        "command = [sys.executable, '-m', 'uvnet.contrib.uvloop_alias', 'program_for_alias', 'x']\n"
        "path = os.pathsep.join([os.getcwd(), os.environ['PYTHONPATH']])\n"
        "subprocess.run(command, env={**os.environ, 'PYTHONPATH': path}, check=True)\n"
    )
    assert done.stdout == "['x'] " + " ".join(["uvnet.aio.loop"] * 4) + "\n"


def test_a_command_needs_a_module(python: Python) -> None:
    done = python(
        "import runpy, sys\n"
        "sys.argv = ['x']\n"
        "runpy.run_module('uvnet.contrib.uvloop_alias', run_name='__main__')\n",
        returncode=1,
    )
    assert "usage: python -m uvnet.contrib.uvloop_alias MODULE" in done.stderr
