"""Energy Identification Codes: 16 characters, of which the last checks the others."""

from __future__ import annotations

__all__ = ["EIC_KINDS", "check_character", "eic_fault"]

SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
EIC_KINDS = {
    "A": "substation", "T": "tie line", "V": "location", "W": "resource", "X": "party",
    "Y": "area", "Z": "measurement point",
}  # fmt: skip
"""What the third character says."""
LENGTH = 16


def check_character(code: str) -> str:
    """Return the last character that belongs to the first 15 of a code.

    Each has a value, 0 to 9, A to Z as 10 to 35 and the minus as 36, and a weight from 16 down to
    2; the check character's value is 36 less (the weighted sum less 1) modulo 37.

    References
    ----------
    ENTSO-E, The Energy Identification Coding Scheme (EIC) Reference Manual, annex on the check
    character.

    Examples
    --------
    >>> check_character("10Y1001A1001A82")
    'H'
    """
    weighted = sum(
        SYMBOLS.index(symbol) * weight
        for symbol, weight in zip(code[: LENGTH - 1], range(LENGTH, 1, -1), strict=True)
    )
    return SYMBOLS[36 - (weighted - 1) % 37]


def eic_fault(code: str, kind: str) -> str:
    """Return what keeps a text from being an EIC of a kind, and what to do; empty if it is one.

    Parameters
    ----------
    code : str
        What should be one.
    kind : str
        A letter of `EIC_KINDS`, or several of which one is asked for.

    Examples
    --------
    >>> eic_fault("10Y1001A1001A82H", "Y")
    ''
    >>> eic_fault("10Y1001A1001A82G", "Y")
    'its check character is G, that of its first 15 characters is H; look for a typing error'
    >>> eic_fault("10Y1001A1001A82H", "X")
    'its third character is Y (area); give X (party)'
    """
    odd = [symbol for symbol in code if symbol not in SYMBOLS]
    fault = ""
    if len(code) != LENGTH:
        fault = f"it has {len(code)} characters; give 16"
    elif odd:
        fault = f"it holds {odd[0]!r}; give digits, capital letters and the minus"
    elif not code[:2].isdigit():
        fault = f"it begins with {code[:2]}; give the two digits of the issuing office"
    elif code[2] not in kind:
        is_kind = EIC_KINDS.get(code[2], "no kind of EIC")
        asked = " or ".join(f"{letter} ({EIC_KINDS[letter]})" for letter in kind)
        fault = f"its third character is {code[2]} ({is_kind}); give {asked}"
    elif (right := check_character(code)) == "-":
        fault = "its first 15 characters have no check character; ask its office for another code"
    elif code[-1] != right:
        fault = (
            f"its check character is {code[-1]}, that of its first 15 characters is {right}; look "
            "for a typing error"
        )
    return fault
