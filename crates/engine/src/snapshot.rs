//! The whole state as bytes, and its hash.

use wattbook_domain::state::State;
use wattbook_portfolio::Portfolio;
use wattbook_risk::LimitGate;
use xxhash_rust::xxh3::xxh3_128;

use crate::engine::Engine;
use crate::error::EngineError;

/// Says what the bytes are, and in which layout.
const HEADER: u64 = u64::from_le_bytes(*b"wattbk\0\x03");

impl Engine {
    /// The state as canonical bytes: equal for equal states, whatever led to them.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut out = Vec::new();
        HEADER.save(&mut out);
        self.sequence.save(&mut out);
        self.now.save(&mut out);
        self.client_sequences.save(&mut out);
        self.portfolio.save(&mut out);
        self.gate.save(&mut out);
        self.orders.save(&mut out);
        self.held.save(&mut out);
        self.offers.save(&mut out);
        self.market.save(&mut out);
        self.schedule.save(&mut out);
        out
    }

    /// The engine that a snapshot was taken of.
    ///
    /// # Errors
    /// [`EngineError::Snapshot`] when the bytes are not one.
    pub fn restore(snapshot: &[u8]) -> Result<Self, EngineError> {
        let bytes = snapshot.len();
        Self::load(snapshot).ok_or(EngineError::Snapshot { bytes })
    }

    fn load(mut input: &[u8]) -> Option<Self> {
        let input = &mut input;
        if u64::load(input)? != HEADER {
            return None;
        }
        let (sequence, now) = (State::load(input)?, State::load(input)?);
        let client_sequences = State::load(input)?;
        let portfolio = Portfolio::load(input)?;
        let gate = LimitGate::load(input)?;
        let engine = Self {
            sequence,
            now,
            client_sequences,
            gate,
            orders: State::load(input)?,
            held: State::load(input)?,
            offers: State::load(input)?,
            market: State::load(input)?,
            schedule: State::load(input)?,
            portfolio,
        };
        (input.is_empty() && engine.is_whole()).then_some(engine)
    }

    /// Whether every open order and offer points to a position that can carry it.
    fn is_whole(&self) -> bool {
        let carries = |slot, instrument| {
            self.gate.holds(slot, &self.portfolio)
                && self.portfolio.position(slot).instrument == instrument
        };
        let mut offers = self.offers.all();
        self.gate.fits(&self.portfolio)
            && self.market.count() == self.portfolio.contracts().len()
            && self
                .orders
                .in_order()
                .iter()
                .all(|order| carries(order.slot, order.instrument))
            && offers.all(|(instrument, slot)| carries(slot, instrument))
    }

    /// XXH3 (128 bits) of the [snapshot](Self::snapshot).
    #[must_use]
    pub fn state_hash(&self) -> u128 {
        xxh3_128(&self.snapshot())
    }
}
