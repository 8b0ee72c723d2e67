from __future__ import annotations

from test_totals import Totals, cargo_totals, pytest_totals


def test_cargo_binaries_add_up_and_ignored_tests_are_no_skips() -> None:
    log = """
test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.10s
test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s
"""
    assert cargo_totals(log) == Totals(passed=16, failed=1, skipped=0)


def test_a_junit_report_is_read_by_outcome() -> None:
    report = '<testsuites><testsuite tests="10" failures="1" errors="1" skipped="3"/></testsuites>'
    assert pytest_totals(report) == Totals(passed=5, failed=2, skipped=3)
