"""A user's own strategy, loaded from the Python file that the desk names."""

import importlib.util
from decimal import Decimal
from pathlib import Path

from wattbook.errors import DeskError
from wattbook.runtime.desk.spec import PythonSpec

__all__ = ["load_strategy"]


def load_strategy(
    folder: Path, spec: PythonSpec, instrument: int, rolls: tuple[tuple[int, int], ...]
) -> object:
    """Return the strategy that `spec` names: ``instrument``, ``rolls``, ``volume``, parameters.

    Parameters
    ----------
    folder : Path
        Of the desk file; the strategy's file is relative to it.
    spec : PythonSpec
        What the desk file says.
    instrument : int
        Number of the first contract to trade.
    rolls : tuple of (int, int)
        From which instant on (ns UTC) which contract replaces it.

    Raises
    ------
    DeskError
        If the file or the class is not there, or the class cannot be made.
    """
    path = folder / spec.file
    if not path.is_file():
        message = f"strategy {spec.name!r}: {path} is not there; mend its file"
        raise DeskError(message)
    module_spec = importlib.util.spec_from_file_location(f"wattbook_user_{path.stem}", path)
    if module_spec is None or module_spec.loader is None:
        message = f"strategy {spec.name!r}: {path} is no Python file; give one that ends in .py"
        raise DeskError(message)
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    made = getattr(module, spec.strategy_class, None)
    if made is None:
        message = f"strategy {spec.name!r}: {path} has no class {spec.strategy_class!r}; name one"
        raise DeskError(message)
    given = {
        name: float(value) if isinstance(value, Decimal) else value
        for name, value in spec.parameters.items()
    }
    try:
        strategy: object = made(
            instrument=instrument, rolls=rolls, volume=float(spec.volume), **given
        )
    except TypeError as fault:
        message = (
            f"strategy {spec.name!r}: {spec.strategy_class} cannot be made ({fault}); let it take "
            + ", ".join(("instrument", "rolls", "volume", *given))
        )
        raise DeskError(message) from fault
    return strategy
