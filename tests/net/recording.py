"""Handles that keep a record of what was set on them."""

from __future__ import annotations

from typing import Any

from uvnet import _core


class RecordingTCP(_core.TCP):
    """A TCP handle; `calls` has the name and arguments of each option that was set."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.calls: list[tuple[Any, ...]] = []

    def set_no_delay(self, *args: Any) -> int:
        self.calls.append(("no_delay", *args))
        return super().set_no_delay(*args)

    def set_keep_alive(self, *args: Any) -> int:
        self.calls.append(("keep_alive", *args))
        return super().set_keep_alive(*args)

    def set_type_of_service(self, *args: Any) -> int:
        self.calls.append(("type_of_service", *args))
        return super().set_type_of_service(*args)

    def ref(self) -> int:
        self.calls.append(("ref",))
        return super().ref()

    def unref(self) -> int:
        self.calls.append(("unref",))
        return super().unref()
