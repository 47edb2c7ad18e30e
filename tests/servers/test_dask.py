"""dask.distributed: scheduler, workers and client on our loop, by the name of uvloop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .processes import LIMIT, environment, require

PROGRAM = """
import asyncio
import sys
import time

import dask
from distributed import Client, LocalCluster, wait

from uvnet.contrib import uvloop_alias

uvloop_alias.install()
dask.config.set({"distributed.admin.event-loop": "uvloop"})

ROUNDS = int(sys.argv[2])


async def kind_of_loop(dask_scheduler=None):
    return type(asyncio.get_running_loop()).__module__


def square(number):
    return number * number


def block(number, size=1 << 20):
    return bytes([number % 256]) * size


if __name__ == "__main__":
    processes = sys.argv[1] == "processes"
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=processes, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        kinds = set(client.run(kind_of_loop).values()) | {client.run_on_scheduler(kind_of_loop)}
        assert kinds == {"uvnet.aio.loop"}, kinds
        for turn in range(ROUNDS):
            numbers = range(turn * 1000, turn * 1000 + 300)
            squares = client.map(square, numbers)
            assert client.submit(sum, squares).result() == sum(n * n for n in numbers)
        blocks = client.map(block, range(16))  # which the workers then send to each other
        sizes = client.map(lambda a, b: len(a) + len(b), blocks, blocks[::-1])
        assert client.gather(sizes) == [2 << 20] * 16
        assert client.gather(blocks)[5] == block(5)
        [moved] = client.scatter([block(7, 1 << 24)])
        assert client.submit(len, moved).result() == 1 << 24
        sleeping = client.map(time.sleep, [0.001] * 100, pure=False)
        assert not wait(sleeping).not_done
    print("done")
"""


def run(tmp_path: Path, kind: str, rounds: int) -> None:
    require("distributed")
    (tmp_path / "program.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "program.py", kind, str(rounds)],
        cwd=tmp_path,
        env=environment(DASK_TEMPORARY_DIRECTORY=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=LIMIT * 4,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_a_cluster_computes(tmp_path: Path) -> None:
    run(tmp_path, "processes", 1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["processes", "threads"])
def test_a_cluster_computes_for_long(tmp_path: Path, kind: str) -> None:
    run(tmp_path, kind, 15)
