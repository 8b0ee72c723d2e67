"""The exchange that a desk names: where it may lie, and what may trade with it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from wattbook.domain import Volume
from wattbook.errors import DeskError, InputError
from wattbook.runtime.desk import builtin_desk, load_desk, parse_desk
from wattbook.runtime.desk.spec import LiveSpec
from wattbook.runtime.live import LiveVenues, address_of, open_exchange
from wattbook.runtime.live.by_hand import Persons, Unfit, answered, iceberg_of
from wattbook.runtime.live.spool import Spool
from wattbook.runtime.paper import plan_paper
from wattbook.runtime.plan import plan
from wattbook.runtime.simulate import simulation

SPEC = LiveSpec(sender="DESK", target="EXCHANGE")
EXAMPLE = Path(__file__).parents[3] / "examples" / "live_desk.toml"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1:9880"),
        ("127.1.2.3", "127.1.2.3:9880"),
        ("localhost", "127.0.0.1:9880"),
        ("::1", "[::1]:9880"),
    ],
)
def test_this_machine_needs_no_permission(host: str, address: str) -> None:
    assert address_of(replace(SPEC, host=host)) == address


@pytest.mark.parametrize("host", ["192.0.2.1", "0.0.0.0", "2001:db8::1"])  # noqa: S104
def test_another_machine_needs_it(host: str) -> None:
    with pytest.raises(InputError, match="allow_remote = true in"):
        address_of(replace(SPEC, host=host))
    allowed = replace(SPEC, host=host, allow_remote=True)
    assert address_of(allowed).endswith(":9880")


def test_a_name_is_no_address() -> None:
    with pytest.raises(InputError, match="write one like 127"):
        address_of(replace(SPEC, host="exchange.example", allow_remote=True))


def test_the_desk_file_names_the_exchange() -> None:
    assert load_desk(EXAMPLE).live == replace(SPEC, port=9880)
    assert builtin_desk("generated").live is None
    text = EXAMPLE.read_text(encoding="utf-8")
    for wrong, told in (("port = 98800", "98800"), ("prt = 1", "prt")):
        with pytest.raises(DeskError, match=told):
            parse_desk(text.replace("port = 9880", wrong))


def test_a_run_keeps_the_tag_of_its_orders_when_it_is_resumed() -> None:
    venues = LiveVenues(SPEC, Path(), print)
    first = venues.asked({})
    assert first.keys() == {"sender", "target", "tag"}
    assert venues.asked(dict(first)) == first


def test_batteries_are_left_out_by_name() -> None:
    plan = plan_paper(
        builtin_desk("generated"), None, None, 7, start=None, without=LiveVenues.without
    )
    left_out = {entry.market: entry.reason for entry in plan.plan.not_traded}
    assert left_out == {
        "generated day, battery": "offers to a market operator do not go out live yet"
    }


def test_an_exchange_needs_a_name_and_a_book() -> None:
    with pytest.raises(DeskError, match=r"has no \[live\]"):
        open_exchange(builtin_desk("generated"), None, None, 7, start=None, speed=1.0, port=0)
    desk = load_desk(EXAMPLE)
    opened = open_exchange(desk, None, None, 7, start=None, speed=60.0, port=0)
    assert opened.accounts() == ["account DESK: 0 orders"]
    opened.exchange.stop()


def test_orders_by_hand_are_a_strategy_of_their_own(tmp_path: Path) -> None:
    desk = load_desk(EXAMPLE)
    paper = plan_paper(desk, None, None, 7, start=None, without=LiveVenues.without)
    made = LiveVenues(SPEC, Path(), print).simulation(paper, 7)
    persons = Persons(Spool(tmp_path), made, paper, print)
    assert persons.scope({"strategy": "by hand"}).strategy == len(desk.strategy) + 1
    with pytest.raises(Unfit, match="known are quotes, by hand"):
        persons.scope({"strategy": "by foot"})


def test_an_order_by_hand_shows_a_part_of_itself_or_all() -> None:
    assert iceberg_of(None, Decimal(2)) is None
    iceberg = iceberg_of("0.5", Decimal(2))
    assert iceberg is not None
    assert iceberg.display_volume == Volume("0.5")
    for display in ("0", "-1", "2.5"):
        with pytest.raises(Unfit, match="above zero and at most the volume, 2"):
            iceberg_of(display, Decimal(2))


def test_without_a_line_an_order_is_refused_and_a_cancel_waits() -> None:
    said = [("cancel routed", "1000-1", ""), ("routed", "1000-2", "")]
    up = answered(said)
    assert (up.good, up.lines[1]) == (True, "order 1000-2 goes to the exchange")
    down = answered(said, "no answer")
    assert not down.good
    assert down.lines == (
        "order 1000-1 is cancelled at the next logon: no line now (no answer)",
        "order 1000-2 is refused and was not sent: no line to the exchange (no answer)",
    )
    assert answered(said[:1], "no answer").good


def test_a_volume_off_the_lot_names_its_strategy() -> None:
    text = (EXAMPLE.parent / "execute.toml").read_text(encoding="utf-8")
    desk = parse_desk(text.replace("\nvolume = 20\n", "\nvolume = 3.14159\n", 1), "execute.toml")
    with pytest.raises(DeskError, match=r"execute\.toml: strategy 'even': the volume 3\.14159 is"):
        simulation(plan(desk, None, 7), 7)
