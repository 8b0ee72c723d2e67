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
    recorded_at: Timestamp,
    half_life_ns: u64,
    valid_until: Timestamp,
}

state!(Held {
    strategy,
    confidence_ppm,
    recorded_at,
    half_life_ns,
    valid_until
});

impl Held {
    /// How sure it still is at `now`, in 1e-6.
    fn confidence_ppm(&self, now: Timestamp) -> u32 {
        let age = now.nanos().saturating_sub(self.recorded_at.nanos());
        decayed_ppm(
            self.confidence_ppm,
            age.max(0).unsigned_abs(),
            self.half_life_ns,
        )
    }
}

/// Signals that still hold, by number and by end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    held: BTreeMap<SignalId, Held>,
    ends: BTreeSet<(Timestamp, SignalId)>,
    thresholds: BTreeMap<StrategyId, u32>,
}

/// All of certainty, in 1e-6.
const CERTAIN_PPM: u32 = 1_000_000;
/// What a coin is sure of, in 1e-6: confidence falls towards it.
const COIN_PPM: u32 = 500_000;

/// What is left of a confidence after `age_ns`: half of what it is above one half for each half-life.
///
/// The power of two is put together of square roots, which are exact to the last bit by IEEE 754, so
/// that every machine refuses the same orders.
fn decayed_ppm(confidence_ppm: u32, age_ns: u64, half_life_ns: u64) -> u32 {
    if half_life_ns == 0 || confidence_ppm <= COIN_PPM {
        return confidence_ppm;
    }
    let halvings = age_ns / half_life_ns;
    if halvings >= 20 {
        return COIN_PPM;
    }
    let mut left = f64::from(confidence_ppm - COIN_PPM) / f64::from(1_u32 << halvings);
    let mut rest = age_ns % half_life_ns;
    let mut factor = 0.5_f64;
    for _ in 0..24 {
        factor = factor.sqrt();
        // Twice the rest against the half-life is the next binary digit of the share.
        let gap = half_life_ns - rest;
        if rest >= gap {
            rest -= gap;
            left *= factor;
        } else {
            rest += rest;
        }
    }
    COIN_PPM + left as u32
}

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
                recorded_at: now,
                half_life_ns: signal.half_life_ns,
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
        let confidence_ppm = held.confidence_ppm(now);
        if confidence_ppm <= threshold_ppm {
            return Err(Refusal::Confidence {
                signal,
                confidence_ppm,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_what_is_above_one_half_is_left_after_a_half_life() {
        assert_eq!(decayed_ppm(900_000, 60, 60), 700_000);
        assert_eq!(decayed_ppm(900_000, 120, 60), 600_000);
        assert_eq!(decayed_ppm(900_000, 0, 60), 900_000);
        assert_eq!(decayed_ppm(900_000, u64::MAX, 0), 900_000);
        assert_eq!(decayed_ppm(300_000, 60, 60), 300_000);
        assert_eq!(decayed_ppm(900_000, u64::MAX, 1), COIN_PPM);
    }

    #[test]
    fn between_half_lives_it_falls_as_a_power_of_two() {
        let half_life = 900_000_000_000_u64;
        let mut before = CERTAIN_PPM;
        for step in 0..4_000_u64 {
            let age = step * 1_234_567_891;
            let now = decayed_ppm(CERTAIN_PPM, age, half_life);
            let exact = 500_000.0 + 500_000.0 * 0.5_f64.powf(age as f64 / half_life as f64);
            assert!(
                (f64::from(now) - exact).abs() <= 1.5,
                "{now} is not {exact}"
            );
            assert!(now <= before);
            before = now;
        }
    }
}
