"""Amounts and means of single intervals from those that begin at the same time.

A forecast gives rain since its start, or since the last full six hours: 0 to 3 h, 0 to 6 h, 6 to
9 h. What fell from 3 to 6 h is a difference, and the mean flux of that time another one.
"""

from collections.abc import Iterable
from dataclasses import replace

from wattbook.sources.grib.field import Field

__all__ = ["intervals"]


def intervals(fields: Iterable[Field]) -> list[Field]:
    """Return accumulations and means of `fields` for the shortest intervals that they give.

    Of fields of one parameter, level, member, start of forecast and grid, with the same start of
    interval, each becomes the difference to the one that ends before it; the first stays. Amounts
    are subtracted; means are weighted by the lengths of their intervals. Small negative amounts,
    which come from packing, stay as they are. Other kinds of field are returned unchanged.

    Parameters
    ----------
    fields : iterable of Field
        In any order.

    Returns
    -------
    list of Field
        One for each field, by end of its interval within a kind; kinds in order of appearance.
    """
    kinds: dict[tuple[object, ...], list[Field]] = {}
    for field in fields:
        kinds.setdefault(_kind(field), []).append(field)
    found: list[Field] = []
    for group in kinds.values():
        if group[0].step_type not in {"accum", "avg"}:
            found += group
            continue
        group.sort(key=lambda field: field.valid_end)
        before: Field | None = None
        for field in group:
            if before is None or field.valid_end == before.valid_end:
                found.append(field)
            else:
                found.append(_difference(before, field))
            before = field
    return found


def _kind(field: Field) -> tuple[object, ...]:
    kind = (
        *(
            field.parameter,
            field.short_name,
            field.level_type,
            field.level,
            field.level_bottom,
            field.member,
        ),
        *(field.centre, field.step_type, field.reference, field.frame.grid_key),
    )
    if field.step_type in {"accum", "avg"} and field.valid_start != field.valid_end:
        return (*kind, field.valid_start)
    return (*kind, "instant", field.valid_end)


def _difference(before: Field, field: Field) -> Field:
    """Return what `field` says of the time after `before`, which begins when it begins."""
    if field.step_type == "accum":
        values = field.values - before.values
    else:
        whole = field.valid_end - field.valid_start
        part = before.valid_end - before.valid_start
        values = (field.values * whole - before.values * part) / (whole - part)
    return replace(field, values=values, valid_start=before.valid_end)
