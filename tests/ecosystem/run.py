"""Run other projects' own tests on our loop and on asyncio's: python tests/ecosystem/run.py.

What fails on ours must fail on asyncio's as well, on the same machine. See README.md.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import re
import signal
import subprocess
import sys
import time

import environment
from compare import OUTCOMES, Results, Verdict, judge, read
from suites import ADAPTERS, HERE, SUITES, Suite

RESULTS = environment.BUILD / "results"
LOOPS = ("uvnet", "asyncio")
HANGS_AFTER = 3600  # seconds, of a whole suite


def main() -> int:
    names = [suite.name for suite in SUITES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", action="append", choices=names, help="may be given again")
    parser.add_argument("--loop", choices=LOOPS, help="one loop alone, and nothing is compared")
    parser.add_argument("--list", action="store_true", help="print the suites")
    parser.add_argument("--record", action="store_true", help="write the table into README.md")
    options = parser.parse_args()
    if options.record and (options.suite or options.loop):
        parser.error("--record is for all suites on both loops")
    if options.list:
        for suite in SUITES:
            print(suite.name, suite.version())
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # and end what runs
    environment.make()
    RESULTS.mkdir(exist_ok=True)
    within, note = environment.within_hosts()
    if note:
        print(note)
    good = True
    rows = []
    for suite in SUITES:
        if options.suite and suite.name not in options.suite:
            continue
        runs = {}
        for loop in [options.loop] if options.loop else reversed(LOOPS):
            runs[loop] = results = run(suite, loop, within)
            print(f"{suite.name} {suite.version()} on {loop}: {describe(results)}", flush=True)
            good &= whole(suite, loop, results)
        if len(runs) == 2:
            verdict = judge(
                runs["uvnet"],
                runs["asyncio"],
                suite.known,
                lambda test, ours, suite=suite: alone(suite, test, ours, within),
            )
            good &= tell(verdict)
            rows.append(row(suite, runs["uvnet"], runs["asyncio"], verdict))
    if rows:
        table = "\n".join([*HEADER, *rows])
        print("\n" + table)
        if options.record:
            record(table)
    return 0 if good else 1


# ------------------------------------------------------------------------------ running


def run(suite: Suite, loop: str, within: list[str], *tests: str) -> Results:
    """Run a suite, or some of its tests, and return what it told. Its output is in RESULTS."""
    name = f"{suite.name}.{loop}" + (".again" if tests else "")
    events = RESULTS / f"{name}.jsonl"
    events.write_text("")
    environ = {
        **os.environ,
        "ECOSYSTEM_LOOP": loop,
        "ECOSYSTEM_RESULTS": str(events),
        "PYTHONPATH": str(ADAPTERS),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PATH": f"{environment.VENV / 'bin'}:{os.environ['PATH']}",
    }
    folder = environment.SOURCES / f"{suite.name}-{suite.version()}"
    command = [*within, *suite.command(environment.PYTHON, tests)]
    with open(RESULTS / f"{name}.log", "a" if tests else "w") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        ended = ""
        try:
            process.wait(HANGS_AFTER)
        except subprocess.TimeoutExpired:
            ended = f"not within {HANGS_AFTER} s"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what it has left behind, too
            process.wait()
    if process.returncode < 0 and not ended:
        ended = f"by {signal.Signals(-process.returncode).name}"
    return read(events, ended)


def alone(suite: Suite, test: str, ours: bool, within: list[str]) -> bool:
    """Return whether the test passes when nothing else runs."""
    loop = "uvnet" if ours else "asyncio"
    outcome = run(suite, loop, within, test).outcomes.get(test, "not run")
    print(f"  again on {loop}: {test}: {outcome}", flush=True)
    return outcome not in ("failed", "not run")


def whole(suite: Suite, loop: str, results: Results) -> bool:
    """Return whether it was a run on that loop, from which something can be learnt."""
    faults = []
    if results.ended:
        faults.append(f"it ended {results.ended}; unfinished: {', '.join(results.unfinished)}")
    if not results.counts()["passed"]:
        faults.append("no test passed")
    if (results.loops > 0) != (loop == "uvnet"):
        faults.append(f"{results.loops} loops of ours were made")
    for fault in faults:
        print(f"  {fault}: see {RESULTS / f'{suite.name}.{loop}.log'}")
    return not faults


# ------------------------------------------------------------------------------ telling


def describe(results: Results) -> str:
    counts = results.counts()
    return ", ".join(f"{counts[name]} {name}" for name in reversed(OUTCOMES) if counts[name])


def tell(verdict: Verdict) -> bool:
    for test, how in verdict.different.items():
        print(f"  DIFFERENT {test}: {how}")
    for test in verdict.obsolete:
        print(f"  NOT DIFFERENT, take it out of the known ones: {test}")
    for test, why in verdict.known.items():
        print(f"  known: {test}: {why}")
    for test, what in verdict.flaky.items():
        print(f"  flaky: {test}: {what}")
    return not verdict.different and not verdict.obsolete


HEADER = [
    "| suite | uvnet: passed | failed | skipped | asyncio: passed | failed | skipped "
    "| known | flaky | different |",
    "|---|---|---|---|---|---|---|---|---|---|",
]


def row(suite: Suite, ours: Results, stock: Results, verdict: Verdict) -> str:
    cells = [f"{suite.name} {suite.version()}"]
    for results in (ours, stock):
        counts = results.counts()
        passed = counts["passed"] + counts["xpassed"] + counts["xfailed"]
        cells += [str(passed), str(counts["failed"]), str(counts["skipped"])]
    cells += [str(len(some)) for some in (verdict.known, verdict.flaky, verdict.different)]
    return f"| {' | '.join(cells)} |"


def record(table: str) -> None:
    """Put the table into README.md, between its marks."""
    readme = HERE / "README.md"
    when = time.strftime("%d %B %Y")
    what = f"{when}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    text = f"<!-- table -->\n{what}:\n\n{table}\n<!-- end -->"
    old = readme.read_text()
    readme.write_text(re.sub("<!-- table -->.*<!-- end -->", lambda _: text, old, flags=re.DOTALL))


if __name__ == "__main__":
    sys.exit(main())
