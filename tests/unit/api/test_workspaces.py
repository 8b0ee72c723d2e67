"""What a user keeps is that user's alone, and stays when the desk is opened again."""

from pathlib import Path

from wattbook.api.workspaces import PER_USER_MAX, Workspaces


def test_each_user_has_its_own(tmp_path: Path) -> None:
    kept = Workspaces(tmp_path / "workspaces.sqlite")
    assert kept.keep("ada", "mine", "r(100:limits)")
    assert kept.keep("ben", "mine", "r(100:trades)")
    assert kept.keep("ada", "mine", "r(100:orders)")
    again = Workspaces(tmp_path / "workspaces.sqlite")
    assert [(one.name, one.layout) for one in again.of("ada")] == [("mine", "r(100:orders)")]
    assert again.drop("ada", "mine")
    assert not again.drop("ada", "mine")
    assert [one.layout for one in again.of("ben")] == ["r(100:trades)"]


def test_a_full_shelf_takes_changes_only(tmp_path: Path) -> None:
    kept = Workspaces(tmp_path / "workspaces.sqlite")
    with kept._base.transaction() as base:
        rows = [("ada", str(number), "r(100:orders)") for number in range(PER_USER_MAX)]
        base.executemany("INSERT INTO workspace VALUES (?, ?, ?)", rows)
    assert not kept.keep("ada", "one more", "r(100:limits)")
    assert kept.keep("ada", "7", "r(100:limits)")
    assert kept.keep("ben", "one more", "r(100:limits)")
