"""What test_dask.py runs as a process of its own: dask leaves threads and descriptors behind.

python dask_program.py serve          a cluster, and a load for each line of standard input
python dask_program.py faults FOLDER  what is said of clusters that cannot make load
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from distributed import Client, LocalCluster

from uvnet.bench.dask_load import DaskError, DaskLoad

PATIENCE = 60.0
PROCESSES: dict[str, Any] = {
    "threads_per_worker": 1,
    "processes": True,
    "dashboard_address": ":0",
}


def say(what: Any) -> None:
    print(json.dumps(what), flush=True)


def generators() -> int:
    """How many load generators are running below this process, a worker."""
    lines = [process.cmdline() for process in psutil.Process().children()]
    return sum(line[-1:] == ["uvnet.bench.dask_load"] for line in lines)


def serve() -> None:
    generators.__module__ = "__main__"  # goes to the workers by value
    with LocalCluster(n_workers=2, **PROCESSES) as cluster:
        with DaskLoad(cluster.scheduler_address, PATIENCE) as load:
            scheduler = cluster.scheduler_address
            say({"workers": load.workers, "host": load.host, "scheduler": scheduler})
            for line in sys.stdin:
                request = json.loads(line)
                timeout = request.pop("timeout", PATIENCE)
                try:
                    load.send(request)
                    say(load.receive(timeout))
                except DaskError as error:
                    say({"raised": str(error)})
            with Client(cluster, set_as_default=False) as client:
                before = sum(client.run(generators).values())
        with Client(cluster, set_as_default=False) as client:
            after = sum(client.run(generators).values())
    say({"before": before, "after": after})


def raised(address: str, timeout: float) -> str | None:
    try:
        DaskLoad(address, timeout).close()
    except DaskError as error:
        return str(error)
    return None


@contextmanager
def with_another_uvnet(folder: Path, init: str) -> Iterator[str]:
    """A cluster whose only worker imports this uvnet instead of ours; the scheduler's address."""
    package = folder / "uvnet"
    (package / "bench").mkdir(parents=True)
    (package / "__init__.py").write_text(init)
    (package / "_version.py").write_text("__version__ = '0.0.1'")
    for name in ("__init__", "_load"):
        (package / "bench" / f"{name}.py").write_text("")
    with LocalCluster(n_workers=0, **PROCESSES) as cluster:
        address = cluster.scheduler_address
        # Not one of the cluster's own, which would be given our sys.path.
        command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny"]
        worker = subprocess.Popen(
            [*command, "--no-dashboard"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            stderr=subprocess.DEVNULL,
        )
        try:
            yield address
        finally:
            worker.terminate()
            worker.wait()


def faults(folder: Path) -> None:
    missing = "raise ModuleNotFoundError('no uvnet on this worker')"
    with (
        with_another_uvnet(folder / "older", "") as older,
        with_another_uvnet(folder / "none", missing) as none,
        LocalCluster(n_workers=0, **PROCESSES) as empty,
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        gone = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        taken.close()
        say(
            {
                "gone": gone,
                "unreachable": raised(gone, 0.3),
                "nonsense": raised("nonsense", 0.3),
                "empty": raised(empty.scheduler_address, 0.3),
                "older": raised(older, PATIENCE),
                "none": raised(none, PATIENCE),
            }
        )


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        faults(Path(sys.argv[2]))
