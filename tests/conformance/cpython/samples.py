"""Tests that end in every way, and a loop that lacks much: what the harness is tested with."""

from __future__ import annotations

import asyncio
import atexit
import os
import subprocess
import sys
import time
import unittest
from typing import Any

from bindings import Bound

PACKAGE = ""
ALONE = [Bound("samples", "Mixin", "Bound"), Bound("samples", "Ends")]
WHOLE = ["samples"]


class Broken(asyncio.SelectorEventLoop):
    """What a class of tests needs of its loop, it has not."""

    def sock_sendall(self, *args: Any) -> Any:
        raise NotImplementedError

    def run_in_executor(self, *args: Any) -> Any:
        raise NotImplementedError

    def subprocess_exec(self, *args: Any, **options: Any) -> Any:
        raise NotImplementedError

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        raise NotImplementedError


def new_event_loop() -> asyncio.AbstractEventLoop:
    return Broken()


class Mixin:
    def test_which_loop(self: Any) -> None:
        loop = self.create_event_loop()
        loop.close()
        self.assertIsInstance(loop, Broken)


class Ends(unittest.TestCase):
    def test_passes(self) -> None:
        pass

    def test_fails(self) -> None:
        print("printed before")
        self.fail("because")

    @unittest.skip("because")
    def test_skipped(self) -> None:
        self.fail()

    @unittest.expectedFailure
    def test_expected_failure(self) -> None:
        self.fail()

    @unittest.expectedFailure
    def test_unexpected_success(self) -> None:
        pass

    def test_subtest_fails(self) -> None:
        with self.subTest(n=1):
            self.fail("because")

    def test_cleanup_fails(self) -> None:
        self.addCleanup(self.fail, "because")

    def test_unraisable(self) -> None:
        class Noisy:
            def __del__(self) -> None:
                raise ValueError("because")

        Noisy()

    def test_hangs(self) -> None:
        # What it has started ends with it.
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(f"child {child.pid}", flush=True)
        time.sleep(600)

    def test_crashes(self) -> None:
        os.abort()

    def test_ends_badly(self) -> None:
        atexit.register(os._exit, 3)


class Fixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        raise ValueError("because")

    def test_never_run(self) -> None:
        pass


class Crash(unittest.TestCase):
    def test_0_passes(self) -> None:
        pass

    def test_1_crashes(self) -> None:
        os.abort()

    def test_2_passes(self) -> None:
        pass
