"""The daily management report as a workbook and as PDF; both need the extra `report`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wattbook.errors import InputError
from wattbook.runtime.report.book import close_page
from wattbook.runtime.report.management import Section, management_sections, text_of

if TYPE_CHECKING:
    from wattbook.runtime.book import BookReference, DayClosed

__all__ = ["KINDS", "management_pdf", "management_workbook", "report_bytes"]

KINDS = (".html", ".xlsx", ".pdf")

WIDEST = 48
ROWS_OF_A_TABLE = 400
"""Positions beyond it are in the workbook."""


def report_bytes(suffix: str, found: DayClosed, reference: BookReference) -> bytes:
    """Return the report of a close as a file of a kind.

    Raises
    ------
    InputError
        If the kind is none of ``.html``, ``.xlsx`` and ``.pdf``, or what writes it is not
        installed.
    """
    match suffix:
        case ".html":
            return close_page(found, reference).encode("utf-8")
        case ".xlsx":
            return management_workbook(found, reference)
        case ".pdf":
            return management_pdf(found, reference)
        case _:
            raise InputError(f"a report is no {suffix or 'file without a suffix'}; give .html, "
                             ".xlsx or .pdf")  # fmt: skip


def management_workbook(found: DayClosed, reference: BookReference) -> bytes:
    """Return the report as XLSX: a sheet a section, numbers as numbers.

    Raises
    ------
    InputError
        If XlsxWriter is not installed.
    """
    try:
        import xlsxwriter  # noqa: PLC0415 - an extra
    except ImportError as fault:
        raise InputError("workbooks need XlsxWriter; install wattbook[report]") from fault
    target = io.BytesIO()
    # Text of deals is never a formula.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": title_of(found, reference)})
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        large = book.add_format({"bold": True, "font_size": 13})
        money = book.add_format({"num_format": "#,##0.00"})
        share = book.add_format({"num_format": "0.0%"})
        count = book.add_format({"num_format": "#,##0"})
        for section in management_sections(found, reference):
            sheet = book.add_worksheet(section.name.replace("&", "n"))
            sheet.write_string(0, 0, f"{title_of(found, reference)}: {section.caption}", large)
            for column, heading in enumerate(section.headings):
                sheet.write_string(2, column, heading, bold)
            for number, row in enumerate(section.rows, start=3):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(number, column, value)
                    elif value is not None:
                        is_share = section.headings[column].endswith("%")
                        kind = share if is_share else count if isinstance(value, int) else money
                        sheet.write_number(number, column, value, kind)
            for column, width in enumerate(widths(section)):
                sheet.set_column(column, column, width)
            sheet.freeze_panes(3, 1)
            last = 2 + len(section.rows)
            sheet.autofilter(2, 0, last, len(section.headings) - 1)
    return target.getvalue()


def title_of(found: DayClosed, reference: BookReference) -> str:
    """Return what the report is called."""
    return f"{reference.desk.name}, close of {found.close.day}"


def widths(section: Section) -> list[int]:
    """Return the width of each column, characters."""
    return [
        min(max([len(heading), *(len(text_of(row[at], heading)) for row in section.rows)]) + 2,
            WIDEST)
        for at, heading in enumerate(section.headings)
    ]  # fmt: skip


def management_pdf(found: DayClosed, reference: BookReference) -> bytes:
    """Return the report as PDF, the same bytes for the same close.

    Raises
    ------
    InputError
        If ReportLab is not installed.
    """
    try:
        from reportlab.lib.pagesizes import A4, landscape  # noqa: PLC0415 - an extra
        from reportlab.lib.styles import getSampleStyleSheet  # noqa: PLC0415
        from reportlab.lib.units import mm  # noqa: PLC0415
        from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer  # noqa: PLC0415
    except ImportError as fault:
        raise InputError("PDF needs ReportLab; install wattbook[report]") from fault
    styles = getSampleStyleSheet()
    parts: list[Any] = [Paragraph(escaped(title_of(found, reference)), styles["Title"])]
    for section in management_sections(found, reference):
        parts.append(Paragraph(escaped(section.caption), styles["Heading2"]))
        parts.append(pdf_table(section, styles["BodyText"]))
        left = len(section.rows) - ROWS_OF_A_TABLE
        if left > 0:
            parts.append(Paragraph(f"and {left:,} more rows in the workbook", styles["BodyText"]))
        parts.append(Spacer(1, 4 * mm))
        if section.name == "credit":
            parts.append(exposure_drawing(found, reference.desk.currency))
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=landscape(A4),
        title=title_of(found, reference),
        author=reference.desk.name,
        leftMargin=14 * mm,
        rightMargin=14 * mm,
        topMargin=12 * mm,
        bottomMargin=14 * mm,
        # Without the time of writing, the same close gives the same bytes.
        invariant=1,
    )
    document.build(parts, onFirstPage=numbered, onLaterPages=numbered)
    return target.getvalue()


def numbered(canvas: Any, document: Any) -> None:  # noqa: ANN401 - ReportLab has no types
    """Write the number of a page."""
    canvas.setFont("Helvetica", 8)
    canvas.drawRightString(document.pagesize[0] - 40, 22, f"{document.title} · {document.page}")


def escaped(text: str) -> str:
    """Return text for a paragraph, which reads tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def pdf_table(section: Section, style: Any) -> Any:  # noqa: ANN401 - ReportLab has no types
    """Return a section as a table."""
    from reportlab.lib import colors  # noqa: PLC0415 - an extra
    from reportlab.platypus import Paragraph, Table, TableStyle  # noqa: PLC0415

    small = style.clone("small", fontSize=7.5, leading=9)
    rows: list[list[Any]] = [
        [Paragraph(f"<b>{escaped(heading)}</b>", small) for heading in section.headings]
    ]
    rows += [
        [
            Paragraph(escaped(value), small)
            if isinstance(value, str)
            else text_of(value, section.headings[at])
            for at, value in enumerate(row)
        ]
        for row in section.rows[:ROWS_OF_A_TABLE]
    ]
    table = Table(rows, repeatRows=1, hAlign="LEFT", colWidths=pdf_widths(section))
    lines = [
        ("FONTSIZE", (0, 0), (-1, -1), 7.5),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("ALIGN", (1, 1), (-1, -1), "RIGHT"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.6, colors.black),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, colors.HexColor("#f2f4f7")]),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    table.setStyle(TableStyle(lines))
    return table


