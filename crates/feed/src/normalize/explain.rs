//! Why a row was set aside, in words, and the row itself as text.

use std::fmt::Write;

use wattbook_domain::Timestamp;

use super::code::CodeFault;
use super::columns::{Fault, NO_REVISION, NO_TIME, Observations, Reason};
use super::kernel::Normalizer;
use super::names::NONE;
use super::rule::RuleKind;
use super::symbology::Unknown;
use super::unit::UnitFault;

impl Normalizer {
    /// What was found in the row of `fault`, and what was expected.
    #[must_use]
    pub fn reason(&self, source: u32, rows: &Observations<'_>, fault: &Fault) -> String {
        let row = fault.row as usize;
        let text = |column: &[u32]| self.text(column[row]);
        match fault.reason {
            Reason::Nameless => "the row has no dataset or no location".to_owned(),
            Reason::Location => self.unknown(source, "location", text(rows.location)),
            Reason::Counterpart => self.unknown(source, "counterpart", text(rows.counterpart)),
            Reason::Expired => self.expired(source, rows, row),
            Reason::Unit | Reason::Dimension => self.unit_fault(
                text(rows.dataset),
                text(rows.unit),
                rows.delivery_start[row],
            ),
            Reason::Rate => format!(
                "no exchange rate was known for {} when the value was published; give dated rates",
                text(rows.unit)
            ),
            Reason::Infinite => format!("the value {} is not finite", rows.value[row]),
            Reason::TooLarge => format!(
                "the value {} {} is beyond 64 bits of 1e-6; check its unit",
                rows.value[row],
                text(rows.unit)
            ),
            Reason::NoTime => "the row has no delivery start".to_owned(),
            Reason::Backwards => format!(
                "delivery ends at {}, before it starts at {} or a century later",
                instant(rows.delivery_end[row]),
                instant(rows.delivery_start[row])
            ),
            Reason::TooManySeries => "the row is of one series more than may be remembered; allow \
                                      for more, or look why codes or items are so many"
                .to_owned(),
            Reason::OtherPeriod => format!(
                "{} does not deliver from {} to {}",
                text(rows.location),
                instant(rows.delivery_start[row]),
                instant(rows.delivery_end[row])
            ),
            Reason::Rule(place) => self.broken(place, rows, row, fault),
        }
    }

    fn unknown(&self, source: u32, what: &str, code: &str) -> String {
        let source = self.text(source);
        match self.tables.symbology.meanings(source, code) {
            Err(Unknown::Check(CodeFault::EicCheck { expected })) => format!(
                "{what} code {code:?} of {source} has a wrong check character; an EIC that begins \
                 so ends in {expected}"
            ),
            Err(Unknown::Check(CodeFault::IsinCheck { expected })) => format!(
                "{what} code {code:?} of {source} has a wrong check digit; an ISIN that begins so \
                 ends in {expected}"
            ),
            Err(Unknown::Code(Some(near))) => format!(
                "{what} code {code:?} of {source} is unknown; the nearest known is {near:?}"
            ),
            _ => format!("{what} code {code:?} of {source} is unknown, and none is near"),
        }
    }

    fn expired(&self, source: u32, rows: &Observations<'_>, row: usize) -> String {
        let at = rows.delivery_start[row];
        let codes = [rows.location[row], rows.counterpart[row]];
        for code in codes.into_iter().filter(|code| *code != NONE) {
            let meanings = self
                .tables
                .symbology
                .meanings(self.text(source), self.text(code))
                .unwrap_or_default();
            if meanings
                .iter()
                .any(|it| it.valid_from <= at && at < it.valid_to)
            {
                continue;
            }
            let spans = meanings.iter().map(|it| {
                let (from, to) = (bound(it.valid_from), bound(it.valid_to));
                format!("{} from {from} to {to}", it.meaning.name)
            });
            return format!(
                "code {:?} means nothing for delivery at {}; it was {}",
                self.text(code),
                instant(at),
                spans.collect::<Vec<_>>().join(", ")
            );
        }
        "a code means nothing on that day".to_owned()
    }

