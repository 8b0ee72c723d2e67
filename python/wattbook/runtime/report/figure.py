"""Plots and tables of the reports where they were made: in a notebook."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["INKS", "Figure"]

INKS = {
    "muted": "#59636e",
    "grid": "#e6e9ed",
    "line-0": "#1b1f24",
    "line-1": "#0072b2",
    "line-2": "#c2500a",
    "line-3": "#00795a",
    "line-4": "#9b4d85",
    "line-5": "#7d6608",
}
"""The light colours of the reports (`web/report/report.css`): a notebook has a theme of its own,
so a figure brings a white ground and the colours for it."""

COLOURS = ";".join(f"--{name}:{colour}" for name, colour in INKS.items())
STYLE = f""".wattbook-figure{{{COLOURS}}}
.wattbook-figure{{background:#fff;color:#1b1f24;padding:.75rem;font-family:sans-serif}}
.wattbook-figure .plots{{display:flex;flex-wrap:wrap;gap:1rem}}
.wattbook-figure .plots>*{{flex:1 1 26rem;min-width:0;max-width:100%}}
.wattbook-figure .plot{{margin:0;width:100%;max-width:46rem}}
.wattbook-figure .plot svg{{width:100%;height:auto}}
.wattbook-figure .plot text{{font-size:11px;fill:var(--muted)}}
.wattbook-figure .legend{{display:flex;flex-wrap:wrap;gap:.3rem 1rem;font-size:.8rem}}
.wattbook-figure .legend svg{{width:28px;height:8px}}
.wattbook-figure h3{{font-size:.9rem;margin:0 0 .25rem}}
.wattbook-figure .tall{{max-height:20rem;overflow:auto}}
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """HTML that a notebook shows.

    Parameters
    ----------
    html : str
        Of one or more plots or panels of `wattbook.runtime.report`, such as
        `wattbook.runtime.report.auction.merit_order` or
        `wattbook.runtime.report.curve_plot.quotes_plot` give.

    Examples
    --------
    >>> "<svg" in Figure("<svg></svg>")._repr_html_()
    True
    """

    html: str = field(repr=False)

    def _repr_html_(self) -> str:
        """Return what a notebook puts on its page."""
        return (
            f'<div class="wattbook-figure"><style>{STYLE}</style>'
            f'<div class="plots">{self.html}</div></div>'
        )
