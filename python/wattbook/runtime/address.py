"""Parts of addresses that people write: ports, and hosts that are this machine."""

import ipaddress

__all__ = ["PORT_MAX", "is_this_machine", "port_of"]

PORT_MAX = 65_535


def port_of(text: str) -> int | None:
    """Return the port that `text` is; none if it is no number up to 65,535.

    Examples
    --------
    >>> port_of("9477"), port_of("0"), port_of("65536"), port_of("²"), port_of("")
    (9477, 0, None, None, None)
    """
    # `int` takes digits of every script and `isdigit` even superscripts, which `int` refuses; five
    # letters hold every port, and `int` refuses thousands.
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(PORT_MAX))):
        return None
    return port if (port := int(text)) <= PORT_MAX else None


def is_this_machine(host: str) -> bool:
    """Return whether only this machine reaches a host: ``localhost``, or a loopback address.

    Any other name is not: who resolves it decides where it leads.

    Examples
    --------
    >>> [is_this_machine(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "desk")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
