//! One series of a source: what it is, the rules that hold for it, and what it remembers.

use std::ops::Range;

use wattbook_domain::unit::Ratio;

use super::columns::{Correction, Fault, NO_REVISION, Normalized, Reason};
use super::convert::scaled;
use super::flag;
use super::grid::Grid;
use super::kernel::{Moment, Value};
use super::rule::Action;
use super::seen::{Publication, Seen};
use super::window::Window;

/// What a series is: numbers of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeriesName {
    /// Who tells it.
    pub source: u32,
    /// What is observed.
    pub dataset: u32,
    /// Where: the one name of the place.
    pub location: u32,
    /// The other end, [`super::NONE`] for none.
    pub counterpart: u32,
    /// What shares the location, [`super::NONE`] for none.
    pub item: u32,
}

/// A rule as it holds for a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Check {
    /// Place in the rule file.
    pub(super) rule: u16,
    pub(super) action: Action,
    /// Delivery starts that it holds for, ns UTC, half-open.
    pub(super) valid_from: i64,
    pub(super) valid_to: i64,
    pub(super) looks: Looks,
}

/// What a check looks at, ready for use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Looks {
    Range {
        min: f64,
        max: f64,
    },
    /// Places in the table of price limits.
    Limits {
        first: u32,
        after: u32,
    },
    Tick(i64),
    /// Lengths of delivery periods in ns, zeros after the last.
    Grid([i64; 6]),
    Calendar,
    Jump {
        deviations: f64,
        floor: f64,
        window: u8,
    },
    Stale(i64),
    Unchanged(u32),
    Sequence,
    Duplicate,
    Contradiction,
    RateAge(i64),
    Scale {
        min: f64,
        max: f64,
        factor: Ratio,
    },
    Sign,
    FalseZero {
        deviations: f64,
        floor: f64,
        window: u8,
    },
}

/// Price limits of some delivery starts, ns UTC, half-open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limit {
    pub(super) valid_from: i64,
    pub(super) valid_to: i64,
    pub(super) min: f64,
    pub(super) max: f64,
}

/// Statistics of the last values of a series, or of their changes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Memory {
    pub(super) of_changes: bool,
    pub(super) window: Window,
}

impl Memory {
    /// How far `x` is from the median, and the deviation; none while too few values are known.
    fn distance(&self, x: f64) -> Option<(f64, f64)> {
        let few = self.window.len() * 4 < self.window.capacity();
        let median = self.window.median();
        (!few).then(|| ((x - median).abs(), self.window.deviation(median)))
    }
}

/// A series and what is remembered of it.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) name: SeriesName,
    /// Its delivery days, where it delivers.
    pub(super) grid: Option<&'static Grid>,
    /// Its delivery period, where its name says so.
    pub(super) period: Option<(i64, i64)>,
    /// Whether its values are exact in 1e-6.
    pub(super) exact: bool,
    /// Its checks.
    pub(super) checks: Range<u32>,
    /// Unit, conversion and delivery starts for which the last look-up holds.
    pub(super) unit: (u32, u32, i64, i64),
    pub(super) memories: Vec<Memory>,
    pub(super) seen: Seen,
    last_start: i64,
    last_value: f64,
    unchanged: u32,
}

impl Series {
    pub(super) fn new(
        name: SeriesName,
        grid: Option<&'static Grid>,
        period: Option<(i64, i64)>,
        exact: bool,
    ) -> Self {
        Self {
            name,
            grid,
            period,
            exact,
            checks: 0..0,
            unit: (super::NONE - 1, 0, 0, 0),
            memories: Vec::new(),
            seen: Seen::default(),
            last_start: i64::MIN,
            last_value: f64::NAN,
            unchanged: 0,
        }
    }

    /// Puts a value through the checks in order: changes it, flags it, or says why it is set aside.
    #[inline]
    pub(super) fn check(
        &self,
        checks: &[Check],
        limits: &[Limit],
        moment: &Moment,
        value: &mut Value,
        out: &mut Normalized,
    ) -> Option<Fault> {
        for check in checks {
            if moment.start < check.valid_from || check.valid_to <= moment.start {
                continue;
            }
            let Some(breach) = self.breach(check, limits, moment, value.value) else {
                continue;
            };
            match check.action {
                Action::Flag => value.flags |= breach.flag,
                Action::Quarantine => return Some(breach.fault(check, moment, value.value)),
                Action::Correct => {
                    let before = value.value;
                    value.value = self.corrected(check, before);
                    value.flags |= flag::CORRECTED;
                    out.corrections.push(Correction {
                        row: moment.row as u32,
                        rule: check.rule,
                        before,
                        after: value.value,
                    });
                }
            }
        }
        None
    }

    /// How `value` breaks `check`, if it does. A value that the source does not have (NaN) breaks no
    /// rule about values.
    #[inline]
    fn breach(
        &self,
        check: &Check,
        limits: &[Limit],
        moment: &Moment,
        value: f64,
    ) -> Option<Breach> {
        match check.looks {
            Looks::Range { min, max } => outside(value, min, max),
            Looks::Limits { first, after } => {
                let limits = &limits[first as usize..after as usize];
                let limit = limits
                    .iter()
                    .find(|it| it.valid_from <= moment.start && moment.start < it.valid_to)?;
                outside(value, limit.min, limit.max)
            }
            Looks::Tick(tick) => {
                let millionths = (value * 1e6).round_ties_even() as i64;
                let off = value.is_finite() && millionths % tick != 0;
                plain(off, flag::OFF_TICK, (f64::NAN, tick as f64 / 1e6))
            }
            Looks::Jump {
                deviations,
                floor,
                window,
            } => self.far(window, (deviations, floor), value, flag::JUMP),
            Looks::FalseZero {
                deviations,
                floor,
                window,
            } if value == 0.0 => self.far(window, (deviations, floor), value, flag::CORRECTED),
            Looks::Scale { min, max, .. } => {
                plain(min <= value && value < max, flag::CORRECTED, (min, max))
            }
            Looks::Sign => plain(value < 0.0, flag::CORRECTED, NOTHING),
            Looks::Unchanged(times) => {
                let again = value.to_bits() == self.last_value.to_bits() && self.unchanged >= times;
                plain(again, flag::UNCHANGED, (f64::NAN, f64::from(times)))
            }
            looks => self.untimely(looks, moment),
        }
    }

