//! Rules about several rows at once: parts and totals, flows and what flows back, source against
//! source; and which source counts.

use rustc_hash::FxHashMap;

use super::columns::{NO_TIME, Rows};
use super::flag;
use super::kernel::Normalizer;
use super::names::NONE;
use super::rule::{Action, RuleKind};
use super::symbology::instant;
use super::table::{ALWAYS, FOR_EVER};

/// What several rows are about: dataset, location, counterpart, item (numbers of texts) and the
/// delivery period (ns UTC).
type Subject = (u32, u32, u32, u32, i64, i64);

/// A row that was set aside because of others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupFault {
    /// Place in the columns that were given.
    pub row: usize,
    /// Place in the rule file.
    pub rule: u16,
    /// Its value, or the sum of the parts.
    pub found: f64,
    /// What that was compared with.
    pub against: f64,
}

/// Normalized rows of one source or of several, as columns of one length: numbers of texts, and times
/// in ns UTC.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// Who tells it.
    pub source: Vec<u32>,
    /// What is observed.
    pub dataset: Vec<u32>,
    /// Where.
    pub location: Vec<u32>,
    /// The other end, [`NONE`] for none.
    pub counterpart: Vec<u32>,
    /// What shares the location, [`NONE`] for none.
    pub item: Vec<u32>,
    /// First instant of delivery.
    pub delivery_start: Vec<i64>,
    /// First instant after delivery.
    pub delivery_end: Vec<i64>,
    /// NaN for none.
    pub value: Vec<f64>,
    /// When it was published, or else received.
    pub published: Vec<i64>,
    /// Bits of [`super::flag`].
    pub flags: Vec<u32>,
}

impl Told {
    fn subject(&self, row: usize) -> Subject {
        (
            self.dataset[row],
            self.location[row],
            self.counterpart[row],
            self.item[row],
            self.delivery_start[row],
            self.delivery_end[row],
        )
    }

    /// The rows that count: of each source and subject the last that is not superseded.
    fn latest(&self) -> Vec<usize> {
        let mut last: FxHashMap<(u32, Subject), usize> = FxHashMap::default();
        for row in 0..self.source.len() {
            if self.flags[row] & flag::SUPERSEDED == 0 && !self.value[row].is_nan() {
                last.insert((self.source[row], self.subject(row)), row);
            }
        }
        let mut rows: Vec<usize> = last.into_values().collect();
        // The map has no order of its own that would be the same twice.
        rows.sort_unstable();
        rows
    }
}

/// Rows of a rule and the instants between which it holds, by location.
struct Covered<'n> {
    normalizer: &'n Normalizer,
    place: usize,
    /// By source, dataset, location and item.
    spans: FxHashMap<[u32; 4], (i64, i64)>,
}

impl Covered<'_> {
    fn has(&mut self, told: &Told, row: usize) -> bool {
        let key = [
            told.source[row],
            told.dataset[row],
            told.location[row],
            told.item[row],
        ];
        let (from, to) = *self
            .spans
            .entry(key)
            .or_insert_with(|| self.normalizer.span_of(self.place, key));
        from <= told.delivery_start[row] && told.delivery_start[row] < to
    }
}

impl Normalizer {
    /// Rows of [`Self::apply`] with their names.
    #[must_use]
    pub fn told(&self, rows: &Rows, ts_recv: i64) -> Told {
        let names = || rows.series.iter().map(|series| self.series(*series));
        let published = |at: &i64| if *at == NO_TIME { ts_recv } else { *at };
        Told {
            source: names().map(|it| it.source).collect(),
            dataset: names().map(|it| it.dataset).collect(),
            location: names().map(|it| it.location).collect(),
            counterpart: names().map(|it| it.counterpart).collect(),
            item: names().map(|it| it.item).collect(),
            delivery_start: rows.delivery_start.clone(),
            delivery_end: rows.delivery_end.clone(),
            value: rows.value.clone(),
            published: rows.ts_event.iter().map(published).collect(),
            flags: rows.flags.clone(),
        }
    }

