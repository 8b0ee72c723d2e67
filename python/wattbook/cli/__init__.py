"""The command line: ``wattbook run``, ``backtest``, ``replay``, ``verify`` and ``bench``."""

from wattbook.cli.main import main

__all__ = ["main"]
