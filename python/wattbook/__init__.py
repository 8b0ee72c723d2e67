"""Wattbook trades energy portfolios: one deterministic engine for backtest, paper and live.

Importing this package loads nothing heavy; each subpackage brings what it needs. Start with
``wattbook run`` on the command line, or with the subpackage that names your task.

Examples
--------
>>> import wattbook
>>> wattbook.__version__.count(".")
2
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wattbook.api.client import connect

__all__ = ["__version__", "connect"]

__version__: str


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a text or a function
    """Return what is loaded only when asked: ``__version__``, and ``connect`` to a desk.

    Raises
    ------
    AttributeError
        If `name` is anything else.
    """
    if name == "__version__":
        from wattbook._core import version  # noqa: PLC0415 - loads the compiled module only when asked

        return version()
    if name == "connect":
        from wattbook.api.client import connect  # noqa: PLC0415 - loads Polars

        return connect
    message = f"module 'wattbook' has no attribute {name!r}"
    raise AttributeError(message)