    /// How the times of a row break a check, if they do.
    #[inline]
    fn untimely(&self, looks: Looks, moment: &Moment) -> Option<Breach> {
        match looks {
            Looks::Grid(lengths) => {
                let length = moment.end - moment.start;
                plain(
                    length != 0 && !lengths.contains(&length),
                    flag::OFF_GRID,
                    NOTHING,
                )
            }
            Looks::Calendar => plain(!moment.on_calendar, flag::OFF_GRID, NOTHING),
            Looks::Stale(most) => {
                let age = moment.ts_recv.saturating_sub(moment.published);
                plain(age > most, flag::STALE, (age as f64, most as f64))
            }
            Looks::Sequence => plain(
                moment.start < self.last_start,
                flag::OUT_OF_SEQUENCE,
                NOTHING,
            ),
            Looks::RateAge(most) => {
                let age = moment.rate_age;
                plain(age > most, flag::STALE_RATE, (age as f64, most as f64))
            }
            _ => None,
        }
    }

    /// That `value` is further from the median than so many deviations of at least a floor.
    fn far(
        &self,
        window: u8,
        (deviations, floor): (f64, f64),
        value: f64,
        flag: u32,
    ) -> Option<Breach> {
        let memory = &self.memories[usize::from(window)];
        let x = if memory.of_changes {
            value - self.last_value
        } else {
            value
        };
        if !x.is_finite() {
            return None;
        }
        let (distance, deviation) = memory.distance(x)?;
        let reach = deviations * deviation.max(floor);
        plain(distance > reach, flag, (distance, reach))
    }

    fn corrected(&self, check: &Check, value: f64) -> f64 {
        match check.looks {
            Looks::Scale { factor, .. } => scaled(value, factor, self.exact),
            Looks::Sign => -value,
            _ => f64::NAN,
        }
    }

    /// Remembers a row that is kept.
    #[inline]
    pub(super) fn learn(&mut self, value: &Value, moment: &Moment) {
        self.last_start = self.last_start.max(moment.start);
        let value = value.value;
        if value.is_nan() {
            return;
        }
        self.unchanged = if value.to_bits() == self.last_value.to_bits() {
            self.unchanged.saturating_add(1)
        } else {
            1
        };
        for memory in &mut self.memories {
            let x = if memory.of_changes {
                value - self.last_value
            } else {
                value
            };
            if x.is_finite() {
                memory.window.push(x);
            }
        }
        self.last_value = value;
    }
}

/// How a rule is broken.
#[derive(Clone, Copy)]
struct Breach {
    flag: u32,
    low: f64,
    high: f64,
}

/// Nothing to say of bounds.
const NOTHING: (f64, f64) = (f64::NAN, f64::NAN);

#[inline]
fn plain(is_breach: bool, flag: u32, (low, high): (f64, f64)) -> Option<Breach> {
    is_breach.then_some(Breach { flag, low, high })
}

#[inline]
fn outside(value: f64, min: f64, max: f64) -> Option<Breach> {
    plain(value < min || value > max, flag::OUT_OF_RANGE, (min, max))
}

impl Breach {
    fn fault(self, check: &Check, moment: &Moment, found: f64) -> Fault {
        Fault {
            row: moment.row as u32,
            reason: Reason::Rule(check.rule),
            found,
            low: self.low,
            high: self.high,
        }
    }
}

/// Whether two values are the same but for the last digits that a publisher's text keeps.
fn is_same(one: f64, other: f64) -> bool {
    let nearness = 1e-9 * one.abs().max(other.abs());
    one.to_bits() == other.to_bits() || (one - other).abs() <= nearness
}

/// What a publication is to the one before of the same delivery period: later, earlier, or the same
/// again, which the rules on duplicates and contradictions decide on.
///
/// The time of publication decides; a lower revision may be published later and then counts. The
/// revision decides between publications of one instant.
#[inline]
pub(super) fn compare(
    before: &mut Publication,
    now: Publication,
    checks: &[Check],
    moment: &Moment,
    flags: &mut u32,
) -> Option<Fault> {
    let known = before.revision != NO_REVISION && now.revision != NO_REVISION;
    let by_revision = if known {
        now.revision.cmp(&before.revision)
    } else {
        std::cmp::Ordering::Equal
    };
    match now.published.cmp(&before.published).then(by_revision) {
        std::cmp::Ordering::Greater => {
            *flags |= flag::REVISED;
            *before = now;
            None
        }
        std::cmp::Ordering::Less => {
            *flags |= flag::SUPERSEDED;
            None
        }
        std::cmp::Ordering::Equal => {
            let same = is_same(now.value, before.value);
            let wanted = if same {
                Looks::Duplicate
            } else {
                Looks::Contradiction
            };
            *flags |= flag::DUPLICATE;
            let holds = |check: &&Check| {
                check.looks == wanted
                    && check.valid_from <= moment.start
                    && moment.start < check.valid_to
            };
            let check = checks.iter().find(holds)?;
            (check.action == Action::Quarantine).then_some(Fault {
                row: moment.row as u32,
                reason: Reason::Rule(check.rule),
                found: now.value,
                low: before.value,
                high: before.value,
            })
        }
    }
}
