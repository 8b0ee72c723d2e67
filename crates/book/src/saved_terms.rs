//! The bytes of a book's rules and of the terms of its orders.

use wattbook_domain::state::State;

use crate::config::{AmendRules, BookConfig, CollarBreach, Collars};
use crate::event::TopOfBook;
use crate::extra::Place;
use crate::order::{Display, Lifetime, Pricing, Quantity, Terms};

wattbook_domain::state!(AmendRules {
    decrease_keeps_priority,
    increase_keeps_priority
});
wattbook_domain::state!(Collars {
    fixed,
    dynamic,
    on_breach
});
wattbook_domain::state!(TopOfBook { bid, ask });
wattbook_domain::state!(Terms {
    display,
    quantity,
    one_cancels_other
});
wattbook_domain::state_enum! {
    CollarBreach { Reject, Halt }
    Place { Moving, Level, Dark, Stop, Pending, Parked }
}

impl State for BookConfig {
    fn save(&self, out: &mut Vec<u8>) {
        self.collars.save(out);
        self.amend.save(out);
        self.reference.save(out);
        self.gate.save(out);
        self.auctions_prevent_self_trades.save(out);
        self.reports_top.save(out);
        (self.expected_orders as u64).save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            collars: State::load(input)?,
            amend: State::load(input)?,
            reference: State::load(input)?,
            gate: State::load(input)?,
            auctions_prevent_self_trades: State::load(input)?,
            reports_top: State::load(input)?,
            expected_orders: usize::try_from(u64::load(input)?).ok()?,
        })
    }
}

impl State for Pricing {
    fn save(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Limit(limit) => (0_u8, limit).save(out),
            Self::Market => 1_u8.save(out),
            Self::MarketToLimit => 2_u8.save(out),
            Self::Stop { trigger } => (3_u8, trigger).save(out),
            Self::StopLimit { trigger, limit } => (4_u8, (trigger, limit)).save(out),
            Self::TrailingStop { distance, trigger } => (5_u8, (distance, trigger)).save(out),
            Self::Pegged { peg, offset, limit } => (6_u8, (peg, (offset, limit))).save(out),
        }
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        Some(match u8::load(input)? {
            0 => Self::Limit(State::load(input)?),
            1 => Self::Market,
            2 => Self::MarketToLimit,
            3 => Self::Stop {
                trigger: State::load(input)?,
            },
            4 => Self::StopLimit {
                trigger: State::load(input)?,
                limit: State::load(input)?,
            },
            5 => Self::TrailingStop {
                distance: State::load(input)?,
                trigger: State::load(input)?,
            },
            6 => Self::Pegged {
                peg: State::load(input)?,
                offset: State::load(input)?,
                limit: State::load(input)?,
            },
            _ => return None,
        })
    }
}

impl State for Lifetime {
    fn save(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Day => 0_u8.save(out),
            Self::GoodTillCancelled => 1_u8.save(out),
            Self::GoodTillDate(date) => (2_u8, date).save(out),
            Self::GoodForSession => 3_u8.save(out),
            Self::ImmediateOrCancel => 4_u8.save(out),
            Self::FillOrKill => 5_u8.save(out),
            Self::AtOpen => 6_u8.save(out),
            Self::AtClose => 7_u8.save(out),
        }
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        Some(match u8::load(input)? {
            0 => Self::Day,
            1 => Self::GoodTillCancelled,
            2 => Self::GoodTillDate(State::load(input)?),
            3 => Self::GoodForSession,
            4 => Self::ImmediateOrCancel,
            5 => Self::FillOrKill,
            6 => Self::AtOpen,
            7 => Self::AtClose,
            _ => return None,
        })
    }
}

impl State for Display {
    fn save(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Full => 0_u8.save(out),
            Self::Iceberg(slice) => (1_u8, slice).save(out),
            Self::Hidden => 2_u8.save(out),
        }
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        Some(match u8::load(input)? {
            0 => Self::Full,
            1 => Self::Iceberg(State::load(input)?),
            2 => Self::Hidden,
            _ => return None,
        })
    }
}

impl State for Quantity {
    fn save(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Any => 0_u8.save(out),
            Self::Minimum(least) => (1_u8, least).save(out),
            Self::AllOrNone => 2_u8.save(out),
        }
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        Some(match u8::load(input)? {
            0 => Self::Any,
            1 => Self::Minimum(State::load(input)?),
            2 => Self::AllOrNone,
            _ => return None,
        })
    }
}
