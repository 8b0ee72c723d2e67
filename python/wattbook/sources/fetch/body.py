"""The body of an answer, unpacked piece by piece within a bound."""

import zlib

__all__ = ["Body", "TooLarge", "Unsound", "too_large"]

GZIP_BITS = 31
"""Window bits of zlib that say: with a gzip header."""


class TooLarge(Exception):  # noqa: N818 - the fetcher makes an error of it
    """An answer that is larger than allowed: not asked for again."""


class Unsound(Exception):  # noqa: N818 - the fetcher makes an error of it
    """An answer that broke off or is not what its head says: asked for again."""


def too_large(size: int, bytes_max: int) -> TooLarge:
    """Return the refusal of an answer that is larger than allowed."""
    return TooLarge(f"{size:,} bytes or more, above the bound of {bytes_max:,}")


class Body:
    """Bytes as they arrive; never more than the bound is unpacked, whatever was packed.

    Unpacked here and not by the HTTP library, which takes a gzip stream that breaks off for whole.

    Parameters
    ----------
    encoding : str
        ``Content-Encoding``: ``identity`` or ``gzip``.
    bytes_max : int
        Largest body, unpacked.

    Raises
    ------
    Unsound
        If it is packed in another way.

    Examples
    --------
    >>> body = Body("identity", 10)
    >>> body.add(b"1,2")
    >>> body.whole()
    b'1,2'
    """

    def __init__(self, encoding: str, bytes_max: int) -> None:
        if encoding.strip().lower() not in ("", "identity", "gzip", "x-gzip"):
            message = f"it is packed with {encoding!r} where gzip or nothing was asked for"
            raise Unsound(message)
        self.is_packed = encoding.strip().lower() in ("gzip", "x-gzip")
        self.unpacker = zlib.decompressobj(GZIP_BITS)
        self.bytes_max = bytes_max
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises
        ------
        TooLarge
            If there are now more than allowed.
        Unsound
            If they cannot be unpacked.
        """
        while chunk:
            part, chunk = self.unpack(chunk) if self.is_packed else (chunk, b"")
            self.parts.append(part)
            self.size += len(part)
            if self.size > self.bytes_max:
                raise too_large(self.size, self.bytes_max)

    def unpack(self, chunk: bytes) -> tuple[bytes, bytes]:
        """Return what can be unpacked within the bound, and the packed bytes that are left."""
        if self.unpacker.eof:
            # A gzip file may have several members, one after the other.
            self.unpacker = zlib.decompressobj(GZIP_BITS)
        try:
            part = self.unpacker.decompress(chunk, self.bytes_max - self.size + 1)
        except zlib.error as fault:
            message = f"its gzip is damaged ({fault})"
            raise Unsound(message) from fault
        return part, self.unpacker.unused_data or self.unpacker.unconsumed_tail

    def whole(self) -> bytes:
        """Return the whole body.

        Raises
        ------
        Unsound
            If its packed form broke off.
        """
        if self.is_packed and self.parts and not self.unpacker.eof:
            message = f"its gzip breaks off after {self.size:,} bytes"
            raise Unsound(message)
        return b"".join(self.parts)
