"""Build the extension modules. Everything else about the package is in pyproject.toml.

Environment: UVNET_DEBUG=1 or true (assertions, -O1 -g; names are of logs, for the run time),
UVNET_SANITIZE=address,undefined or thread, UVNET_TRACE=1 (line tracing in Cython modules),
UVNET_LTO=1 (as wheels are built), UVNET_CFLAGS (appended last, such as -O1 for a quick build),
UVNET_JOBS (CPUs by default), UVNET_LIBUV_SDIST (the archive of libuv: vendor/libuv/README.md).
"""

import fcntl
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zlib import crc32

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext as _build_ext
from setuptools.command.sdist import sdist as _sdist
from setuptools.modified import newer_group

PLATFORM = sys.platform
if PLATFORM not in ("linux", "darwin"):
    sys.exit(f"uvnet builds on Linux and macOS; this platform is {PLATFORM!r}")

OWNER = "uvnet._core.loop"  # the one extension that contains libuv and csrc
PACKAGE, CSRC, LIBUV = Path("uvnet"), Path("csrc"), Path("vendor/libuv")
CONFIG = tomllib.loads((LIBUV / "sources.toml").read_text())
TABLES = [CONFIG["common"], CONFIG[PLATFORM]]
NAMES, ON = ("DEBUG", "SANITIZE", "TRACE", "LTO", "CFLAGS", "JOBS"), ("1", "true")
DEBUG, SANITIZE, TRACE, LTO, CFLAGS, JOBS = (os.getenv(f"UVNET_{name}", "") for name in NAMES)

LINK = [f"-fsanitize={SANITIZE}"] * bool(SANITIZE)
LINK += ["-O3", "-g0", "-flto=thin" if PLATFORM == "darwin" else "-flto=auto"] * bool(LTO)
COMPILE = ["-fvisibility=hidden", "-fno-strict-aliasing", "-DUV_EXTERN=", "-O3", "-DNDEBUG", *LINK]
COMPILE += ["-fno-plt"] * (PLATFORM == "linux")  # two instructions less for a call into Python
COMPILE += ["-O1", "-g", "-fno-omit-frame-pointer", "-UNDEBUG"] * bool(DEBUG in ON or SANITIZE)
COMPILE += shlex.split(CFLAGS)
OURS = ["-std=gnu11", "-Wall", "-Wextra"]  # for the C that is written here
DIRECTIVES = {"language_level": 3, "binding": False, "cdivision": True, "linetrace": bool(TRACE)}
DIRECTIVES |= {"embedsignature": True, "embedsignature.format": "clinic", "auto_pickle": False}
DIRECTIVES |= {"freethreading_compatible": False, "annotation_typing": False}  # types: see .pxd


def sources() -> list[Path]:
    """Return every .pyx, every .py with a .pxd of its own beside it, and the plain C module."""
    augmented = [pxd.with_suffix(".py") for pxd in PACKAGE.rglob("*.pxd")]
    found = {*PACKAGE.rglob("*.pyx"), *augmented, PACKAGE / "bench/_load.c"}
    return sorted(path for path in found if path.exists() and path.stem != "__init__")


def extension(source: Path) -> Extension:
    owner, is_c = (name := ".".join(source.with_suffix("").parts)) == OWNER, source.suffix == ".c"
    return Extension(
        name,
        sorted(map(str, source.parent.glob(source.name.replace(".c", "*.c")))),  # _load_*.c, too
        include_dirs=["csrc", "vendor/libuv/include", "uvnet/_core"],
        define_macros=[("UVN_CAPI_OWNER", "1")] * owner + [("CYTHON_TRACE", "1")] * bool(TRACE),
        libraries=[lib for table in TABLES for lib in table["libraries"] if owner or is_c],
        extra_compile_args=COMPILE + OURS * is_c,
        extra_link_args=LINK,
    )


def fetch_libuv() -> None:
    subprocess.run([sys.executable, str(LIBUV / "fetch.py")], check=True)


