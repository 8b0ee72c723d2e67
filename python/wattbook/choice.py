"""A member of an enum, or its text."""

from enum import Enum
from typing import TypeVar

from wattbook.errors import InputError

__all__ = ["chosen"]

Choice = TypeVar("Choice", bound=Enum)


def chosen(kind: type[Choice], value: Choice | str) -> Choice:
    """Return the member of `kind` that `value` is, or whose text it is.

    Raises
    ------
    InputError
        For another word: it is never taken for a default.

    Examples
    --------
    >>> from wattbook.pricing import SpreadMethod
    >>> chosen(SpreadMethod, "kirk")
    <SpreadMethod.KIRK: 'kirk'>
    """
    try:
        return kind(value)
    except ValueError:
        words = ", ".join(str(one.value) for one in kind)
        message = f"{kind.__name__} is {value!r}: choose {words}"
        raise InputError(message) from None
