"""Real servers, clients and frameworks on our loop. `make servers` installs them and runs this."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .processes import CERTIFICATE, environment, free_port, postgres_folder, require, running

# What a sanitizer needs in a process of Python's is not for those of others.
PLAIN = {"LD_PRELOAD": ""}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What others' code warns of for the future is no fault of ours; all else stays an error."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for category in ("DeprecationWarning", "PendingDeprecationWarning"):
                item.add_marker(pytest.mark.filterwarnings(f"ignore::{category}"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[dict[str, str]]:
    """A PostgreSQL server of its own; the variables by which its clients find it."""
    require("PostgreSQL")
    folder = postgres_folder()
    assert folder is not None
    # Not below pytest's folder, which only the user who runs pytest can enter.
    home = Path(tempfile.mkdtemp(prefix="uvnet-postgres-"))
    options: dict[str, Any] = {"env": environment(LC_ALL="C", **PLAIN)}
    if os.geteuid() == 0:  # which it refuses to run as
        names = {user.pw_name for user in pwd.getpwall()}
        user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        os.chown(home, user.pw_uid, user.pw_gid)
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    data, port = home / "data", free_port()
    try:
        done = subprocess.run(
            [folder / "initdb", "-D", data, "-U", "uvnet", "-A", "trust", "-E", "UTF8", "-N"],
            cwd=home,
            capture_output=True,
            text=True,
            **options,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        # It takes no key that others could read.
        for name in ("server.crt", "server.key"):
            shutil.copy(CERTIFICATE, data / name)
            if "user" in options:
                os.chown(data / name, options["user"], options["group"])
            os.chmod(data / name, 0o600)
        command = [folder / "postgres", "-D", data, "-k", home, "-h", "127.0.0.1", "-p", str(port)]
        command += ["-c", "fsync=off", "-c", "max_connections=100", "-c", "ssl=on"]
        # SIGINT: its fast shutdown, which does not wait for clients.
        with running(command, home, ends=signal.SIGINT, **options) as program:
            program.wait_for_output("database system is ready to accept connections")
            yield {
                "PGHOST": "127.0.0.1",
                "PGPORT": str(port),
                "PGUSER": "uvnet",
                "PGDATABASE": "postgres",
                "PGSOCKETS": str(home),  # ours: the folder of its Unix socket
            }
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A Redis server of its own, which keeps nothing on disk: its port and its Unix socket."""
    require("Redis")
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    path = folder / "redis.sock"
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--unixsocket", str(path)]
    with running(command, folder, env=environment(**PLAIN)) as program:
        program.wait_for_port(port)
        yield port, path


@pytest.fixture
def redis_port(redis_server: tuple[int, Path]) -> int:
    return redis_server[0]


@pytest.fixture
def redis_socket(redis_server: tuple[int, Path]) -> Path:
    return redis_server[1]
