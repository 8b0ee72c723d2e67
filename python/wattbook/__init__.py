"""Wattbook trades energy portfolios: one deterministic engine for backtest, paper and live.

Importing this package loads nothing heavy; each subpackage brings what it needs. Start with
``wattbook run`` on the command line, or with the subpackage that names your task.

Examples
--------
>>> import wattbook
>>> wattbook.__version__.count(".")
2
"""

__all__ = ["__version__"]

__version__: str


def __getattr__(name: str) -> str:
    """Return the version of the compiled module, asked for as ``wattbook.__version__``.

    Raises
    ------
    AttributeError
        If `name` is anything else.
    """
    if name == "__version__":
        from wattbook._core import version  # noqa: PLC0415 - loads the compiled module only when asked

        return version()
    message = f"module 'wattbook' has no attribute {name!r}"
    raise AttributeError(message)
