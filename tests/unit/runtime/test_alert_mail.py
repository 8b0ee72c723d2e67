"""Mails of alerts go to a server that asks for encryption and a login, and their password there."""

from __future__ import annotations

import base64
import datetime as dt
import logging
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from tests.unit.runtime.test_alerts import ALERT

from wattbook.api.address import certificate_in
from wattbook.errors import DeskError
from wattbook.runtime.alerts import Mail, load_rules
from wattbook.runtime.alerts.delivery import Deliverer
from wattbook.runtime.alerts.store import AlertStore
from wattbook.runtime.doctor import _mail

VARIABLE = "WATTBOOK_MAIL"
USER, PASSWORD = "desk@example.com", "one two three"
PLAIN = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())


class Guarded(socketserver.StreamRequestHandler):
    """A mail server that takes mails of its user alone, encrypted alone (RFC 3207, 4954, 5321)."""

    is_encrypted, is_known = False, False
    context: ssl.SSLContext
    begins_encrypted: bool
    got: list[bytes]

    def encrypt(self) -> None:
        super().finish()
        self.request = self.context.wrap_socket(self.request, server_side=True)
        self.is_encrypted = True
        self.setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def say(self, *lines: bytes) -> None:
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))

    def handle(self) -> None:
        try:
            if self.begins_encrypted:
                self.encrypt()
            self.say(b"220 mail.example.com ESMTP")
            while command := self.rfile.readline():
                verb, _, rest = command.strip().partition(b" ")
                if verb.upper() == b"QUIT":
                    return self.say(b"221 bye")
                self.answer(verb.upper(), rest)
        except (OSError, ValueError):
            # A client that does not trust the certificate is gone.
            return None

    def answer(self, verb: bytes, rest: bytes) -> None:
        if verb == b"EHLO":
            can = b"250 AUTH PLAIN" if self.is_encrypted else b"250 STARTTLS"
            self.say(b"250-mail.example.com", can)
        elif verb == b"STARTTLS":
            self.say(b"220 go ahead")
            self.encrypt()
        elif verb == b"AUTH" and self.is_encrypted:
            self.is_known = rest == b"PLAIN " + PLAIN
            # Some servers repeat what they were sent.
            self.say(b"235 welcome" if self.is_known else b"535 who is " + rest + b"?")
        elif not self.is_known:
            self.say(b"530 authentication required")
        elif verb == b"DATA":
            self.say(b"354 go on")
            self.got.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self.say(b"250 taken")
        else:
            self.say(b"250 fine")


@contextmanager
def guarded(folder: Path, *, begins_encrypted: bool) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the port of a mail server, and the mails that it took."""
    made = certificate_in(folder, frozenset({"localhost"}), dt.datetime.now(dt.UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    got: list[bytes] = []
    kind = type(
        "Kind", (Guarded,),
        {"context": context, "begins_encrypted": begins_encrypted, "got": got},
    )  # fmt: skip
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_address[1], got
        server.shutdown()
        thread.join()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder whose certificate this process trusts."""
    made = certificate_in(tmp_path, frozenset({"localhost"}), dt.datetime.now(dt.UTC))
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    monkeypatch.setenv("WATTBOOK_MAIL", PASSWORD)
    return tmp_path


def told(store: AlertStore, mail: Mail, wall: float) -> str | None:
    """Attempt what is due and return why it has not arrived."""
    Deliverer(store, mail).round(wall)
    fault = store.deliveries()[0]["fault"]
    return None if fault is None else str(fault)


