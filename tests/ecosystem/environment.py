"""build/ecosystem: the sources of the suites, and an environment with them and uvnet in it."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tarfile
from pathlib import Path

from suites import PINS, SUITES, TOOLS

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "ecosystem"
SOURCES = BUILD / "sources"
VENV = BUILD / "venv"
PYTHON = VENV / "bin" / "python"


def make() -> None:
    """Make it, unless it is there for the same versions and the same Python."""
    stamp = BUILD / "made"
    what = hashlib.sha256(PINS.read_bytes() + TOOLS.read_bytes() + sys.version.encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != what:
        shutil.rmtree(BUILD, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        _pip("install", "--upgrade", "pip>=25.1")
        _pip("install", "-r", PINS, "-r", TOOLS)
        _fetch()
        stamp.write_text(what)
    _link()


def _pip(*arguments: str | Path) -> None:
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, *arguments], check=True)


def _fetch() -> None:
    """Unpack the source distributions, which alone hold the tests."""
    archives = BUILD / "archives"
    names = ",".join(suite.name for suite in SUITES)
    _pip("download", "--no-deps", "--no-binary", names, "--dest", archives, "-r", PINS)
    for archive in sorted(archives.iterdir()):
        with tarfile.open(archive) as tar:
            tar.extractall(SOURCES, filter="data")


def _link() -> None:
    """Have the environment import uvnet from this tree, and nothing else from it."""
    [packages] = VENV.glob("lib/python3.*/site-packages")
    link = packages / "uvnet"
    if not link.is_symlink() or link.resolve() != ROOT / "uvnet":
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT / "uvnet", target_is_directory=True)
    subprocess.run([PYTHON, "-c", "import uvnet; uvnet.new_event_loop().close()"], check=True)


def within_hosts() -> tuple[list[str], str]:
    """Return what goes before a command so that "localhost" is ::1, too, and a note about it.

    Many tests want that. Where /etc/hosts has it not, root can mount another one for the command.
    """
    try:
        socket.getaddrinfo("localhost", 0, socket.AF_INET6)
        return [], ""
    except socket.gaierror:
        pass
    hosts = BUILD / "hosts"
    hosts.write_text(Path("/etc/hosts").read_text() + "\n::1 localhost\n")
    script = 'mount --bind "$0" /etc/hosts && exec "$@"'
    mount = ["unshare", "--mount", "sh", "-c", script, str(hosts)]
    if os.geteuid() == 0 and shutil.which("unshare"):
        tried = subprocess.run([*mount, "true"], capture_output=True)
        if tried.returncode == 0:
            return mount, '/etc/hosts has no "::1 localhost": it is mounted for the suites'
    return [], '/etc/hosts has no "::1 localhost": many tests fail on either loop'
