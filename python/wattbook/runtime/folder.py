"""The folder of a run: what it was asked to do, its journal, its events, its report."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wattbook.errors import RunError
from wattbook.runtime.figures import (
    AuctionName,
    ClearingName,
    MarketName,
    Names,
    StrategyName,
)

__all__ = ["RunFolder", "fresh_folder", "newest_folder", "slug", "writable"]

FORMAT = 1


def slug(text: str) -> str:
    """Return `text` as a folder name.

    Examples
    --------
    >>> slug("Victoria, calm day")
    'victoria-calm-day'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "run"


def fresh_folder(parent: Path, title: str) -> Path:
    """Return a folder of `parent` that is not there yet, named after `title`."""
    name, count = slug(title), 1
    while (parent / (name if count == 1 else f"{name}-{count}")).exists():
        count += 1
    return parent / (name if count == 1 else f"{name}-{count}")


def newest_folder(parent: Path, title: str) -> Path:
    """Return the newest folder that `fresh_folder` gave out.

    Raises
    ------
    RunError
        If there is none.
    """
    name, count = slug(title), 2
    newest = parent / name
    if not newest.exists():
        message = f"{newest} is not there, so there is nothing to resume; leave out --resume"
        raise RunError(message)
    while (parent / f"{name}-{count}").exists():
        newest = parent / f"{name}-{count}"
        count += 1
    return newest


@contextmanager
def writable(path: Path, fix: str = "give a folder with --out") -> Iterator[None]:
    """Turn what the disk refuses about what is left at `path` into an error with the fix.

    Raises
    ------
    RunError
        If it lies below a file, or cannot be made or written into.
    """
    try:
        yield
    except NotADirectoryError as fault:
        message = f"{path} is a file or lies below one; {fix}"
        raise RunError(message) from fault
    except FileExistsError as fault:
        message = f"{path} is a file; {fix}"
        raise RunError(message) from fault
    except OSError as fault:
        message = f"{path} cannot be written ({fault.strerror}); {fix}"
        raise RunError(message) from fault


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run on disk.

    Parameters
    ----------
    path : Path
        The folder.
    """

    path: Path

    @property
    def journal(self) -> Path:
        """Folder of the journal."""
        return self.path / "journal"

    @property
    def events(self) -> Path:
        """Folder of the event files."""
        return self.path / "events"

    @property
    def report(self) -> Path:
        """The report."""
        return self.path / "report.html"

    @property
    def desk(self) -> Path:
        """Copy of the desk file."""
        return self.path / "desk.toml"

    @property
    def facts(self) -> Path:
        """What was asked and what came of it."""
        return self.path / "run.json"

    @property
    def auctions(self) -> Path:
        """What the report shows of each auction that was cleared; not there without any."""
        return self.path / "auctions.json"

    @property
    def auction_periods(self) -> Path:
        """What the desk shows of each period of these auctions; not there without any."""
        return self.path / "auction_periods.json"

    @property
    def closes(self) -> Path:
        """The closes of its days."""
        return self.path / "closes.json"

    @property
    def dispatch(self) -> Path:
        """Folder of what batteries did that were really run; not there without any."""
        return self.path / "dispatch"

    @property
    def signals(self) -> Path:
        """Signals, the models behind them, and the orders that they caused."""
        return self.path / "signals.parquet"

    @property
    def quarantine(self) -> Path:
        """The rows of the sources that were set aside."""
        return self.path / "quarantine.parquet"

    def check(self, asked: dict[str, Any], desk_text: str, *, resume: bool) -> None:
        """Check that the folder can take the run, or holds the same one.

        Parameters
        ----------
        asked : dict
            What decides the run: title, seed, data folder, version.
        desk_text : str
            The desk file.
        resume : bool
            Whether to go on with what the folder holds.

        Raises
        ------
        RunError
            If the folder holds a run that is not to be resumed, or another run.
        """
        if not resume:
            with writable(self.path):
                # Before anything is read: the nearest folder above must be one.
                above = self.path
                while not above.exists() and above != above.parent:
                    above = above.parent
                if not above.is_dir():
                    raise NotADirectoryError(above)
                is_taken = self.path.exists() and any(self.path.iterdir())
            if is_taken:
                message = (
                    f"{self.path} is not empty; give another folder with --out, or --resume to go "
                    "on with its run"
                )
                raise RunError(message)
            return
        held = self.load()["asked"]
        for key, value in asked.items():
            if held.get(key) != value:
                message = (
                    f"{self.facts} was run with {key} {held.get(key)!r}, not {value!r}; resume "
                    "with the same or start another run"
                )
                raise RunError(message)
        if not self.desk.is_file() or self.desk.read_text(encoding="utf-8") != desk_text:
            message = f"{self.desk} differs from the desk file given; resume with the same desk"
            raise RunError(message)

    def begin(self, asked: dict[str, Any], desk_text: str) -> None:
        """Make the folder and note in it what was asked.

        Raises
        ------
        RunError
            If the folder cannot be made or written into.
        """
        with writable(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self.desk.write_text(desk_text, encoding="utf-8")
            self.save({"format": FORMAT, "asked": asked, "state": "running"})

    def load(self) -> dict[str, Any]:
        """Return what ``run.json`` holds.

        Raises
        ------
        RunError
            If it cannot be read.
        """
        try:
            document = json.loads(self.facts.read_text(encoding="utf-8"))
        except OSError as fault:
            message = f"{self.facts} cannot be read ({fault.strerror}); give the folder of a run"
            raise RunError(message) from fault
        except ValueError as fault:
            message = (
                f"{self.facts} is damaged ({fault}); put back a copy of it, or trade the desk "
                "again into another folder"
            )
            raise RunError(message) from fault
        if not isinstance(document, dict) or not isinstance(document.get("asked"), dict):
            message = f"{self.facts} does not say what was asked; put back a copy of it"
            raise RunError(message)
        if document.get("format") != FORMAT:
            message = f"{self.facts} is not of format {FORMAT}; replay it with the version it names"
            raise RunError(message)
        return document

    def save(self, document: dict[str, Any]) -> None:
        """Write ``run.json`` in one step, so that a crash leaves the old one."""
        draft = self.facts.with_suffix(".draft")
        draft.write_text(
            json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        draft.replace(self.facts)


def names_to_json(names: Names) -> dict[str, Any]:
    """Return names as plain values."""
    document: dict[str, Any] = json.loads(json.dumps(asdict(names)))
    return document


def market_from_json(entry: dict[str, Any]) -> MarketName:
    """Return the name of a market from plain values."""
    auctions = tuple(
        AuctionName(one["name"], tuple(one["instruments"])) for one in entry.get("auctions", ())
    )
    return MarketName(**{**entry, "auctions": auctions})


def names_from_json(document: dict[str, Any]) -> Names:
    """Return names from plain values.

    Raises
    ------
    RunError
        If a key is missing or unknown.
    """
    try:
        return Names(
            title=document["title"],
            currency=document["currency"],
            strategies=tuple(StrategyName(**entry) for entry in document["strategies"]),
            markets=tuple(market_from_json(entry) for entry in document["markets"]),
            counterparties=tuple(document.get("counterparties", ())),
            clearing=tuple(ClearingName(**entry) for entry in document.get("clearing", ())),
            limits=tuple(document.get("limits", ())),
        )
    except (KeyError, TypeError) as fault:
        message = f"run.json does not name its desk ({fault}); run it again"
        raise RunError(message) from fault
