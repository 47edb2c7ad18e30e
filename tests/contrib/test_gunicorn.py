"""uvnet.contrib.gunicorn without what its workers need: it says what that is.

What the workers do under gunicorn is tested in tests/servers.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from uvnet.contrib import gunicorn

MODULES = [
    "aiohttp",
    "aiohttp.worker",
    "gunicorn",
    "gunicorn.workers",
    "gunicorn.workers.base",
    "gunicorn.workers.gasgi",
    "uvicorn",
    "uvicorn.workers",
    "uvicorn_worker",
]


@pytest.fixture(autouse=True)
def _forget_the_classes() -> Any:
    yield
    for name in gunicorn.__all__:
        vars(gunicorn).pop(name, None)


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """Modules of these names, empty, in place of those that may be installed."""
    made = {name: ModuleType(name) for name in MODULES}
    for name, module in made.items():
        monkeypatch.setitem(sys.modules, name, module)
        parent, _, own = name.rpartition(".")
        if parent:
            setattr(made[parent], own, module)
    return made


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("Worker", "pip install 'gunicorn>=25'"),
        ("UvicornWorker", "pip install gunicorn 'uvicorn>=0.36' uvicorn-worker"),
        ("AiohttpWorker", "pip install gunicorn aiohttp"),
    ],
)
def test_what_is_missing_is_said(name: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in MODULES:
        monkeypatch.setitem(sys.modules, module, None)  # an import of it fails
    with pytest.raises(ImportError) as caught:
        getattr(gunicorn, name)
    assert command in str(caught.value)
    assert f"uvnet.contrib.gunicorn.{name} needs" in str(caught.value)


def test_a_gunicorn_whose_worker_makes_its_loop_otherwise(modules: dict[str, Any]) -> None:
    modules["gunicorn.workers.gasgi"].ASGIWorker = type("ASGIWorker", (), {})
    with pytest.raises(ImportError, match="cannot be given a loop"):
        gunicorn.Worker  # noqa: B018


def test_an_old_uvicorn(modules: dict[str, Any]) -> None:
    modules["uvicorn"].Config = type("Config", (), {})
    modules["uvicorn_worker"].UvicornWorker = type("UvicornWorker", (), {"CONFIG_KWARGS": {}})
    with pytest.raises(ImportError, match=r"uvicorn>=0\.36"):
        gunicorn.UvicornWorker  # noqa: B018


def test_uvicorns_own_module_of_workers(
    modules: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    modules["uvicorn"].Config = type("Config", (), {"get_loop_factory": None})
    base = type("UvicornWorker", (), {"CONFIG_KWARGS": {"loop": "auto", "http": "h11"}})
    modules["uvicorn.workers"].UvicornWorker = base
    monkeypatch.setitem(sys.modules, "uvicorn_worker", None)
    made = gunicorn.UvicornWorker
    assert issubclass(made, base)
    assert made.CONFIG_KWARGS == {"loop": "uvnet:new_event_loop", "http": "h11"}
    assert base.CONFIG_KWARGS["loop"] == "auto"


def test_a_class_is_made_once(modules: dict[str, Any]) -> None:
    base = type("ASGIWorker", (), {"_setup_event_loop": None})
    modules["gunicorn.workers.gasgi"].ASGIWorker = base
    assert gunicorn.Worker is gunicorn.Worker
    assert f"{gunicorn.Worker.__module__}.{gunicorn.Worker.__qualname__}" == (
        "uvnet.contrib.gunicorn.Worker"
    )


def test_other_names_are_missing() -> None:
    with pytest.raises(AttributeError, match="'worker'; it has"):
        gunicorn.worker  # type: ignore[attr-defined] # noqa: B018
