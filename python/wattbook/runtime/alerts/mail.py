"""A connection to a mail server: encrypted, and signed in where it asks for that."""

from __future__ import annotations

import os
import smtplib
import ssl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattbook.runtime.alerts.rules import Mail

__all__ = ["MailError", "mail_server", "password_of"]


class MailError(smtplib.SMTPException):
    """What keeps us from a mail server; holds no secret."""


def password_of(mail: Mail) -> str:
    """Return the password as it is now, so that one that was changed needs no restart.

    Raises
    ------
    MailError
        If it is nowhere, or holds characters that cannot be sent.
    """
    if mail.password_variable is not None:
        place, found = mail.password_variable, os.environ.get(mail.password_variable, "")
    else:
        place = str(mail.password_file)
        try:
            found = Path(place).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as fault:
            reason = getattr(fault, "strerror", None) or "not UTF-8"
            # Without its cause, which would quote a piece of the file.
            raise MailError(f"the password is not to be read from {place} ({reason})") from None
    if not found:
        raise MailError(f"{place} holds no password; set it to the one of {mail.user}")
    if not (found + str(mail.user)).isascii():
        raise MailError(f"user or password ({place}) has a character beyond ASCII; take another")
    return found


@contextmanager
def mail_server(mail: Mail, seconds: float) -> Iterator[smtplib.SMTP]:
    """Lend a connection that takes mails; each of its steps may take so many seconds.

    The server's certificate must hold for its name, by the authorities of this machine or, where
    it is set, those of ``SSL_CERT_FILE``.

    Raises
    ------
    OSError, smtplib.SMTPException
        If the server is not reached, does not encrypt, or lets nobody in.
    """
    # First, so that nothing is sent where it is missing.
    password = None if mail.user is None else password_of(mail)
    context = ssl.create_default_context()
    opened = (
        smtplib.SMTP_SSL(mail.host, mail.port, timeout=seconds, context=context)
        if mail.tls
        else smtplib.SMTP(mail.host, mail.port, timeout=seconds)
    )
    with opened as server:
        if mail.starttls and not mail.tls:
            server.starttls(context=context)
        if mail.user is not None and password is not None:
            try:
                server.login(mail.user, password)
            except smtplib.SMTPAuthenticationError as fault:
                # Not in the server's words: they may repeat what was sent.
                said = f"{mail.host} does not let {mail.user} in ({fault.smtp_code})"
                raise MailError(f"{said}; mend user or password") from None
        yield server
