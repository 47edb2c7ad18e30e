"""tornado: IOLoop calls asyncio.new_event_loop. Its suite is unittest's: this is its runner.

python adapt_tornado.py [TEST ...]
"""

import runpy
import unittest

import choose
import record


class Result(unittest.TextTestResult):
    """Tells the recorder what it tells the terminal."""

    def startTest(self, test: unittest.TestCase) -> None:
        record.write(start=test.id())
        super().startTest(test)

    def addSuccess(self, test: unittest.TestCase) -> None:
        record.write(test=test.id(), outcome="passed")
        super().addSuccess(test)

    def addError(self, test: unittest.TestCase, err: tuple) -> None:
        record.write(test=test.id(), outcome="failed")
        super().addError(test, err)

    def addFailure(self, test: unittest.TestCase, err: tuple) -> None:
        record.write(test=test.id(), outcome="failed")
        super().addFailure(test, err)

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: tuple) -> None:
        if err is not None:
            record.write(test=test.id(), outcome="failed")
        super().addSubTest(test, subtest, err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        record.write(test=test.id(), outcome="skipped")
        super().addSkip(test, reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: tuple) -> None:
        record.write(test=test.id(), outcome="xfailed")
        super().addExpectedFailure(test, err)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        record.write(test=test.id(), outcome="xpassed")
        super().addUnexpectedSuccess(test)


if __name__ == "__main__":
    choose.aim()
    unittest.TextTestResult = Result  # type: ignore[misc]
    try:
        runpy.run_module("tornado.test.runtests", run_name="__main__", alter_sys=True)
    finally:
        record.write(loops=choose.made)
