from __future__ import annotations

from typing import Any

from cargo_old_ids import with_old_ids

REGISTRY = "registry+https://example.invalid/index"


def test_every_id_is_written_as_name_version_and_source() -> None:
    metadata: dict[str, Any] = {
        "packages": [
            {
                "id": "path+file:///w/crates/book#wattbook-book@0.1.0",
                "name": "wattbook-book",
                "version": "0.1.0",
                "source": None,
                "manifest_path": "/w/crates/book/Cargo.toml",
            },
            {
                "id": f"{REGISTRY}#syn@2.0.1",
                "name": "syn",
                "version": "2.0.1",
                "source": REGISTRY,
                "manifest_path": "/r/syn/Cargo.toml",
            },
        ],
        "workspace_members": ["path+file:///w/crates/book#wattbook-book@0.1.0"],
        "resolve": {"nodes": [{"id": f"{REGISTRY}#syn@2.0.1", "dependencies": []}]},
    }
    renamed = with_old_ids(metadata)
    assert renamed["workspace_members"] == ["wattbook-book 0.1.0 (path+file:///w/crates/book)"]
    assert renamed["packages"][0]["id"] == renamed["workspace_members"][0]
    assert renamed["resolve"]["nodes"][0]["id"] == f"syn 2.0.1 ({REGISTRY})"