    /// Whether a rule about several rows at once is there, of those that look at one source or of
    /// those that compare sources.
    #[must_use]
    pub fn has_group_rules(&self, of_sources: bool) -> bool {
        self.tables.rules.rules.iter().any(|rule| match rule.kind {
            RuleKind::Sum { .. } | RuleKind::Antisymmetric { .. } => !of_sources,
            RuleKind::Disagreement { .. } => of_sources,
            _ => false,
        })
    }

    /// Puts rows through the rules about several rows at once: flags them in place and says which
    /// are to be set aside, each once.
    ///
    /// Of several publications the last that is not superseded counts. Groups that are not
    /// complete (no total, nothing that flows back, one source) say nothing.
    pub fn check_groups(&self, told: &mut Told) -> Vec<GroupFault> {
        let mut faults = Vec::new();
        let latest = told.latest();
        for (place, rule) in self.tables.rules.rules.iter().enumerate() {
            let mut covered = Covered {
                normalizer: self,
                place,
                spans: FxHashMap::default(),
            };
            let mut chosen = || -> Vec<usize> {
                latest
                    .iter()
                    .copied()
                    .filter(|row| covered.has(told, *row))
                    .collect()
            };
            let (broken, mark) = match rule.kind {
                RuleKind::Sum {
                    ref total,
                    tolerance,
                    floor,
                } => {
                    let parts = chosen();
                    let is_total = |row: &usize| self.text(told.dataset[*row]) == total;
                    let totals: Vec<usize> = latest.iter().copied().filter(is_total).collect();
                    let allowed = |value: f64| (value.abs() * tolerance).max(floor);
                    (
                        sums(told, &parts, &totals, place, allowed),
                        flag::UNBALANCED,
                    )
                }
                RuleKind::Antisymmetric { tolerance } => {
                    (flows(told, &chosen(), place, tolerance), flag::UNBALANCED)
                }
                RuleKind::Disagreement { tolerance } => (
                    disagreements(told, &chosen(), place, tolerance),
                    flag::DISAGREES,
                ),
                _ => continue,
            };
            for fault in broken {
                if rule.action == Action::Flag {
                    told.flags[fault.row] |= mark;
                } else {
                    faults.push(fault);
                }
            }
        }
        faults.sort_by_key(|fault| fault.row);
        faults.dedup_by_key(|fault| fault.row);
        faults
    }

    /// Delivery starts for which a rule holds for a source, dataset, location and item; empty where
    /// it does not cover them.
    fn span_of(&self, place: usize, key: [u32; 4]) -> (i64, i64) {
        let rule = &self.tables.rules.rules[place];
        let [source, dataset, location, item] = key.map(|number| self.text(number));
        if !rule.covers(source, dataset, location, item) {
            return (0, 0);
        }
        let days = self.tables.symbology.days_of(location);
        let day = |day| instant(days.as_ref(), day);
        (
            rule.valid_from.map_or(ALWAYS, day),
            rule.valid_to.map_or(FOR_EVER, day),
        )
    }

    /// Why a row was set aside because of others.
    #[must_use]
    pub fn group_reason(&self, fault: &GroupFault) -> String {
        let rule = self.tables.rules.rules.get(usize::from(fault.rule));
        let (found, against) = (fault.found, fault.against);
        let Some(rule) = rule else {
            return format!("{found} against {against}");
        };
        let what = match rule.kind {
            RuleKind::Sum { .. } => format!("the total is {found}, its parts add up to {against}"),
            RuleKind::Antisymmetric { .. } => {
                format!("{found} flows there and {against} back; one is not the other's opposite")
            }
            _ => format!("{found}, where another source says {against}"),
        };
        format!("{}: {what}", rule.name)
    }

