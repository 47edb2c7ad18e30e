"""Live progress on standard error: a bar where rich is installed, else one line; on terminals only.

Nothing runs beside the measurements for it: no thread draws, so that what is shown changes only
when somebody calls.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

BAR, TIMES = 24, 32  # columns of the terminal: the bar, and share and times after it


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds: 3:05; with hours if there are any."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def bar() -> Bar | None:
    """Return rich's bar on standard error, or None where rich is not installed."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
        from rich.text import Text
    except ImportError:
        return None

    console = Console(stderr=True)

    class Times(ProgressColumn):
        """Elapsed, and what is left at the pace so far."""

        def render(self, task: Task) -> Text:
            elapsed = task.elapsed or 0.0
            text = clock(elapsed)
            if task.completed and task.total:
                text += f", {clock(elapsed * (task.total / task.completed - 1))} left"
            return Text(text, style="progress.elapsed")

    class What(ProgressColumn):
        """What happens now, as it was said: brackets in it are no markup."""

        def render(self, task: Task) -> Text:
            text = Text(task.description)
            text.truncate(max(console.width - BAR - TIMES, 10), overflow="ellipsis")
            return text

    return Progress(
        BarColumn(bar_width=BAR),
        TextColumn("[progress.percentage]{task.percentage:>3.0f}%"),
        Times(),
        What(),
        console=console,
        auto_refresh=False,
        transient=True,
    )


class Progress:
    """What happens now, for whoever watches the terminal; nothing where there is none.

    A context manager: at its end what it showed is gone. It is called with a line of text, and
    steps tell how far the whole has come.

    Attributes:
        shown: Whether standard error is a terminal that can rewrite a line.
    """

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._bar = bar() if self.shown else None
        self._task: Any = None
        self._start = time.monotonic()
        self._far = ""

    def __call__(self, text: str) -> None:
        """Show the text instead of what was shown before; "" shows how far the whole is, alone."""
        if not self.shown:
            return
        if self._bar is not None:
            if self._task is None:
                if not text:
                    return
                self._bar.start()
                self._task = self._bar.add_task(text, total=None)
            self._bar.update(self._task, description=text, refresh=True)
            return
        line = f"{self._far}  {text}" if self._far and text else self._far or text
        columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        sys.stderr.write(f"\r\x1b[K{line[: columns - 1]}")  # a line that wraps is not rewritten
        sys.stderr.flush()

    def step(self, done: float, total: float, text: str) -> None:
        """Show how far the whole has come, and what happens now.

        Args:
            done: How much is done, in any unit: measurements, or the seconds that they take.
            total: How much there is to do, in the same unit.
            text: What happens now: scenario, subject and round.
        """
        if not self.shown:
            return
        if self._bar is not None:
            if self._task is None:
                self._bar.start()
                self._task = self._bar.add_task(text, total=total)
            self._bar.update(self._task, completed=done, total=total, description=text)
            self._bar.refresh()
            return
        elapsed = time.monotonic() - self._start
        self._far = f"{done / total:4.0%}  {clock(elapsed)}" if total else clock(elapsed)
        if done and total:
            self._far += f", {clock(elapsed * (total / done - 1))} left"
        self(text)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._task = None
        self._far = ""
        self("")