class build_ext(_build_ext):
    """Generate C from Cython, compile libuv and csrc with flags of their own, then the modules."""

    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or int(JOBS or os.cpu_count() or 1)

    def run(self):
        os.makedirs("build", exist_ok=True)
        with open("build/.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two builds of one tree share files under build/
            fetch_libuv()
            self.cythonize()
            super().run()
        if not self.inplace:  # a wheel has the headers for Cython code outside, and the licences
            target = Path(self.build_lib, "uvnet/_core/include")
            shutil.copytree(LIBUV / "include", target, dirs_exist_ok=True)
            for path in (CSRC / "uvn.h", *LIBUV.glob("LICENSE*")):
                shutil.copy2(path, target)

    def cythonize(self):
        from Cython.Build import cythonize

        modules = [ext for ext in self.extensions if not ext.sources[0].endswith(".c")]
        folder = f"build/cython-{crc32(repr(DIRECTIVES).encode())}"
        options = {"nthreads": self.parallel, "force": self.force, "build_dir": folder}
        made = cythonize(modules, compiler_directives=DIRECTIVES, **options)
        for ext in modules:
            [ext.sources] = [other.sources for other in made if other.name == ext.name]

    def build_extensions(self):
        headers = [*CSRC.glob("*.h"), *PACKAGE.rglob("*.h"), LIBUV / "include/uv/version.h"]
        stamp = Path(self.build_temp, "flags")  # older than the modules unless the flags changed
        os.makedirs(self.build_temp, exist_ok=True)
        flags = repr([COMPILE, LINK, DIRECTIVES, self.compiler.compiler_so])
        if not stamp.exists() or stamp.read_text() != flags:
            stamp.write_text(flags)
        for ext in self.extensions:
            ext.extra_objects = self.compile_native() if ext.name == OWNER else []
            ext.depends = [*map(str, headers), str(stamp), *ext.extra_objects]
        super().build_extensions()

    def compile_native(self) -> list[str]:
        """Compile what changed of libuv and csrc, and return all their object files."""
        shared = [LIBUV / "sources.toml", LIBUV / "include/uv/version.h"]
        common = [*COMPILE, "-fPIC", f"-I{LIBUV}/include", f"-I{LIBUV}/src"]
        common += [f"-D{define}" for table in TABLES for define in table["defines"]]
        jobs = []  # (source, its flags, what else it depends on)
        for name in (name for table in TABLES for name in table["sources"]):
            renames = CONFIG["rename"][PLATFORM].get(name, {})
            jobs.append((LIBUV / name, [f"-D{old}={new}" for old, new in renames.items()], shared))
        for path in sorted(CSRC.glob("*.c")):
            jobs.append((path, [*OURS, f"-I{LIBUV}/src/unix"], [*shared, *CSRC.glob("*.h")]))
        # The flags name the folder, so that builds of different kinds can live side by side.
        folder = f"build/native-{crc32(repr([common, OURS, self.compiler.compiler_so]).encode())}"

        def compile_one(source: Path, flags: list[str], depends: list[Path]) -> str:
            [target] = self.compiler.object_filenames([str(source)], output_dir=folder)
            if self.force or newer_group([source, *depends], target):
                self.compiler.compile([str(source)], folder, extra_postargs=[*common, *flags])
            return target

        with ThreadPoolExecutor(self.parallel) as pool:
            return list(pool.map(compile_one, *zip(*jobs, strict=True)))


class sdist(_sdist):
    def run(self):
        fetch_libuv()
        super().run()


if __name__ == "__main__":
    setup(
        ext_modules=[extension(path) for path in sources()],
        cmdclass={"build_ext": build_ext, "sdist": sdist},
        # Not in pyproject.toml, because libuv's licences come with its sources.
        license_files=["LICENSE", "NOTICE", *map(str, sorted(LIBUV.glob("LICENSE*")))],
    )
