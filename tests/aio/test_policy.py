"""uvnet.install() and uvnet.EventLoopPolicy, on Pythons whose asyncio has policies."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator

import pytest

import uvnet

pytestmark = pytest.mark.skipif(
    not hasattr(asyncio, "set_event_loop_policy"), reason="asyncio has no policies"
)

DEPRECATED = sys.version_info >= (3, 12)


@pytest.fixture
def installed() -> Iterator[None]:
    """Our policy, until the end of the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        uvnet.install()
        yield
        asyncio.set_event_loop_policy(None)


def test_it_is_imported_when_it_is_asked_for(
    python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    printed = python(
        "import sys, uvnet\n"
        "print('uvnet.aio.policy' in sys.modules)\n"
        "print(uvnet.EventLoopPolicy.__module__, uvnet.install.__module__)\n"
        "print(uvnet.EventLoopPolicy is uvnet.EventLoopPolicy)\n"
        "assert not {'install', 'EventLoopPolicy'} & set(uvnet.__all__)\n"
    )
    assert printed.stdout == "False\nuvnet.aio.policy uvnet.aio.policy\nTrue\n"


def test_new_loops_are_ours(installed: None) -> None:
    assert isinstance(asyncio.run(running_loop()), uvnet.Loop)
    with asyncio.Runner() as runner:
        assert isinstance(runner.get_loop(), uvnet.Loop)
    loop = asyncio.new_event_loop()
    assert type(loop) is uvnet.Loop
    loop.close()


async def running_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_each_thread_has_a_current_loop(installed: None) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    assert asyncio.get_event_loop() is loop
    raised: list[BaseException] = []

    def elsewhere() -> None:
        try:
            asyncio.get_event_loop()
        except RuntimeError as error:
            raised.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert "no current event loop" in str(raised[0])
    asyncio.set_event_loop(None)
    with pytest.raises(RuntimeError, match="no current event loop"):
        asyncio.get_event_loop()
    loop.close()


def test_children_of_processes(installed: None) -> None:
    async def main() -> int | None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "raise SystemExit(3)")
        return await process.wait()

    assert asyncio.run(main()) == 3


def test_a_loop_of_asyncio_still_works_under_it(installed: None) -> None:
    async def main() -> int | None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "raise SystemExit(3)")
        return await process.wait()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        assert runner.run(main()) == 3


def test_it_is_taken_back(installed: None) -> None:
    asyncio.set_event_loop_policy(None)
    loop = asyncio.new_event_loop()
    assert not isinstance(loop, uvnet.Loop)
    loop.close()


def test_it_warns_where_asyncio_run_takes_a_factory() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        uvnet.install()
        line = sys._getframe().f_lineno - 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.set_event_loop_policy(None)
    if DEPRECATED:
        [warning] = caught
        assert warning.category is DeprecationWarning
        assert "uvnet.new_event_loop" in str(warning.message)
        assert (warning.filename, warning.lineno) == (__file__, line)
    else:
        assert not caught


@pytest.mark.parametrize("name", ["install", "EventLoopPolicy"])
def test_without_policies_the_error_says_what_to_use(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(asyncio, "set_event_loop_policy")
    with pytest.raises(AttributeError, match=rf"{name}.* no policies: use uvnet\.run"):
        getattr(uvnet, name)


def test_the_module_cannot_be_imported_without_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "uvnet.aio.policy", raising=False)
    monkeypatch.delattr("asyncio.unix_events._UnixDefaultEventLoopPolicy")
    with pytest.raises(ImportError, match="has no policies: use uvnet"):
        import uvnet.aio.policy  # noqa: F401


def test_other_names_are_as_missing_as_ever() -> None:
    with pytest.raises(AttributeError, match="module 'uvnet' has no attribute 'instal'"):
        uvnet.instal  # type: ignore[attr-defined] # noqa: B018
