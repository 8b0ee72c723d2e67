"""The issuer gives tokens to whom they belong, once, for as long as they last."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.api.access import PERMISSIONS, Role, User
from wattbook.api.oauth import Client, Issuer, OAuthStore, Refused, SigningKey
from wattbook.errors import StoreError

ADDRESS = "http://127.0.0.1:8765"
BACK = "http://127.0.0.1:8899/callback"
VERIFIER = "v" * 64
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
TRADER = User("anna", Role.TRADER)
NOTEBOOK = Client("notebook", Role.ADMIN, (BACK,))
BATCH = Client("batch", Role.RISK, (), is_confidential=True)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(tmp_path: Path, clock: Clock) -> Issuer:
    made = issuer_in(tmp_path, clock)
    made.store.register(NOTEBOOK, None)
    made.store.register(BATCH, "s" * 43)
    return made


def issuer_in(folder: Path, clock: Clock) -> Issuer:
    key = SigningKey(folder / "key.pem")
    return Issuer(ADDRESS, key, OAuthStore(folder / "oauth.sqlite"), clock)


def code_of(issuer: Issuer, scope: str = "") -> str:
    return issuer.authorize(issuer.client("notebook", BACK), BACK, CHALLENGE, TRADER, scope)


def test_a_code_is_good_once_and_with_its_verifier(issuer: Issuer) -> None:
    for code, verifier, redirect, client in (
        (code_of(issuer), "w" * 64, BACK, NOTEBOOK),
        (code_of(issuer), "short", BACK, NOTEBOOK),
        (code_of(issuer), VERIFIER, BACK + "/other", NOTEBOOK),
        (code_of(issuer), VERIFIER, BACK, BATCH),
        ("made up", VERIFIER, BACK, NOTEBOOK),
    ):
        with pytest.raises(Refused, match="ask anew"):
            issuer.exchange(client, code, redirect, verifier)
    code = code_of(issuer)
    grant = issuer.exchange(NOTEBOOK, code, BACK, VERIFIER)
    assert issuer.user(grant.access_token) == TRADER
    with pytest.raises(Refused):
        issuer.exchange(NOTEBOOK, code, BACK, VERIFIER)


def test_codes_and_tokens_expire(issuer: Issuer, clock: Clock) -> None:
    code = code_of(issuer)
    grant = issuer.exchange(NOTEBOOK, code_of(issuer), BACK, VERIFIER)
    clock.now += 61
    with pytest.raises(Refused):
        issuer.exchange(NOTEBOOK, code, BACK, VERIFIER)
    assert issuer.user(grant.access_token) == TRADER
    clock.now += 15 * 60
    assert issuer.user(grant.access_token) is None
    assert grant.refresh_token is not None
    again = issuer.refresh(NOTEBOOK, grant.refresh_token)
    assert issuer.user(again.access_token) == TRADER
    # Refreshing does not prolong the working day.
    clock.now += 8 * 3_600 - 15 * 60 - 60
    assert again.refresh_token is not None
    with pytest.raises(Refused):
        issuer.refresh(NOTEBOOK, again.refresh_token)


def test_a_refresh_token_that_comes_twice_revokes_the_grant(issuer: Issuer) -> None:
    grant = issuer.exchange(NOTEBOOK, code_of(issuer), BACK, VERIFIER)
    assert grant.refresh_token is not None
    again = issuer.refresh(NOTEBOOK, grant.refresh_token)
    with pytest.raises(Refused):
        issuer.refresh(NOTEBOOK, grant.refresh_token)
    assert again.refresh_token is not None
    with pytest.raises(Refused):
        issuer.refresh(NOTEBOOK, again.refresh_token)
    assert issuer.user(again.access_token) is None


def test_what_was_revoked_stays_so_over_a_restart(
    issuer: Issuer, tmp_path: Path, clock: Clock
) -> None:
    grants = [issuer.exchange(NOTEBOOK, code_of(issuer), BACK, VERIFIER) for _ in range(3)]
    # Another client cannot revoke it.
    issuer.revoke(BATCH, grants[0].access_token)
    assert issuer.user(grants[0].access_token) == TRADER
    issuer.revoke(NOTEBOOK, grants[0].access_token)
    assert grants[1].refresh_token is not None
    issuer.revoke(NOTEBOOK, grants[1].refresh_token)
    issuer.revoke(NOTEBOOK, "made up")
    anew = issuer_in(tmp_path, clock)
    assert [anew.user(grant.access_token) for grant in grants] == [None, None, TRADER]
    assert anew.remove("notebook")
    assert not anew.remove("notebook")
    assert issuer_in(tmp_path, clock).user(grants[2].access_token) is None


def test_only_a_client_with_a_secret_acts_for_itself(issuer: Issuer) -> None:
    grant = issuer.in_own_name(BATCH, "viewer")
    assert issuer.user(grant.access_token) == User("batch", Role.VIEWER)
    assert grant.refresh_token is None
    with pytest.raises(Refused, match="secret"):
        issuer.in_own_name(NOTEBOOK, "")
    with pytest.raises(Refused, match="lesser role"):
        issuer.in_own_name(BATCH, "trader")
    assert issuer.store.is_secret("batch", "s" * 43)
    assert not issuer.store.is_secret("batch", "t" * 43)
    assert not issuer.store.is_secret("notebook", "")


@given(asks=st.sampled_from(["", *Role, "boss"]), user=st.sampled_from(Role))
@settings(max_examples=25)
def test_no_token_does_more_than_its_user(
    asks: str, user: Role, tmp_path_factory: pytest.TempPathFactory
) -> None:
    issuer = made(tmp_path_factory)
    client = Client("notebook", Role.RISK, (BACK,))
    try:
        code = issuer.authorize(client, BACK, CHALLENGE, User("anna", user), asks)
    except Refused:
        return
    token = issuer.exchange(client, code, BACK, VERIFIER).access_token
    found = issuer.user(token)
    assert found is not None
    assert PERMISSIONS[found.role] <= PERMISSIONS[user] & PERMISSIONS[Role.RISK]


ISSUERS: list[Issuer] = []


def made(factory: pytest.TempPathFactory) -> Issuer:
    """Return one issuer for every example: making a key and a file takes longer than a token."""
    if not ISSUERS:
        ISSUERS.append(issuer_in(factory.mktemp("oauth"), Clock()))
        ISSUERS[0].store.register(Client("notebook", Role.RISK, (BACK,)), None)
    return ISSUERS[0]


def test_a_code_goes_to_registered_addresses_only(issuer: Issuer) -> None:
    for name, redirect in (("notebook", BACK + "?x"), ("stranger", BACK), ("batch", BACK)):
        with pytest.raises(Refused):
            issuer.client(name, redirect)
    with pytest.raises(Refused, match="code_challenge"):
        issuer.authorize(NOTEBOOK, BACK, "plain", TRADER, "")


def test_a_token_that_another_signed_or_that_was_changed_is_none(
    issuer: Issuer, tmp_path: Path, clock: Clock
) -> None:
    token = issuer.in_own_name(BATCH, "").access_token
    assert issuer.user(token) == User("batch", Role.RISK)
    head, body, signature = token.split(".")
    claims = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).replace(b"risk", b"admin")
    changed = base64.urlsafe_b64encode(claims).decode().rstrip("=")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    for other in (
        f"{head}.{changed}.{signature}",
        f"{none}.{changed}.",
        f"{head}.{body}.",
        "",
        "..",
        "é",
    ):
        assert issuer.user(other) is None
    stranger = Issuer(ADDRESS, SigningKey(tmp_path / "other.pem"), issuer.store, clock)
    assert stranger.user(token) is None
    assert Issuer("https://other", issuer.key, issuer.store, clock).user(token) is None


def test_the_key_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    kid = SigningKey(path).kid
    assert SigningKey(path).kid == kid
    assert path.stat().st_mode & 0o777 == 0o600
    assert "d" not in SigningKey(path).public()
    path.chmod(0o644)
    with pytest.raises(StoreError, match="chmod 600"):
        SigningKey(path)
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(StoreError, match=r"key\.pem"):
        SigningKey(path)