    fn unit_fault(&self, dataset: &str, unit: &str, at: i64) -> String {
        let rule = self
            .tables
            .rules
            .datasets
            .iter()
            .find(|it| it.name == dataset);
        let wanted = rule.map_or("", |rule| rule.unit.as_str());
        match self.tables.units.conversion(unit, wanted, at) {
            Err(UnitFault::Unknown(unit)) => {
                let mut names: Vec<&str> = self.tables.units.names().collect();
                names.sort_unstable();
                match super::code::nearest(&unit, names.into_iter()) {
                    Some(near) => {
                        format!("unit {unit:?} is unknown; the nearest known is {near:?}")
                    }
                    None => format!("unit {unit:?} is unknown; add it to the table of units"),
                }
            }
            Err(UnitFault::Unconvertible(what)) => {
                format!("{what}, in which {dataset} is kept: they measure different things")
            }
            Ok(_) => format!(
                "{unit} becomes {wanted} by the length of the delivery period, which has none"
            ),
        }
    }

    fn broken(&self, place: u16, rows: &Observations<'_>, row: usize, fault: &Fault) -> String {
        let Some(rule) = self.tables.rules.rules.get(usize::from(place)) else {
            return "a rule that is no longer there".to_owned();
        };
        let (found, low, high) = (fault.found, fault.low, fault.high);
        let what = match rule.kind {
            RuleKind::Range { .. } | RuleKind::Limits(_) => {
                format!("{found} is not from {low} to {high}")
            }
            RuleKind::Tick(_) => format!("{found} is no multiple of {high}"),
            RuleKind::Grid(ref minutes) => {
                format!("the delivery period is none of {minutes:?} minutes long")
            }
            RuleKind::Calendar => format!(
                "delivery from {} to {} is no part of a delivery day and no whole one",
                instant(rows.delivery_start[row]),
                instant(rows.delivery_end[row])
            ),
            RuleKind::Jump { of_changes, .. } => {
                let of = if of_changes { "change" } else { "value" };
                format!("{found} is {low} from the median {of}, and {high} is allowed")
            }
            RuleKind::FalseZero { .. } => {
                format!("the zero is {low} from the median, and {high} is allowed")
            }
            RuleKind::Stale(_) => format!("received {} s after it was published", low / 1e9),
            RuleKind::Unchanged(times) => format!("{found} for more than {times} rows"),
            RuleKind::Sequence => format!(
                "delivery at {} came after a later one",
                instant(rows.delivery_start[row])
            ),
            RuleKind::Duplicate => format!("{found} was told before by the same publication"),
            RuleKind::Contradiction => {
                format!(
                    "{found}, where the same publication told {low} before; the first one counts"
                )
            }
            RuleKind::RateAge(_) => {
                format!("converted at a rate known for {} days", low / 86_400e9)
            }
            RuleKind::Scale { .. } => format!("{found} looks like another unit"),
            RuleKind::Sign => format!("{found} is below zero"),
            RuleKind::Disagreement { .. }
            | RuleKind::Sum { .. }
            | RuleKind::Antisymmetric { .. } => format!("{found} against {low}"),
        };
        format!("{}: {what}", rule.name)
    }

    /// A row as a JSON object with the names of the columns.
    #[must_use]
    pub fn row_text(&self, rows: &Observations<'_>, row: usize) -> String {
        let mut out = String::from("{");
        let texts = [
            ("dataset", rows.dataset),
            ("location", rows.location),
            ("counterpart", rows.counterpart),
            ("item", rows.item),
            ("unit", rows.unit),
        ];
        for (name, column) in texts {
            let _ = match column[row] {
                NONE => write!(out, "\"{name}\":null,"),
                number => write!(out, "\"{name}\":{},", json(self.text(number))),
            };
        }
        let numbers = [
            ("delivery_start", rows.delivery_start[row], NO_TIME),
            ("delivery_end", rows.delivery_end[row], NO_TIME),
            ("ts_event", rows.ts_event[row], NO_TIME),
            (
                "revision",
                i64::from(rows.revision[row]),
                i64::from(NO_REVISION),
            ),
            ("place", rows.place[row], NO_TIME),
        ];
        for (name, value, none) in numbers {
            let _ = if value == none {
                write!(out, "\"{name}\":null,")
            } else {
                write!(out, "\"{name}\":{value},")
            };
        }
        let value = rows.value[row];
        let _ = if value.is_finite() {
            write!(out, "\"value\":{value:?}}}")
        } else {
            write!(out, "\"value\":null}}")
        };
        out
    }
}

/// `text` between quotes as JSON wants it.
fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if u32::from(control) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

fn instant(nanos: i64) -> String {
    if nanos == NO_TIME {
        return "no time".to_owned();
    }
    Timestamp::from_nanos(nanos).to_string()
}

fn bound(nanos: i64) -> String {
    match nanos {
        i64::MIN => "the beginning".to_owned(),
        i64::MAX => "now".to_owned(),
        nanos => instant(nanos),
    }
}
