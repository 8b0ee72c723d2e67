"""One HTML file that holds a run's tables and interactive plots, and needs nothing else."""

from wattbook.runtime.report.page import RunFacts, report_page

__all__ = ["RunFacts", "report_page"]
