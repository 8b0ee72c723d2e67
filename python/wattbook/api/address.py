"""Where a desk is served: its address, its names, other pages that may ask, and its certificate."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wattbook.errors import InputError, RunError

__all__ = ["LOOPBACK", "Address", "Certificate", "address_of", "certificate_in"]

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
CERTIFICATE: Final = "desk-certificate.pem"
KEY: Final = "desk-certificate-key.pem"
VALID: Final = dt.timedelta(days=365)
RENEWED: Final = dt.timedelta(days=30)
"""How long before its end a certificate that we made is made anew."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key, both PEM files.

    Parameters
    ----------
    certificate, key : Path
        Of them.
    """

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a desk is served; by default on loopback, without encryption.

    Parameters
    ----------
    host : str
        IP address that it listens on.
    names : tuple of str
        Under which it is asked, besides those of loopback.
    origins : frozenset of str
        Of other pages that may ask with a key, such as ``https://grid.example.com``.
    is_encrypted : bool
        Whether it speaks TLS 1.3; always so off loopback.
    certificate : Certificate, optional
        Of one's own; by default it makes one.
    """

    host: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    origins: frozenset[str] = frozenset()
    is_encrypted: bool = False
    certificate: Certificate | None = None

    @property
    def is_loopback(self) -> bool:
        """Return whether only this machine reaches it."""
        return ipaddress.ip_address(self.host).is_loopback

    @property
    def asked_as(self) -> frozenset[str]:
        """Return the names that a request may be for."""
        return LOOPBACK | {_in_url(name).lower() for name in self.names}

    def url(self, port: int) -> str:
        """Return its address without a slash at the end."""
        name = self.host if self.is_loopback else self.names[0]
        return f"http{'s' if self.is_encrypted else ''}://{_in_url(name)}:{port}"


def _in_url(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def address_of(
    host: str,
    *,
    names: tuple[str, ...] = (),
    origins: tuple[str, ...] = (),
    is_encrypted: bool = False,
    certificate: Path | None = None,
    key: Path | None = None,
) -> Address:
    """Return where to serve a desk.

    Raises
    ------
    InputError
        If the host is no IP address, an address of every interface has no name, an origin is
        none, or a certificate comes without its key.

    Examples
    --------
    >>> address_of("127.0.0.1").url(8765)
    'http://127.0.0.1:8765'
    >>> address_of("0.0.0.0", names=("desk.example.com",)).url(8765)
    'https://desk.example.com:8765'
    """
    try:
        found = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError as fault:
        message = f"--host {host!r} is no IP address; write one of this machine, like 192.0.2.7"
        raise InputError(message) from fault
    if found.is_unspecified and not names:
        message = f"--host {host} is every address; say with --name under which it is asked"
        raise InputError(message)
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}":
            message = f"--origin {origin!r} is none; write one like https://grid.example.com"
            raise InputError(message)
    if (certificate is None) is not (key is None):
        raise InputError("--certificate and --certificate-key go together; give both or neither")
    return Address(
        host=str(found),
        names=names if found.is_unspecified or found.is_loopback else (*names, str(found)),
        origins=frozenset(origins),
        is_encrypted=is_encrypted or certificate is not None or not found.is_loopback,
        certificate=None if certificate is None or key is None else Certificate(certificate, key),
    )


def certificate_in(folder: Path, names: frozenset[str], now: dt.datetime) -> Certificate:
    """Return the certificate in a folder, signed by its own key; made when it is first asked for.

    It is made anew when a name is missing or it soon ends.

    Parameters
    ----------
    folder : Path
        Of the run.
    names : frozenset of str
        Names and IP addresses that it is for.
    now : datetime
        With its zone.

    Raises
    ------
    RunError
        If it cannot be written.
    """
    made = Certificate(folder / CERTIFICATE, folder / KEY)
    plain = sorted(name.strip("[]") for name in names)
    if _is_good(made, plain, now):
        return made
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Wattbook desk")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([_general(name) for name in plain]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        _write_secret(made.key, secret)
        made.certificate.write_bytes(certificate.public_bytes(pem))
    except OSError as fault:
        message = f"the certificate of the desk cannot be written to {folder} ({fault})"
        raise RunError(message) from fault
    return made


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_secret(path: Path, secret: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)


def _is_good(made: Certificate, names: list[str], now: dt.datetime) -> bool:
    if not (made.certificate.is_file() and made.key.is_file()):
        return False
    try:
        found = x509.load_pem_x509_certificate(made.certificate.read_bytes())
        held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    wanted = [_general(name) for name in names]
    return found.not_valid_after_utc - now > RENEWED and all(name in held for name in wanted)
