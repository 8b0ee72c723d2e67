"""Jobs are told by whoever does them, and read by a desk, whatever becomes of their programs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from wattbook.runtime.jobs import FILE, job, jobs

BEGINS = """
import os, sys
from pathlib import Path
from wattbook.runtime.jobs import job
with job(Path(sys.argv[1]), "close", "2027-01-05"):
    os._exit(9)
"""


def test_a_job_is_running_then_done(tmp_path: Path) -> None:
    assert jobs(tmp_path) == []
    with job(tmp_path, "verification", "journal") as work:
        work.tell(share=0.25, note="block 5")
        (one,) = jobs(tmp_path)
        assert (one.kind, one.subject, one.state) == ("verification", "journal", "running")
        assert (one.share, one.note, one.ended) == (0.25, "block 5", None)
    (one,) = jobs(tmp_path)
    assert (one.state, one.share, one.error) == ("done", 1.0, None)
    assert one.ended is not None
    assert one.ended >= one.started


def test_a_job_that_fails_says_why_and_raises(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no curve"), job(tmp_path, "close", "2027-01-05"):
        raise ValueError("no curve of 2027-01-05")
    (one,) = jobs(tmp_path)
    assert (one.state, one.error) == ("failed", "ValueError: no curve of 2027-01-05")


def test_a_job_whose_program_died_is_lost(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", BEGINS, tmp_path], check=False)
    assert done.returncode == 9
    (one,) = jobs(tmp_path)
    assert one.state == "lost"


def test_what_a_kill_has_cut_hides_no_other_job(tmp_path: Path) -> None:
    with job(tmp_path, "run", "a day"):
        pass
    with (tmp_path / FILE).open("a") as file:
        file.write('{"job": "cut\n[1]\nnull\n')
        file.write(json.dumps({"job": "unknown", "at": 5, "state": "done"}) + "\n")
    with job(tmp_path, "refit", "lear refit 1"):
        pass
    assert [(one.kind, one.state) for one in jobs(tmp_path)] == [("run", "done"), ("refit", "done")]


def test_progress_is_told_once_a_second_at_most(tmp_path: Path) -> None:
    with job(tmp_path, "run", "a day") as work:
        for share in range(1_000):
            work.advance(share / 1_000)
    assert len((tmp_path / FILE).read_text().splitlines()) < 50


def test_a_folder_that_cannot_be_written_stops_no_work(tmp_path: Path) -> None:
    with job(tmp_path / "none", "verification", "journal"):
        pass
    assert jobs(tmp_path / "none") == []
