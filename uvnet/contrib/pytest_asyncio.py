"""A plug-in that runs the tests of pytest-asyncio on our loop.

    pytest -p uvnet.contrib.pytest_asyncio

or `addopts = "-p uvnet.contrib.pytest_asyncio"` in the settings of pytest. A test that is to run on
other loops, too, needs a hook of its own in conftest.py:

    def pytest_asyncio_loop_factories(config, item):
        return {"asyncio": asyncio.new_event_loop, "uvnet": uvnet.new_event_loop}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from uvnet.aio import Loop, new_event_loop

__all__ = ["pytest_asyncio_loop_factories", "pytest_configure"]


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to let the tests run on another loop: `config` must know the hook below.

    Raises:
        pytest.UsageError: pytest-asyncio is not there, or too old to have it.
    """
    if not config.hook.pytest_asyncio_loop_factories.has_spec():  # nobody would call it
        raise pytest.UsageError(
            "uvnet.contrib.pytest_asyncio needs pytest-asyncio 1.4 or newer, as a plug-in that is "
            "not switched off: pip install 'pytest-asyncio>=1.4'"
        )


@pytest.hookimpl(optionalhook=True, trylast=True)
def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], Loop]]:
    """Return the one factory; what conftest.py says for `item` and its `config` goes first."""
    return {"uvnet": new_event_loop}
