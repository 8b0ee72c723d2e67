"""Add up what cargo and pytest reported: one line a suite and one for all."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

CARGO_RESULT = re.compile(
    r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", re.MULTILINE
)


@dataclass(frozen=True)
class Totals:
    """Tests of one suite by outcome."""

    passed: int
    failed: int
    skipped: int

    def __add__(self, other: Totals) -> Totals:
        """Return both suites together."""
        return Totals(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )

    def __str__(self) -> str:
        """Return the line that a log ends with."""
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def cargo_totals(log: str) -> Totals:
    """Return the sum over every binary in what ``cargo test`` printed.

    Ignored tests do not count as skipped: they are the slow ones, which have a suite of their own.
    """
    results = [(int(passed), int(failed)) for passed, failed, _ in CARGO_RESULT.findall(log)]
    return Totals(sum(passed for passed, _ in results), sum(failed for _, failed in results), 0)


def pytest_totals(report: str) -> Totals:
    """Return the totals of one JUnit `report`; an error counts as a failure."""
    passed = failed = skipped = 0
    for suite in ET.fromstring(report).iter("testsuite"):  # noqa: S314 - written by us
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        left_out = int(suite.get("skipped", 0))
        passed += int(suite.get("tests", 0)) - bad - left_out
        failed += bad
        skipped += left_out
    return Totals(passed, failed, skipped)


def main(folder: str) -> int:
    """Print the totals of every report in `folder`; return 1 if there is none or one failed."""
    every = Totals(0, 0, 0)
    for path in sorted(Path(folder).iterdir()):
        text = path.read_text(encoding="utf-8")
        totals = pytest_totals(text) if path.suffix == ".xml" else cargo_totals(text)
        print(f"{path.stem}: {totals}")
        every += totals
    print(f"all tests: {every}")
    return 0 if every.passed and not every.failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
