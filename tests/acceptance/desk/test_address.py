"""A desk beyond loopback is encrypted, knows its users by key, and answers named pages only."""

from __future__ import annotations

import datetime as dt
import ssl
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from tests.acceptance.desk.served import serving

from wattbook.api.access import ApiKeys, Role
from wattbook.api.address import address_of, certificate_in
from wattbook.api.app import desk_app
from wattbook.api.desk import Desk
from wattbook.api.serve import check_users
from wattbook.errors import InputError, RunError
from wattbook.runtime.alerts import Alerts, load_rules
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.watch import Player, Tape

PAGE = "https://grid.example.com"
ADDRESS = address_of("192.0.2.7", names=("desk.example.com",), origins=(PAGE,))


@pytest.fixture
def remote(tape: Tape, store: Path) -> Iterator[TestClient]:
    """Return a client without a user of a desk that is served beyond this machine."""
    player = Player(tape.first, tape.end, at=tape.end, speed=60.0, wall=time.monotonic)
    desk = Desk(tape, player, Alerts(load_rules(), store.with_name("alerts.sqlite")))
    url = ADDRESS.url(8765)
    with TestClient(desk_app(desk, store, url, address=ADDRESS), base_url=url) as made:
        yield made


@pytest.mark.long
def test_a_desk_speaks_tls_1_3_with_the_certificate_that_it_made(folder: RunFolder) -> None:
    with serving(folder.path, "--tls") as served:
        assert served.address.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context(cafile=folder.path / "desk-certificate.pem")
        answer = httpx.post(f"{served.address}v1/session", json={}, verify=trusted)
        assert "Secure" in answer.headers["set-cookie"]
        assert "max-age" in answer.headers["strict-transport-security"]
        trusted.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(httpx.ConnectError, match=r"(?i)version|handshake"):
            httpx.get(f"{served.address}v1/health", verify=trusted)
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{served.address.replace('https', 'http')}v1/health")
    mode = (folder.path / "desk-certificate-key.pem").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_beyond_this_machine_a_session_needs_a_key(remote: TestClient, store: Path) -> None:
    assert "Key" in remote.get("/").text
    assert remote.get("/v1/pnl").status_code == 401
    assert remote.post("/v1/session", json={"role": "admin"}).status_code == 401
    assert remote.post("/sign-in", data={"key": "wb_wrong"}).status_code == 401
    key = ApiKeys(store).make("ada", Role.VIEWER)
    with_key = {"Authorization": f"Bearer {key}"}
    # The role is the key's, whatever is asked for.
    begun = remote.post("/v1/session", json={"role": "admin"}, headers=with_key)
    assert begun.json() == {"name": "ada", "role": "viewer"}
    remote.cookies.clear()
    signed = remote.post("/sign-in", data={"key": key}, follow_redirects=False)
    assert (signed.status_code, signed.headers["location"]) == (303, "/")
    assert remote.get("/v1/session").json()["name"] == "ada"


def test_only_named_pages_may_ask_and_they_need_a_key(remote: TestClient, store: Path) -> None:
    key = ApiKeys(store).make("grid", Role.VIEWER)
    asked = {"Origin": PAGE, "Authorization": f"Bearer {key}"}
    answer = remote.get("/v1/pnl", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-credentials" not in answer.headers
    # What is kept for others would not say that this page may read it.
    assert "x-wattbook-as-of-step" not in answer.headers
    before = {"Access-Control-Request-Method": "POST"}
    allowed = remote.options("/v1/orders", headers={"Origin": PAGE, **before})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, PAGE)
    methods = allowed.headers["access-control-allow-methods"].split(", ")
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} == set(methods)
    assert "traceparent" in allowed.headers["access-control-allow-headers"]
    assert "Idempotency-Key" in allowed.headers["access-control-allow-headers"]
    refused = remote.get("/v1/pnl", headers={**asked, "Origin": "https://evil.example"})
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers
    assert remote.get("/v1/pnl", headers={**asked, "Host": "evil.example"}).status_code == 403


def test_nothing_is_served_beyond_this_machine_without_a_user(tmp_path: Path) -> None:
    assert ADDRESS.is_encrypted
    folder = RunFolder(tmp_path)
    with pytest.raises(RunError, match="--new-key"):
        check_users(ADDRESS, folder)
    ApiKeys(tmp_path / "desk.sqlite").make("ada", Role.ADMIN)
    check_users(ADDRESS, folder)


@pytest.mark.parametrize(
    ("host", "more", "says"),
    [
        ("desk.example.com", {}, "no IP address"),
        ("0.0.0.0", {}, "--name"),  # noqa: S104 - it is refused
        ("127.0.0.1", {"origins": ("grid.example.com",)}, "--origin"),
        ("127.0.0.1", {"certificate": Path("x.pem")}, "go together"),
    ],
)
def test_an_address_that_does_not_fit_says_why(
    host: str, more: dict[str, object], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        address_of(host, **more)  # type: ignore[arg-type]


def test_a_certificate_is_kept_until_it_soon_ends_or_lacks_a_name(tmp_path: Path) -> None:
    now = dt.datetime(2026, 6, 30, tzinfo=dt.UTC)
    names = frozenset({"127.0.0.1", "localhost"})
    first = certificate_in(tmp_path, names, now).certificate.read_bytes()
    assert certificate_in(tmp_path, names, now).certificate.read_bytes() == first
    more = certificate_in(tmp_path, names | {"desk.example.com"}, now).certificate.read_bytes()
    assert more != first
    later = now + dt.timedelta(days=340)
    assert certificate_in(tmp_path, names, later).certificate.read_bytes() != more
