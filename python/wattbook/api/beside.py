"""Folders that a desk shows beside its run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Beside", "Shelf"]


@dataclass(frozen=True, slots=True)
class Beside:
    """Folders that a desk shows beside its run; None where it was opened without one.

    Parameters
    ----------
    book : Path, optional
        A book of bilateral deals.
    curves : Path, optional
        A history of forward curves, as ``wattbook curve --keep`` keeps it.
    ingest : Path, optional
        Stores of ``wattbook ingest``, whose quarantine is decided on at the desk.
    islands : tuple of str
        Further modules with sources that filled the stores, to read their payloads again.
    leaderboard : Path, optional
        What ``wattbook forecast leaderboard --json`` wrote.
    """

    book: Path | None = None
    curves: Path | None = None
    ingest: Path | None = None
    islands: tuple[str, ...] = ()
    leaderboard: Path | None = None


async def beside(request: Request) -> Beside:
    """Return what the desk shows beside its run."""
    found: Beside = request.app.state.beside
    return found


Shelf = Annotated[Beside, Depends(beside)]
