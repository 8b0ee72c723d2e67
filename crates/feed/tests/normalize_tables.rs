//! The tables that ship are sound, and agree with the domain where both know a thing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shipped;

use shipped::{symbology, units};
use wattbook_domain::Unit;
use wattbook_domain::delivery::{Date, MARKET_CALENDARS};
use wattbook_domain::venue::Location;
use wattbook_feed::normalize::{Rates, Rules, Units, Unknown};

#[test]
fn the_rules_and_rates_that_ship_can_be_read() {
    let rules = Rules::parse(shipped::RULES).unwrap();
    assert!(!rules.rules.is_empty() && !rules.version.is_empty());
    Rates::parse(shipped::RATES).unwrap();
}

#[test]
fn units_convert_as_those_of_the_domain() {
    let units = units();
    for from in Unit::all() {
        for to in Unit::all().filter(|to| to.dimension() == from.dimension()) {
            let found = units.conversion(from.symbol(), to.symbol(), 0).unwrap();
            let expected = from.factor_to(to).unwrap();
            assert_eq!(found.ratio, expected, "{from} to {to}");
        }
    }
}

#[test]
fn an_alias_may_say_the_symbol_again_but_not_that_of_another_unit() {
    let table = |aliases: &str| {
        format!(
            "symbol,dimension,factor,offset,valid_from,valid_to,aliases\nMWh,energy,1,,,,\nkWh,energy,1/1000,,,,{aliases}\n"
        )
    };
    let units = Units::parse(&table("kWh|kilowatt-hour|kWh")).unwrap();
    assert_eq!(
        units.conversion("kilowatt-hour", "MWh", 0).unwrap().ratio,
        units.conversion("kWh", "MWh", 0).unwrap().ratio
    );
    let refused = Units::parse(&table("MWh")).unwrap_err().to_string();
    assert!(refused.contains("names two units at a time"), "{refused}");
}

#[test]
fn places_with_an_eic_are_those_of_the_domain() {
    let symbology = symbology();
    let noon = 1_767_225_600_000_000_000;
    for place in MARKET_CALENDARS.iter().flat_map(|calendar| calendar.places) {
        let Some(eic) = Location::known(place).unwrap().eic else {
            continue;
        };
        let found = symbology.meanings("entsoe", &eic).unwrap();
        let now = found
            .iter()
            .find(|it| it.valid_from <= noon && noon < it.valid_to);
        assert_eq!(now.unwrap().meaning.name, *place, "{eic}");
        let calendar = now.unwrap().meaning.calendar.unwrap();
        assert!(calendar.places.contains(place), "{place}");
    }
}

#[test]
fn germany_meant_more_before_the_split() {
    let symbology = symbology();
    let found = symbology.meanings("nordpool", "GER").unwrap();
    let split = Date::constant(2018, 10, 1);
    let midnight = wattbook_domain::delivery::Zone::new("Europe/Berlin").unwrap();
    let split = midnight.instant(split, 0).unwrap().nanos();
    let name = |at: i64| {
        let now = found
            .iter()
            .find(|it| it.valid_from <= at && at < it.valid_to);
        now.unwrap().meaning.name.clone()
    };
    assert_eq!(name(split - 1), "DE-AT-LU");
    assert_eq!(name(split), "DE-LU");
}

#[test]
fn the_nodes_of_an_operator_are_its_own() {
    let symbology = symbology();
    let name = |source, code| {
        symbology.meanings(source, code).unwrap()[0]
            .meaning
            .name
            .clone()
    };
    // SPP prices its border with MISO at a node called MISO; another node looks like an ISIN.
    assert_eq!(name("spp", "MISO"), "SPP:MISO");
    assert_eq!(name("spp", "CSWMATTISON4"), "SPP:CSWMATTISON4");
    assert_eq!(name("miso", "MISO"), "MISO");
    assert_eq!(name("pjm", "PJM"), "PJM");
    assert_eq!(name("nordpool", "FI"), "FI");
}

#[test]
fn an_unknown_code_is_told_with_the_nearest() {
    let symbology = symbology();
    let near = |code| match symbology.meanings("entsoe", code) {
        Err(Unknown::Code(near)) => near,
        other => panic!("{other:?}"),
    };
    assert_eq!(near("DE_LU").as_deref(), Some("DE-LU"));
    assert!(matches!(
        symbology.meanings("entsoe", "10YFR-RTE------D"),
        Err(Unknown::Check(_))
    ));
    let unit = symbology
        .meanings("entsoe", "48W00000DIDCB02C")
        .map(|it| it[0].meaning.name.clone());
    assert!(unit.is_err() || unit == Ok("48W00000DIDCB02C".to_owned()));
    let product = symbology.meanings("eex", "DEBM F27").unwrap();
    assert_eq!(product[0].meaning.name, "DE-LU Jan-27 Base");
    let oil = symbology.meanings("nymex", "CLK20").unwrap();
    assert_eq!(oil[0].meaning.name, "CLK20");
}