    /// The one row for each subject among rows of several sources: of the best source whose value was
    /// published no longer before the newest than the preference allows, and of two publications the
    /// later. Places in `told`, rising; rows without a value and superseded ones never count.
    #[must_use]
    pub fn conflated(&self, told: &Told) -> Vec<usize> {
        let latest = told.latest();
        let mut newest: FxHashMap<Subject, i64> = FxHashMap::default();
        for row in &latest {
            let at = newest.entry(told.subject(*row)).or_insert(i64::MIN);
            *at = (*at).max(told.published[*row]);
        }
        let mut best: FxHashMap<Subject, (usize, i64, usize)> = FxHashMap::default();
        for row in latest {
            let subject = told.subject(row);
            let (rank, fresh) = self.rank(subject.0, told.source[row]);
            let at = told.published[row];
            let is_old = newest
                .get(&subject)
                .is_some_and(|newest| newest.saturating_sub(at) > fresh);
            // Among those that are fresh the best source; an old one only where none is fresh.
            let rank = if is_old { usize::MAX } else { rank };
            let kept = best.entry(subject).or_insert((rank, at, row));
            if rank < kept.0 || (rank == kept.0 && at > kept.1) {
                *kept = (rank, at, row);
            }
        }
        let mut rows: Vec<usize> = best.into_values().map(|(_, _, row)| row).collect();
        rows.sort_unstable();
        rows
    }

    /// How good a source is for a dataset, and how much older than the newest it may be.
    fn rank(&self, dataset: u32, source: u32) -> (usize, i64) {
        let (dataset, source) = (self.text(dataset), self.text(source));
        let covers = |name: &String| match name.strip_suffix('*') {
            Some(head) => dataset.starts_with(head),
            None => name == dataset,
        };
        let preferences = &self.tables.rules.preferences;
        let found = preferences
            .iter()
            .find(|it| it.datasets.is_empty() || it.datasets.iter().any(covers));
        found.map_or((0, i64::MAX), |it| {
            let rank = it.sources.iter().position(|name| name == source);
            (rank.unwrap_or(it.sources.len()), it.fresh)
        })
    }
}

/// Totals that their parts do not add up to.
fn sums(
    told: &Told,
    parts: &[usize],
    totals: &[usize],
    place: usize,
    allowed: impl Fn(f64) -> f64,
) -> Vec<GroupFault> {
    let key = |row: usize| {
        let (_, location, _, _, start, end) = told.subject(row);
        (told.source[row], location, start, end)
    };
    let mut sums: FxHashMap<_, f64> = FxHashMap::default();
    for row in parts {
        *sums.entry(key(*row)).or_default() += told.value[*row];
    }
    let faults = totals.iter().filter_map(|row| {
        let sum = *sums.get(&key(*row))?;
        let value = told.value[*row];
        ((sum - value).abs() > allowed(value)).then_some(fault(*row, place, value, sum))
    });
    faults.collect()
}

/// Flows that are not the opposite of what flows back.
fn flows(told: &Told, rows: &[usize], place: usize, tolerance: f64) -> Vec<GroupFault> {
    let there = || {
        rows.iter()
            .copied()
            .filter(|row| told.counterpart[*row] != NONE)
    };
    let keyed = there().map(|row| ((told.source[row], told.subject(row)), row));
    let by_subject: FxHashMap<_, _> = keyed.collect();
    let faults = there().filter_map(|row| {
        let (dataset, from, to, item, start, end) = told.subject(row);
        let back = (told.source[row], (dataset, to, from, item, start, end));
        let (there, back) = (told.value[row], told.value[*by_subject.get(&back)?]);
        ((there + back).abs() > tolerance).then_some(fault(row, place, there, back))
    });
    faults.collect()
}

/// Rows that another source contradicts.
fn disagreements(told: &Told, rows: &[usize], place: usize, tolerance: f64) -> Vec<GroupFault> {
    let mut spans: FxHashMap<Subject, (f64, f64)> = FxHashMap::default();
    for row in rows {
        let value = told.value[*row];
        let span = spans.entry(told.subject(*row)).or_insert((value, value));
        *span = (span.0.min(value), span.1.max(value));
    }
    let faults = rows.iter().filter_map(|row| {
        let (low, high) = *spans.get(&told.subject(*row))?;
        let value = told.value[*row];
        let other = if value - low > high - value {
            low
        } else {
            high
        };
        (high - low > tolerance).then_some(fault(*row, place, value, other))
    });
    faults.collect()
}

fn fault(row: usize, place: usize, found: f64, against: f64) -> GroupFault {
    GroupFault {
        row,
        rule: u16::try_from(place).unwrap_or(u16::MAX),
        found,
        against,
    }
}
