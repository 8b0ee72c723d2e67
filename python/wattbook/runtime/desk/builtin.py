"""Desks that come with the package."""

from importlib.resources import files

from wattbook.runtime.desk.parse import parse_desk
from wattbook.runtime.desk.spec import Desk

__all__ = ["BUILTIN", "builtin_desk", "builtin_text"]

BUILTIN = ("generated", "recorded")


def builtin_text(name: str) -> str:
    """Return the TOML of the built-in desk `name`: ``generated`` or ``recorded``."""
    return (files("wattbook.runtime.desk") / f"{name}.toml").read_text(encoding="utf-8")


def builtin_desk(name: str) -> Desk:
    """Return the built-in desk `name`.

    Examples
    --------
    >>> [market.name for market in builtin_desk("generated").market]
    ['generated day', 'coupled day']
    """
    return parse_desk(builtin_text(name), f"built-in {name}.toml")
