"""The comparison with wrk: its output is read right, and the script runs."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "agreement.py"

# As wrk 4.1.0 prints it.
FINE = """\
Running 1s test @ http://127.0.0.1:8099/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   388.43us  605.54us   5.62ms   93.94%
    Req/Sec    49.75k     9.99k   67.56k    70.00%
  49482 requests in 1.00s, 50.26MB read
Requests/sec:  49374.51
Transfer/sec:     50.15MB
"""
REFUSED = FINE.replace("Requests/sec", "  Non-2xx or 3xx responses: 11157\nRequests/sec")
BROKEN = FINE.replace(
    "Requests/sec", "  Socket errors: connect 0, read 3, write 0, timeout 0\nRequests/sec"
)
NONE = FINE.replace("49482 requests", "0 requests").replace("49374.51", "0.00")


@pytest.fixture(scope="module")
def agreement() -> ModuleType:
    if not SCRIPT.exists():
        pytest.skip("the source tree is not here: only the tests were copied")
    spec = importlib.util.spec_from_file_location("agreement", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_rate_is_read(agreement: ModuleType) -> None:
    assert agreement.parse(FINE) == (49482, 49374.51)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (REFUSED, "wrk: Non-2xx or 3xx responses: 11157"),
        (BROKEN, "wrk: Socket errors: connect 0, read 3, write 0, timeout 0"),
        (NONE, "wrk had no answer at all"),
        ("unable to connect", "wrk printed no rate, but 'unable to connect'"),
        ("", "wrk printed no rate, but 'nothing'"),
    ],
)
def test_what_is_no_measurement_is_refused(
    agreement: ModuleType, output: str, message: str
) -> None:
    with pytest.raises(agreement.WrkError) as caught:
        agreement.parse(output)
    assert str(caught.value) == message


def test_the_ratio_is_to_wrk(agreement: ModuleType) -> None:
    ours, theirs = [100.0, 110.0, 90.0], [100.0, 100.0, 100.0]
    found = agreement.document(ours, theirs, 1, 16)["scenarios"][0]
    assert found["base"] == "wrk"
    by_subject = {result["subject"]: result for result in found["results"]}
    assert by_subject["uvnet"]["ratio"] == {"median": 1.0, "low": 0.9, "high": 1.1}
    assert by_subject["wrk"]["ratio"] == {"median": 1.0, "low": 1.0, "high": 1.0}
    assert by_subject["uvnet"]["value"] == 100.0


def test_it_says_that_wrk_is_missing(agreement: ModuleType, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 2
    assert done.stderr == "wrk is not installed: apt-get install wrk, or brew install wrk\n"


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_the_script_runs(agreement: ModuleType, tmp_path: Path) -> None:
    """One short round, whose ratio on a busy machine may be anything: 0 and 1 are both fine."""
    for package in ("uvicorn", "httptools"):
        pytest.importorskip(package)
    output = tmp_path / "agreement.json"
    done = subprocess.run(
        [sys.executable, SCRIPT, "--rounds", "1", "--seconds", "1", "--output", output],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode in (0, 1), done.stderr
    wrk, ours, ratio = done.stdout.splitlines()
    assert re.fullmatch(r"wrk +[\d,]+ requests/s, spread 0%", wrk)
    assert re.fullmatch(r"uvnet\.bench\.load +[\d,]+ requests/s, spread 0%", ours)
    assert re.fullmatch(r"ratio to wrk +[\d.]+ \([\d.]+ to [\d.]+\): .*10%.*", ratio)
    assert ("within" in ratio) == (done.returncode == 0)
    found = json.loads(output.read_text())["scenarios"][0]["results"]
    assert [result["subject"] for result in found] == ["wrk", "uvnet"]
