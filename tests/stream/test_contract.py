"""The contract, on the streams of uvnet.stream."""

from __future__ import annotations

import pytest

from . import (  # noqa: F401
    checks_duplex,
    checks_iteration,
    checks_pipe,
    checks_readable,
    checks_writable,
    subjects,
)
from .contract import SUBJECTS, Check, Subject, cases, run_check


@pytest.mark.parametrize(("promise", "kind"), cases(list(SUBJECTS)))
def test_contract(promise: Check, kind: Subject) -> None:
    run_check(promise, kind)