def pdf_widths(section: Section) -> list[float]:
    """Return the width of each column, points, that fills a page at most."""
    own = [4.3 * one + 14.0 for one in widths(section)]
    page = 760.0
    scale = min(page / sum(own), 1.0)
    return [one * scale for one in own]


def exposure_drawing(found: DayClosed, currency: str) -> Any:  # noqa: ANN401 - ReportLab has no types
    """Return a chart of potential future exposure by counterparty."""
    from reportlab.graphics.charts.legends import Legend  # noqa: PLC0415 - an extra
    from reportlab.graphics.charts.lineplots import LinePlot  # noqa: PLC0415
    from reportlab.graphics.shapes import Drawing, String  # noqa: PLC0415
    from reportlab.lib import colors  # noqa: PLC0415

    inks = [colors.HexColor(one) for one in ("#1f5fa8", "#b5521b", "#2f7d4f", "#7a3f9d")]
    drawing = Drawing(720, 190)
    shown: Sequence[Any] = found.figures.credit.counterparties
    if not shown:
        return drawing
    chart = LinePlot()
    chart.x, chart.y, chart.width, chart.height = 60, 30, 460, 130
    chart.data = [
        list(zip(one.profile.years.tolist(), (one.profile.potential / 1_000).tolist(), strict=True))
        for one in shown
    ]
    for at in range(len(shown)):
        chart.lines[at].strokeColor = inks[at % len(inks)]
        chart.lines[at].strokeWidth = 1.3
    chart.yValueAxis.valueMin = 0
    drawing.add(chart)
    drawing.add(
        String(60, 172, f"Potential future exposure, thousand {currency}, over years", fontSize=8)
    )
    legend = Legend()
    legend.x, legend.y, legend.fontSize = 540, 150, 8
    legend.colorNamePairs = [
        (inks[at % len(inks)], one.counterparty.name) for at, one in enumerate(shown)
    ]
    drawing.add(legend)
    return drawing
