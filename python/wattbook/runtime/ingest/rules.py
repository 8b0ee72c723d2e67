"""The rule file of a store: what rows pass, kept with the stores so that it can be replayed."""

import hashlib
from pathlib import Path

from wattbook.errors import InputError
from wattbook.runtime.ingest.normalizers import ByRules
from wattbook.sources.fetch.cache import write_whole

__all__ = ["StoreRules"]


class StoreRules:
    """Every rule file that a store was ever filled by, by its SHA-256, and which one holds.

    Parameters
    ----------
    root : Path
        Folder; made when first written to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.current = root / "current"

    def text(self) -> str | None:
        """Return the rule file that holds; none for the one that ships."""
        if not self.current.exists():
            return None
        name = self.current.read_text("ascii").strip()
        return (self.root / f"{name}.toml").read_text("utf-8")

    def adopt(self, path: Path) -> None:
        """Let a rule file hold from now on.

        Raises
        ------
        InputError
            If it cannot be read or a rule in it cannot be; names place and fix.
        """
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            message = f"the rule file {path} cannot be read ({fault}); give a TOML file"
            raise InputError(message) from fault
        try:
            ByRules(rules=text)
        except InputError as fault:
            message = f"{path}: {fault}"
            raise InputError(message) from fault
        name = hashlib.sha256(text.encode()).hexdigest()
        write_whole(self.root / f"{name}.toml", text.encode())
        write_whole(self.current, name.encode())
