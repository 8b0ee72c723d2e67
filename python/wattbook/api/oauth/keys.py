"""The key that signs access tokens."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from wattbook.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SigningKey"]

ALGORITHM: Final = "ES256"


class SigningKey:
    """A P-256 key in a file that only its owner may read, made at the first start.

    Parameters
    ----------
    path : Path
        PEM, PKCS #8.

    Raises
    ------
    StoreError
        If the file holds no such key, cannot be used, or others may read it.
    """

    def __init__(self, path: Path) -> None:
        try:
            if not path.exists():
                _make(path)
            if path.stat().st_mode & 0o077:
                raise StoreError(f"{path}: others may read this key; chmod 600 it, or remove it")
            self._key = ECKey.import_key(path.read_bytes())
            # What signs must be a private key of the curve that its algorithm names.
            if not self._key.is_private or self._key.curve_name != "P-256":
                raise StoreError(f"{path}: no private key of P-256; remove it to make a new one")
        except OSError as fault:
            message = f"{path} cannot be used ({fault.strerror}); give another folder"
            raise StoreError(message) from fault
        except (JoseError, ValueError) as fault:
            message = f"{path} holds no key ({fault}); remove it to make a new one"
            raise StoreError(message) from fault
        self.kid = self._key.thumbprint()

    def sign(self, claims: dict[str, Any]) -> str:
        """Return claims as an access token of RFC 9068."""
        header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": self.kid}
        return jwt.encode(header, claims, self._key, [ALGORITHM])

    def read(self, token: str) -> dict[str, Any] | None:
        """Return the claims of a token of ours, whatever they say; None if it is none."""
        try:
            found = jwt.decode(token, self._key, [ALGORITHM])
        except (JoseError, ValueError):
            return None
        return found.claims if found.header.get("typ") == "at+jwt" else None

    def public(self) -> dict[str, Any]:
        """Return the public key as a JSON Web Key."""
        key = dict(self._key.as_dict(private=False))
        return {**key, "kid": self.kid, "use": "sig", "alg": ALGORITHM}


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = ECKey.generate_key("P-256").as_pem(private=True)
    # Whole or not at all, and never readable by others.
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
