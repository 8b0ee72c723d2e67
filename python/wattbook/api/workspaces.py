"""Workspaces: layouts of the desk that a user keeps by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api.access import Permission, User
from wattbook.api.guard import allowed
from wattbook.api.problems import Problem
from wattbook.store.database import Database

if TYPE_CHECKING:
    import pathlib

__all__ = ["PER_USER_MAX", "Workspaces", "router"]

PER_USER_MAX: Final = 100
SCHEMA: Final = (
    "CREATE TABLE workspace (user_name TEXT NOT NULL, name TEXT NOT NULL, layout TEXT NOT NULL, "
    "PRIMARY KEY (user_name, name))"
)
router = APIRouter(prefix="/v1/workspaces")
Name = Annotated[
    str,
    Path(
        pattern=r"^\w[\w .,+-]{0,39}$",
        description="Letters, digits, spaces, `_`, `.`, `,`, `+`, `-`; 40 of them at most.",
    ),
]
Keeper = Annotated[User, Depends(allowed(Permission.WORKSPACE))]


class Layout(BaseModel):
    """Which panels stand where, as the page's address holds it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"layout": "r(60:ladder,40:chart+trades)"}]}
    )

    layout: str = Field(pattern=r"^[rc]\([a-z0-9().,:+*-]{1,1998}$")


class Workspace(BaseModel):
    """A layout under the name that its user gave it."""

    name: str
    layout: str


class Workspaces:
    """The workspaces of every user.

    Parameters
    ----------
    path : Path
        Of the SQLite file.

    Raises
    ------
    StoreError
        If it cannot be opened.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._base = Database(path, SCHEMA)

    def of(self, user: str) -> list[Workspace]:
        """Return what a user keeps, by name."""
        statement = "SELECT name, layout FROM workspace WHERE user_name = ? ORDER BY name"
        found = self._base.rows(statement, (user,))
        return [Workspace(name=str(name), layout=str(layout)) for name, layout in found]

    def keep(self, user: str, name: str, layout: str) -> bool:
        """Keep a layout, in place of one of that name; return False where there are too many."""
        with self._base.transaction() as base:
            others = base.execute(
                "SELECT count(*) FROM workspace WHERE user_name = ? AND name <> ?", (user, name)
            ).fetchone()[0]
            if others >= PER_USER_MAX:
                return False
            base.execute("INSERT OR REPLACE INTO workspace VALUES (?, ?, ?)", (user, name, layout))
        return True

    def drop(self, user: str, name: str) -> bool:
        """Forget a workspace; return whether there was one."""
        statement = "DELETE FROM workspace WHERE user_name = ? AND name = ?"
        with self._base.transaction() as base:
            return base.execute(statement, (user, name)).rowcount > 0


def kept_of(request: Request) -> Workspaces:
    """Return where workspaces are kept."""
    kept: Workspaces = request.app.state.workspaces
    return kept


Kept = Annotated[Workspaces, Depends(kept_of)]


@router.get("", summary="Own workspaces")
def workspaces(user: Keeper, kept: Kept) -> list[Workspace]:
    """Return the workspaces of who asks, by name."""
    return kept.of(user.name)


@router.put("/{name}", summary="Keep a workspace")
def keep(user: Keeper, kept: Kept, name: Name, asked: Layout) -> Workspace:
    """Keep a layout by name, in place of the one that had it."""
    if not kept.keep(user.name, name, asked.layout):
        raise Problem(409, f"{PER_USER_MAX} workspaces are kept already; delete one first")
    return Workspace(name=name, layout=asked.layout)


@router.delete("/{name}", summary="Delete a workspace", status_code=204)
def drop(user: Keeper, kept: Kept, name: Name) -> Response:
    """Forget a workspace of who asks."""
    if not kept.drop(user.name, name):
        raise Problem(404, f"there is no workspace {name!r}; /v1/workspaces lists them")
    return Response(status_code=204)
