//! The gate as canonical bytes.

use wattbook_domain::state::State;
use wattbook_portfolio::{Portfolio, PositionSlot};

use crate::gate::LimitGate;

impl State for LimitGate {
    fn save(&self, out: &mut Vec<u8>) {
        self.default_threshold_ppm.save(out);
        self.terms.save(out);
        self.limits.save(out);
        self.clients.save(out);
        self.open.save(out);
        self.open_by_slot.save(out);
        self.blocks.save(out);
        self.hierarchy.save(out);
        self.kill_switch.save(out);
        self.holds.save(out);
        self.signals.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            default_threshold_ppm: State::load(input)?,
            terms: State::load(input)?,
            limits: State::load(input)?,
            clients: State::load(input)?,
            open: State::load(input)?,
            open_by_slot: State::load(input)?,
            blocks: State::load(input)?,
            hierarchy: State::load(input)?,
            notices: Vec::new(),
            kill_switch: State::load(input)?,
            holds: State::load(input)?,
            signals: State::load(input)?,
        })
    }
}

impl LimitGate {
    /// Whether the state fits `portfolio`; after a load.
    #[must_use]
    pub fn fits(&self, portfolio: &Portfolio) -> bool {
        self.terms.len() == portfolio.contracts().len()
            && self.open.len() <= portfolio.group_count()
            && self.open_by_slot.len() <= portfolio.positions().len()
    }

    /// Whether the volume of the position in `slot` can be open; after a load.
    #[must_use]
    pub fn holds(&self, slot: PositionSlot, portfolio: &Portfolio) -> bool {
        (slot.0 as usize) < portfolio.positions().len()
            && (portfolio.group(slot).0 as usize) < self.open.len()
    }
}
