"""docs/event_order.md shows what is recorded, as it is recorded now."""

from __future__ import annotations

import pytest

from .event_order import PAGE, TEXT, columns, page, pairs, program
from .traces import SCENARIOS


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here, only the tests")
def test_the_page_is_what_the_traces_make() -> None:
    made = page(TEXT.read_text())
    assert PAGE.read_text() == made, "run: python tests/conformance/node/event_order.py"


def test_every_pair_exists_and_is_shown_once() -> None:
    shown = pairs(TEXT.read_text())
    assert len(shown) > 40
    assert set(shown) <= set(SCENARIOS)
    assert len(shown) == len(set(shown))


def test_a_pair_becomes_its_trace() -> None:
    made = page("## Before\n\n{contents}\n\n## One more\n\nText.\n\n{refused}\n")
    assert "\n## Before\n\n[One more](#one-more)\n\n## One more\n\n" in made
    assert "\nText.\n\n```python\nclient = watch(" in made
    assert "\nerror ECONNREFUSED/connect\n" in made
    assert "{" not in made


def test_ends_are_side_by_side() -> None:
    shown = columns("C.connect\nsrv.connection\nC.close False\n- done\n")
    assert shown.splitlines() == [
        "client        server       program",
        "-----------   ----------   -------",
        "connect       connection   done",
        "close False",
    ]
    with pytest.raises(AssertionError, match="ends without a title"):
        columns("X.connect\n")


def test_a_program_is_what_it_does() -> None:
    code = program("error_in_connect")
    assert code.startswith('trace_uncaught("C")')
    assert code.endswith("server = serve(on_connection, on_listening)")
    assert "DIFFERS" not in code and "import" not in code and '"""' not in code
