"""Check that each crate depends only on crates of lower layers.

The layers stand in `[workspace.metadata] layers` of `Cargo.toml`, lowest first; crates of one layer
know nothing of each other, and crates named in `exempt` may depend on any. Development
dependencies are free: a test may stand on anything.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

PREFIX = "wattbook-"


def violations(metadata: dict[str, Any]) -> list[str]:
    """Return one sentence for each crate without a layer and each dependency that goes upwards.

    Parameters
    ----------
    metadata : dict
        What ``cargo metadata --format-version 1 --no-deps`` prints.
    """
    settings = metadata["metadata"]
    exempt = set(settings["exempt"])
    level = {name: i for i, names in enumerate(settings["layers"]) for name in names}
    crates = {
        package["name"].removeprefix(PREFIX): package["dependencies"]
        for package in metadata["packages"]
    }
    found = [
        f"crate {name} has no layer; name it in [workspace.metadata] layers"
        for name in crates
        if name not in level and name not in exempt
    ]
    found += [
        f"layers name {name}, which is no crate of this workspace"
        for name in [*level, *exempt]
        if name not in crates
    ]
    for name in crates.keys() & level.keys():
        for dependency in crates[name]:
            used = dependency["name"].removeprefix(PREFIX)
            if dependency["kind"] == "dev" or used not in crates:
                continue
            if level.get(used, len(level)) >= level[name]:
                found.append(f"crate {name} depends on {used}, which is not below it")
    return sorted(found)


def main() -> int:
    """Print every violation; return 1 if there is one."""
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = violations(json.loads(printed))
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
