"""What a scheme says is an EIC must be one."""

from __future__ import annotations

from collections.abc import Iterable

from wattbook.domain.eic import eic_fault
from wattbook.errors import NominationError
from wattbook.execution.nominations.schema import Coded

__all__ = ["check_eics"]


def check_eics(named: Iterable[tuple[str, Coded, str]], scheme: str) -> None:
    """Refuse a name that its scheme says is an EIC and that is none.

    Parameters
    ----------
    named : iterable of tuple
        What it names, the name with its scheme, and the kinds of EIC that it may be.
    scheme : str
        Of EIC: ``A01`` in power, ``305`` in gas.

    Raises
    ------
    NominationError
        Naming the first, and what is wrong with it.
    """
    for what, one, kinds in named:
        if one.scheme == scheme and (fault := eic_fault(one.value, kinds)):
            raise NominationError(f"{what} {one.value!r} is no EIC: {fault}")
