//! Signals that still hold, and how sure a strategy's must be.

use std::collections::{BTreeMap, BTreeSet};

use wattbook_domain::command::RecordSignal;
use wattbook_domain::state::State;
use wattbook_domain::{Refusal, SignalId, StrategyId, Timestamp, state};

/// What the gate keeps of a signal.
#[derive(Debug, Clone, Copy)]
struct Held {
    strategy: StrategyId,
    confidence_ppm: u32,
    valid_until: Timestamp,
}

state!(Held {
    strategy,
    confidence_ppm,
    valid_until
});

/// Signals that still hold, by number and by end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    held: BTreeMap<SignalId, Held>,
    ends: BTreeSet<(Timestamp, SignalId)>,
    thresholds: BTreeMap<StrategyId, u32>,
}

/// All of certainty, in 1e-6.
const CERTAIN_PPM: u32 = 1_000_000;

impl Signals {
    /// Sets the threshold that a strategy's signals must be above.
    pub(crate) fn set_threshold(&mut self, strategy: StrategyId, confidence_ppm: u32) {
        self.thresholds.insert(strategy, confidence_ppm);
    }

    /// Takes over a signal.
    pub(crate) fn record(&mut self, signal: &RecordSignal, now: Timestamp) -> Result<(), Refusal> {
        while let Some((end, number)) = self.ends.first().copied()
            && end <= now
        {
            self.ends.pop_first();
            self.held.remove(&number);
        }
        if signal.confidence_ppm > CERTAIN_PPM {
            return Err(Refusal::Terms {
                field: "confidence_ppm",
                fix: "give a confidence from 0 to 1,000,000 ppm",
            });
        }
        let number = signal.signal;
        if number.0 == 0 || signal.valid_until <= now {
            return Err(Refusal::UnknownSignal { signal: number });
        }
        if self.held.contains_key(&number) {
            return Err(Refusal::RepeatedSignal { signal: number });
        }
        self.ends.insert((signal.valid_until, number));
        self.held.insert(
            number,
            Held {
                strategy: signal.strategy,
                confidence_ppm: signal.confidence_ppm,
                valid_until: signal.valid_until,
            },
        );
        Ok(())
    }

    /// Whether `strategy` may trade on `signal`. A strategy with a threshold needs a signal; one
    /// without needs none, but a signal that it names must be above the default.
    #[inline]
    pub(crate) fn check(
        &self,
        strategy: StrategyId,
        signal: SignalId,
        default_ppm: u32,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if signal.0 == 0 && self.thresholds.is_empty() {
            return Ok(());
        }
        self.check_held(strategy, signal, default_ppm, now)
    }

    fn check_held(
        &self,
        strategy: StrategyId,
        signal: SignalId,
        default_ppm: u32,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let threshold = self.thresholds.get(&strategy).copied();
        if signal.0 == 0 && threshold.is_none() {
            return Ok(());
        }
        let threshold_ppm = threshold.unwrap_or(default_ppm);
        let held = self.held.get(&signal);
        let Some(held) = held.filter(|held| held.strategy == strategy && now < held.valid_until)
        else {
            return Err(Refusal::UnknownSignal { signal });
        };
        if held.confidence_ppm <= threshold_ppm {
            return Err(Refusal::Confidence {
                signal,
                confidence_ppm: held.confidence_ppm,
                threshold_ppm,
            });
        }
        Ok(())
    }
}

impl State for Signals {
    fn save(&self, out: &mut Vec<u8>) {
        self.held.save(out);
        self.thresholds.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let held: BTreeMap<SignalId, Held> = State::load(input)?;
        let end = |(number, held): (&SignalId, &Held)| (held.valid_until, *number);
        Some(Self {
            ends: held.iter().map(end).collect(),
            held,
            thresholds: State::load(input)?,
        })
    }
}
