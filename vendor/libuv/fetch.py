"""Fetch libuv's sources: get the pinned archive, check its hash, unpack what we build from.

Run as a script, or let setup.py run it. It does nothing when the right version is already there.

Environment:
    UVNET_LIBUV_SDIST: path of the archive, for machines without a network.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
REQUIREMENT = HERE / "source.txt"
WANTED = ("include", "src", "CMakeLists.txt", "LICENSE", "LICENSE-extra")


def version_present() -> str | None:
    """Return the version of the unpacked libuv, or None if it is missing or incomplete."""
    if not all((HERE / name).exists() for name in WANTED):
        return None
    header = (HERE / "include" / "uv" / "version.h").read_text()
    numbers = dict(re.findall(r"#define UV_VERSION_(MAJOR|MINOR|PATCH) (\d+)", header))
    return "{MAJOR}.{MINOR}.{PATCH}".format(**numbers)


def requirement() -> tuple[str, str]:
    """Return the archive's file name and SHA-256, as source.txt gives them."""
    text = REQUIREMENT.read_text()
    match = re.fullmatch(r"([\w.-]+)==([\w.]+) --hash=sha256:([0-9a-f]{64})\s*", text)
    if match is None:
        sys.exit(f"{REQUIREMENT}: expected 'NAME==VERSION --hash=sha256:HEX', found {text!r}")
    name, version, digest = match.groups()
    return f"{name}-{version}.tar.gz", digest


def download(archive: str, directory: Path) -> Path:
    """Let pip download the archive into directory."""
    # pip wants to run the archive's own metadata step. With isolation it would first install the
    # build requirements of a package that we only want to unpack.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--require-hashes"]
    command += ["--requirement", str(REQUIREMENT), "--dest", str(directory)]
    if subprocess.run(command).returncode != 0:
        sys.exit(
            f"pip could not download {archive}, which carries libuv's sources.\n"
            "The command was: " + " ".join(command) + "\n"
            f"Without a network, set UVNET_LIBUV_SDIST to the path of {archive}."
        )
    return directory / archive


def check(path: Path, digest: str) -> None:
    """Exit unless the file at path has the given SHA-256."""
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        sys.exit(f"cannot read libuv's archive: {error}")
    if found != digest:
        sys.exit(f"{path}: SHA-256 is {found}, but {REQUIREMENT} asks for {digest}")


def unpack(path: Path, directory: Path) -> None:
    """Write the wanted regular files under vendor/libuv of the archive into directory."""
    with tarfile.open(path) as archive:
        for member in archive:
            # The first part is the archive's own NAME-VERSION folder.
            parts = PurePosixPath(member.name).parts[1:]
            if parts[:2] != ("vendor", "libuv") or len(parts) < 3 or parts[2] not in WANTED:
                continue
            if member.isdir():
                continue
            if not member.isfile() or ".." in parts:
                sys.exit(f"{path}: refusing to unpack {member.name!r}")
            target = directory.joinpath(*parts[2:])
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.extractfile(member) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)


def fetch() -> None:
    """Bring libuv's sources beside this file, unless they are there already."""
    wanted_version = tomllib.loads((HERE / "sources.toml").read_text())["version"]
    if version_present() == wanted_version:
        return
    archive, digest = requirement()
    with tempfile.TemporaryDirectory(dir=HERE, prefix=".fetch-") as name:
        scratch = Path(name)
        given = os.environ.get("UVNET_LIBUV_SDIST")
        path = Path(given) if given else download(archive, scratch)
        check(path, digest)
        unpack(path, scratch / "libuv")
        for wanted in WANTED:
            if not (scratch / "libuv" / wanted).exists():
                sys.exit(f"{path}: has no vendor/libuv/{wanted}")
        # Each rename is atomic and the old tree goes first, so that a fetch cut short is seen as
        # missing next time, never as complete.
        for wanted in WANTED:
            old = HERE / wanted
            if old.exists():
                old.rename(scratch / wanted)
        for wanted in WANTED:
            (scratch / "libuv" / wanted).rename(HERE / wanted)
    found = version_present()
    if found != wanted_version:
        sys.exit(f"{archive} carries libuv {found}, but sources.toml says {wanted_version}")
    print(f"libuv {found}: unpacked {archive} into {HERE}")


if __name__ == "__main__":
    fetch()
