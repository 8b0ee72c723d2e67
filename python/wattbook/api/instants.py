"""Instants as the API writes them."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

__all__ = ["INSTANT_FORMAT", "Instant"]

INSTANT_FORMAT: Final = "unix-time-ns"
Instant = Annotated[int, Field(json_schema_extra={"format": INSTANT_FORMAT})]
"""Nanoseconds since 1970-01-01T00:00Z; its format tells clients that it is no count."""
