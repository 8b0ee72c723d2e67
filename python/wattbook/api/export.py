"""Tables as XLSX: what a view shows, on its clock, written here."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api.access import Permission
from wattbook.api.guard import allowed
from wattbook.api.problems import Problem

__all__ = ["router", "workbook"]

router = APIRouter(prefix="/v1/export", dependencies=[Depends(allowed(Permission.READ))])
CONTENT: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_MOST: Final = 50_000
COLUMNS_MOST: Final = 200
WIDTH_MOST: Final = 60
Cell = str | float | bool | None
Text = Annotated[str, Field(max_length=32_767)]


class SheetAsked(BaseModel):
    """A table as it is shown."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"title": "Fills", "clock": "Europe/Berlin", "columns": ["price"], "rows": [[52.1]]}
            ]
        },
    )

    title: str = Field(min_length=1, max_length=200)
    clock: str = Field(max_length=64, description="Whose times are in it.")
    columns: list[Annotated[str, Field(max_length=200)]] = Field(
        min_length=1, max_length=COLUMNS_MOST
    )
    rows: list[Annotated[list[bool | float | Text | None], Field(max_length=COLUMNS_MOST)]] = Field(
        max_length=ROWS_MOST
    )


def workbook(asked: SheetAsked) -> bytes:
    """Return a workbook of one sheet: a title with the clock, a filtered header, the rows.

    Texts stay texts, also those that a spreadsheet would take for a formula or an address. Times
    are texts with their distance from UTC, since a spreadsheet's own times have no zone.

    Raises
    ------
    Problem
        422 if a row has another length than the header, 501 without the library that writes it.
    """
    try:
        import xlsxwriter  # noqa: PLC0415 - of an extra, and only for this
    except ImportError as fault:
        raise Problem(501, "XLSX needs wattbook[report]; install it, or export CSV") from fault
    for number, row in enumerate(asked.rows, start=1):
        if len(row) != len(asked.columns):
            detail = f"row {number} has {len(row)} cells for {len(asked.columns)} columns"
            raise Problem(422, detail)
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, {**options, "nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet("Table")
        bold = book.add_format({"bold": True})
        sheet.write_string(0, 0, f"{asked.title} (times on the clock of {asked.clock})", bold)
        for column, name in enumerate(asked.columns):
            sheet.write_string(2, column, name, bold)
            cells = (row[column] for row in asked.rows[:200])
            width = max((len(str(cell)) for cell in cells if cell is not None), default=0)
            sheet.set_column(column, column, min(max(width, len(name)) + 2, WIDTH_MOST))
        for line, row in enumerate(asked.rows, start=3):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(line, column, cell)
                elif cell is not None:
                    sheet.write(line, column, cell)
        sheet.autofilter(2, 0, 2 + len(asked.rows), len(asked.columns) - 1)
        sheet.freeze_panes(3, 0)
    return out.getvalue()


@router.post("/xlsx", summary="A table as XLSX", response_class=Response)
async def xlsx(asked: SheetAsked) -> Response:
    """Return a workbook of the table that is given."""
    return Response(await asyncio.to_thread(workbook, asked), media_type=CONTENT)
