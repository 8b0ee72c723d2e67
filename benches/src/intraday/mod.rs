//! A day of the intraday market: every contract of the day, its orders in one plain book a contract or in
//! zones that share capacity.
//!
//! The day is drawn from a fixed seed. Of a hundred commands about 53 are limit orders that mostly join
//! within 40 ticks of a price that moves slowly, 37 are cancels of a recent order, 4 amendments, 4
//! orders that take, 2 icebergs, one in two hundred is a block of hours and one in a thousand a
//! basket. Three in four are for the contracts of the next four hours. Gates close as the day goes on.

mod day;
mod sides;

use wattbook_book::{BookEvent, CoupledEvent};

use crate::Arguments;
use crate::harness::{self, Report, Work};
use day::{Command, Day};
use sides::{Coupled, Plain, Ring};

const COMMANDS: u32 = 10_000_000;
const AMPLE: i64 = 1 << 40;
/// Lots a border and direction where they run short: a tenth of a megawatt each.
const SCARCE: i64 = 1_000;
fn traded<E>(ring: &Ring<E>) -> Work {
    vec![
        ("accepted", ring.accepted),
        ("fills", ring.fills),
        ("lots", ring.lots),
    ]
}

fn accepted<E>(ring: &Ring<E>) -> Work {
    vec![("accepted", ring.accepted)]
}

fn day() -> Vec<Command> {
    Day::new(COMMANDS).draw(COMMANDS)
}

fn run_plain(arguments: &Arguments, work: fn(&Ring<BookEvent>) -> Work) -> Report {
    let commands = day();
    let before = harness::anonymous_bytes();
    let mut bytes = 0_f64;
    let (seconds, work) = harness::measure(arguments.repeats, Plain::new, |plain| {
        plain.run(&commands);
        bytes = bytes.max(harness::anonymous_bytes() - before);
        work(&plain.ring)
    });
    report(&commands, (seconds, work), vec![("book_bytes", bytes)])
}

fn run_coupled(
    arguments: &Arguments,
    capacity: i64,
    work: fn(&Ring<CoupledEvent>) -> Work,
) -> Report {
    let commands = day();
    let before = harness::anonymous_bytes();
    let (mut bytes, mut fills, mut flows) = (0_f64, 0, 0);
    let prepare = || Coupled::new(capacity);
    let (seconds, work) = harness::measure(arguments.repeats, prepare, |coupled| {
        coupled.run(&commands);
        bytes = bytes.max(harness::anonymous_bytes() - before);
        (fills, flows) = (coupled.ring.fills, coupled.ring.flows);
        work(&coupled.ring)
    });
    let extra = vec![
        ("book_bytes", bytes),
        ("fills", fills as f64),
        ("borders_used", flows as f64),
    ];
    report(&commands, (seconds, work), extra)
}

fn report(
    commands: &[Command],
    (seconds, work): (Vec<harness::Seconds>, Work),
    extra: Vec<(&'static str, f64)>,
) -> Report {
    Report {
        unit: "commands/s",
        count: commands.len() as u64,
        seconds,
        work,
        latency_ns: None,
        extra,
    }
}

/// One plain book a contract.
pub(crate) fn plain(arguments: &Arguments) -> Report {
    run_plain(arguments, traded)
}

/// Zones with ample capacity, which trade as plain books do.
pub(crate) fn coupled(arguments: &Arguments) -> Report {
    run_coupled(arguments, AMPLE, traded)
}

/// One plain book a contract, beside zones that trade otherwise.
pub(crate) fn plain_beside(arguments: &Arguments) -> Report {
    run_plain(arguments, accepted)
}

/// Zones whose borders fill up.
pub(crate) fn scarce(arguments: &Arguments) -> Report {
    run_coupled(arguments, SCARCE, accepted)
}
