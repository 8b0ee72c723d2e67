"""No secret reaches the log, however it is told; what is told otherwise does."""

from __future__ import annotations

import base64
import json
import logging
import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.runtime.log import (
    HIDDEN,
    JsonLines,
    NewestLines,
    TurningFile,
    begin_log,
    found_lines,
    redacted,
)

TOKEN = st.binary(min_size=32, max_size=32).map(
    lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")
)
OURS = st.tuples(st.sampled_from(["wb_", "wbs_", "wbc_", "wbr_", "wbx_"]), TOKEN).map("".join)
JWT = st.tuples(TOKEN, TOKEN, TOKEN).map(lambda parts: "eyJ" + ".".join(parts))
PEM = TOKEN.map(lambda body: f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
AROUND = st.text(max_size=20)


def told(record: logging.LogRecord) -> str:
    return JsonLines().format(record)


def record_of(text: str, *args: object, **extra: object) -> logging.LogRecord:
    record = logging.makeLogRecord({"levelname": "INFO", "name": "wattbook", "msg": text, **extra})
    record.args = args
    return record


def core(secret: str) -> str:
    """Return the part of a secret that would give it away."""
    return secret.splitlines()[1] if secret.startswith("-----") else secret[4:]


@given(secret=st.one_of(OURS, JWT, PEM), before=AROUND, after=AROUND)
def test_no_secret_of_ours_passes_in_any_place(secret: str, before: str, after: str) -> None:
    text = f"{before} {secret} {after}"
    fault = ValueError(text)
    for record in (
        record_of("%s", text),
        record_of(text.replace("%", "%%")),
        record_of("told", sent={"deep": [{"more": (text,)}], text: 1}),
        record_of("told", raw=text.encode()),
        record_of("told", exc_info=(ValueError, fault, None)),
        record_of("told", thing=fault),
    ):
        assert core(secret) not in told(record)


@given(
    secret=st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=12, max_size=40),
    name=st.sampled_from(
        ["password", "passwd", "client_secret", "access_token", "refresh_token", "code_verifier",
         "authorization", "cookie", "set-cookie", "api_key", "token", "pwd", "x-api-key",
         "access_key", "signature", "client_assertion"]
    ),
    upper=st.booleans(),
    form=st.sampled_from(["{}={}", "{}: {}", '"{}": "{}"', "{}='{}'", "?x=1&{}={}&y=2"]),
)  # fmt: skip
def test_no_value_of_a_secret_field_passes(
    secret: str, name: str, form: str, *, upper: bool
) -> None:
    name = name.upper() if upper else name
    for record in (
        record_of("%s", form.format(name, secret)),
        record_of("told", **{name: secret}),
        record_of("told", request={"headers": {name: secret}}),
    ):
        assert secret not in told(record)


@given(secret=st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=12, max_size=40))
def test_no_credentials_of_a_request_pass(secret: str) -> None:
    for text in (
        f"Authorization: Bearer {secret}",
        f"Bearer {secret}",
        f"basic {secret}",
        f"https://anna:{secret}@example.com/hook",
        f"https://anna:p@{secret}@example.com/hook",
        f"8=FIX.4.4\x0135=A\x01553=anna\x01554={secret}\x01925={secret}\x0110=000\x01",
        f"8=FIX.4.4|35=A|553=anna|554={secret}|10=000|",
        f"https://example.com/blob?sv=2&sig={secret}",
        f"Cookie: wattbook_session_8765={secret}; other={secret}",
    ):
        assert secret not in told(record_of("%s", text))


def test_what_is_no_secret_is_told() -> None:
    line = json.loads(
        told(
            record_of(
                "order %s of %s", 7, "anna", price=52.1, ok=True, state_hash="ab" * 32, none=None
            )
        )
    )
    assert line["text"] == "order 7 of anna"
    assert (line["price"], line["ok"], line["none"]) == (52.1, True, None)
    assert line["state_hash"] == "ab" * 32
    assert redacted({"key": "x", "keyboard": "y"}) == {"key": HIDDEN, "keyboard": "y"}
    assert redacted({"session_id": "x", "sessions": 3}) == {"session_id": HIDDEN, "sessions": 3}
    assert redacted("38=554|44=925|1554=7|monkey=3") == "38=554|44=925|1554=7|monkey=3"
    assert redacted(float("nan")) == "nan"


def test_lines_are_written_kept_and_found(tmp_path: Path) -> None:
    name = f"wattbook.test.{secrets.token_hex(4)}"
    newest, logger = NewestLines(kept=3), logging.getLogger(name)
    path = tmp_path / "desk.log.jsonl"
    begin_log(path, newest, [name])
    for level, text in ((logging.INFO, "one"), (logging.WARNING, "Two"), (logging.ERROR, "three")):
        logger.log(level, text, extra={"place": "hub"})
    logger.debug("nobody reads this")
    begin_log(path, newest, [name])
    logger.info("four")
    written = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["text"] for line in written] == ["one", "Two", "three", "four"]
    lines = newest.lines()
    assert [line["line"] for line in lines] == [2, 3, 4]
    assert [line["text"] for line in found_lines(lines, least="WARNING", text="")] == [
        "three", "Two",
    ]  # fmt: skip
    assert [line["line"] for line in found_lines(lines, least="INFO", text="HUB")] == [3, 2]
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def test_a_full_file_gives_way_to_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    file = TurningFile(path, maxBytes=200, backupCount=2, encoding="utf-8")
    file.setFormatter(JsonLines())
    for number in range(12):
        file.emit(logging.LogRecord("desk", logging.INFO, "", 0, f"line {number}", None, None))
    file.close()
    kept = sorted(tmp_path.iterdir())
    assert [each.name for each in kept] == ["log.jsonl", "log.jsonl.1", "log.jsonl.2"]
    # A line may pass the bound, and none is lost or cut.
    lines = [json.loads(line) for each in reversed(kept) for line in each.read_text().splitlines()]
    numbers = [int(line["text"].removeprefix("line ")) for line in lines]
    assert numbers == list(range(numbers[0], 12))
    assert all(each.stat().st_size < 400 for each in kept)


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    from wattbook.errors import StoreError

    with pytest.raises(StoreError, match=r"no\.jsonl"):
        begin_log(tmp_path / "not there" / "no.jsonl", NewestLines())
