//! A venue's rules for one book.

use wattbook_domain::{Ticks, Timestamp};

/// How one book behaves. The default takes every price, keeps priority when a volume shrinks,
/// and reports no top of book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookConfig {
    /// Where prices may lie.
    pub collars: Collars,
    /// Which amendments keep an order's place.
    pub amend: AmendRules,
    /// Price of record before the first trade: reference of the dynamic collar and of auctions.
    pub reference: Option<Ticks>,
    /// When the gate of the contract closes: [`crate::OrderBook::advance`] then ends every order.
    pub gate: Option<Timestamp>,
    /// Whether auctions apply the self-trade prevention of the orders. JPX's do not (arrowhead 4.0,
    /// answer 18144: "not applicable to Itayose execution").
    pub auctions_prevent_self_trades: bool,
    /// Whether [`crate::BookEvent::TopChanged`] is told.
    pub reports_top: bool,
    /// Live orders to make room for; more are taken at the price of a growth.
    pub expected_orders: usize,
}

impl Default for BookConfig {
    fn default() -> Self {
        Self {
            collars: Collars::default(),
            amend: AmendRules::default(),
            reference: None,
            gate: None,
            auctions_prevent_self_trades: true,
            reports_top: false,
            expected_orders: 4_096,
        }
    }
}

/// Where prices may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Collars {
    /// Lowest and highest limit of any order; others are rejected.
    pub fixed: Option<(Ticks, Ticks)>,
    /// How far from the last trade before it a command may trade; above zero.
    pub dynamic: Option<Ticks>,
    /// What happens when a command would trade beyond the dynamic collar.
    pub on_breach: CollarBreach,
}

/// What happens when a command would trade beyond the dynamic collar. What it traded within stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CollarBreach {
    /// The rest of the order is cancelled.
    #[default]
    Reject,
    /// The rest of the order rests if its type can, and the book halts.
    Halt,
}

/// Which amendments keep an order's place. A change of price never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AmendRules {
    /// Whether a smaller volume keeps it.
    pub decrease_keeps_priority: bool,
    /// Whether a larger volume keeps it.
    pub increase_keeps_priority: bool,
}

impl Default for AmendRules {
    fn default() -> Self {
        Self {
            decrease_keeps_priority: true,
            increase_keeps_priority: false,
        }
    }
}