def mail_to(port: int, **more: object) -> Mail:
    made = Mail(
        name="risk", host="localhost", port=port, sender=USER, to=("risk@example.com",), user=USER,
        password_variable=VARIABLE,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("begins_encrypted", [False, True])
def test_a_mail_is_signed_in_once_the_connection_is_encrypted(
    trusted: Path, begins_encrypted: bool
) -> None:
    store = AlertStore(trusted / "alerts.sqlite")
    store.keep([ALERT], [(ALERT, "risk")], 0.0)
    (trusted / "secret").write_text(f"{PASSWORD}\n", encoding="utf-8")
    with guarded(trusted, begins_encrypted=begins_encrypted) as (port, got):
        mail = mail_to(
            port, tls=begins_encrypted, password_variable=None,
            password_file=str(trusted / "secret"),
        )  # fmt: skip
        assert _mail(mail).state == "good"
        assert got == []
        assert told(store, mail, 0.0) is None
    (one,) = (message_from_bytes(raw, policy=policy.default) for raw in got)
    assert one["Subject"] == f"[critical] {ALERT.rule}: {ALERT.subject}"
    assert "uses 125 %" in one.get_content()


def test_a_login_that_is_refused_is_tried_again_and_tells_no_password(
    trusted: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = AlertStore(trusted / "alerts.sqlite")
    store.keep([ALERT], [(ALERT, "risk")], 0.0)
    wrong = "wrong password"
    monkeypatch.setenv("WATTBOOK_MAIL", wrong)
    with guarded(trusted, begins_encrypted=False) as (port, got):
        mail = mail_to(port)
        said = [told(store, mail, 0.0), _mail(mail).text, caplog.text, repr(mail)]
        assert "localhost does not let desk@example.com in (535)" in str(said[0])
        encoded = base64.b64encode(f"\0{USER}\0{wrong}".encode()).decode()
        assert not [text for text in said if wrong in str(text) or encoded in str(text)]
        # The new password counts without a restart.
        monkeypatch.setenv("WATTBOOK_MAIL", PASSWORD)
        assert told(store, mail, 100.0) is None
        assert len(got) == 1


def test_no_password_goes_to_a_server_that_nobody_vouches_for(
    trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = trusted / "other"
    other.mkdir()
    store = AlertStore(trusted / "alerts.sqlite")
    store.keep([ALERT], [(ALERT, "risk")], 0.0)
    with guarded(other, begins_encrypted=True) as (port, got):
        assert "CERTIFICATE_VERIFY_FAILED" in str(told(store, mail_to(port, tls=True), 0.0))
    monkeypatch.delenv("WATTBOOK_MAIL")
    assert "WATTBOOK_MAIL holds no password" in str(told(store, mail_to(port), 100.0))
    monkeypatch.setenv("WATTBOOK_MAIL", "pässword")
    assert "beyond ASCII" in str(told(store, mail_to(port), 1_000.0))
    assert got == []


LOGIN = """
[[mail]]
name = "risk"
host = "mail.example.com"
port = 587
sender = "desk@example.com"
to = ["risk@example.com"]
"""
NAMED = 'user = "desk"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (NAMED, "line 8.*has no password"),
        ('password_variable = "WATTBOOK_MAIL"', "line 8.*is of nobody"),
        (
            f'{NAMED}password_variable = "WATTBOOK_MAIL"\npassword_file = "secret"',
            "line 10.*one too many",
        ),
        (f'{NAMED}password_variable = "WATTBOOK_NOWHERE"', "line 9.*holds no password"),
        (f'{NAMED}password_file = "secret"', "line 9.*No such file"),
        ("starttls = false", "line 8.*set starttls = true"),
    ],
)
def test_a_login_that_cannot_be_is_refused_by_its_line(trusted: Path, text: str, says: str) -> None:
    path = trusted / "alerts.toml"
    path.write_text(LOGIN + text, encoding="utf-8")
    with pytest.raises(DeskError, match=says):
        load_rules(path)


def test_a_password_stands_beside_the_file_of_alerts(
    trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (trusted / "secret").write_text(PASSWORD, encoding="utf-8")
    path = trusted / "alerts.toml"
    path.write_text(f'{LOGIN}{NAMED}password_file = "secret"\ntls = true', encoding="utf-8")
    monkeypatch.chdir("/")
    (mail,) = load_rules(path).targets
    assert isinstance(mail, Mail)
    assert mail.password_file == str(trusted / "secret")
