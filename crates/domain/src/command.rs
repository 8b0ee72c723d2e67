//! What a client asks of the engine.

use crate::id::{
    CounterpartyId, InstrumentId, OrderId, Owner, SignalId, StrategyId, TraderId, TradingBookId,
    VenueId,
};
use crate::order::Order;
use crate::parent::{EndParent, ExplainOrder, OpenParent};
use crate::price::Price;
use crate::record::{Record, class};
use crate::time::Timestamp;
use crate::volume::Volume;

/// A command, in the order in which its client sent it.
#[class]
#[derive(Debug, Clone, PartialEq, Record)]
#[non_exhaustive]
pub enum Command {
    /// Enters an order.
    SubmitOrder(SubmitOrder),
    /// Changes price or volume of an order.
    AmendOrder(AmendOrder),
    /// Takes an order back.
    CancelOrder(CancelOrder),
    /// Takes back every order in a scope.
    CancelAll(CancelAll),
    /// Stops or resumes order entry in a scope.
    SetTrading(SetTrading),
    /// Hands in a signal.
    RecordSignal(RecordSignal),
    /// Offers into a pool or auction.
    SubmitOffer(SubmitOffer),
    /// States what an asset will deliver.
    SubmitSchedule(SubmitSchedule),
    /// Begins a parent order.
    OpenParent(OpenParent),
    /// Ends a parent order.
    EndParent(EndParent),
    /// Says why an order was placed as it was.
    ExplainOrder(ExplainOrder),
    /// Lets a held order pass as its second person.
    ApproveOrder(ApproveOrder),
    /// Stops or resumes order entry in an instrument whose position is in doubt.
    FreezeInstrument(FreezeInstrument),
}

/// Enters `order` as `order_id`.
#[class]
#[derive(Debug, Clone, PartialEq, Eq, Default, Record)]
pub struct SubmitOrder {
    /// The client's number of it, higher than all before.
    pub order_id: OrderId,
    /// The order.
    pub order: Order,
}

/// Changes an order; unchanged fields repeat the old value.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct AmendOrder {
    /// Which order.
    pub order_id: OrderId,
    /// New limit, in currency per price unit.
    pub price: Price,
    /// New total volume, filled part included, in volume units.
    pub volume: Volume,
    /// New price that wakes a waiting stop; without one it stays.
    pub trigger: Option<Price>,
}

/// Takes an order back.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct CancelOrder {
    /// Which order.
    pub order_id: OrderId,
}

/// What a mass cancel or a halt covers; `None` means all.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct Scope {
    /// Of this instrument.
    pub instrument: Option<InstrumentId>,
    /// At this venue.
    pub venue: Option<VenueId>,
    /// Of this trading book.
    pub trading_book: Option<TradingBookId>,
    /// Of this strategy.
    pub strategy: Option<StrategyId>,
    /// Of this trader.
    pub trader: Option<TraderId>,
    /// Made with this counterparty.
    pub counterparty: Option<CounterpartyId>,
    /// Cleared through this member.
    pub member: Option<CounterpartyId>,
}

/// Takes back every open order in `scope`.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct CancelAll {
    /// Which orders.
    pub scope: Scope,
}

/// Stops (the kill switch) or resumes order entry in `scope`.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SetTrading {
    /// Which orders.
    pub scope: Scope,
    /// Whether new orders may pass.
    pub allowed: bool,
}

/// Lets the held order `order_id` pass; `trader` is the second person, and not the one who answers for
/// it. The client that sent the order cannot approve it.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct ApproveOrder {
    /// Which order.
    pub order_id: OrderId,
    /// Who approves.
    pub trader: TraderId,
}

/// Stops order entry in an instrument until it is released: what we hold of it and what its venue
/// says are not the same. Unlike a [`SetTrading`] it is not lifted by one of a wider scope.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct FreezeInstrument {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Whether it is frozen from now on.
    pub is_frozen: bool,
}

/// What a signal advises.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum Direction {
    /// The price is expected to rise.
    Rise = 1,
    /// The price is expected to fall.
    Fall = 2,
    /// No view.
    #[default]
    Flat = 3,
}

/// Which model stands behind a signal, by digests: names are long and the journal is not.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SignalModel {
    /// First 64 bits, big-endian, of the SHA-256 of the model version's name; 0 where a rule decided.
    #[record(default)]
    pub model_version: u64,
    /// Hash of the definitions of its inputs; 0 where a rule decided.
    #[record(default)]
    pub features_hash: u64,
}

/// A forecast turned into advice, journaled so that every order can name its cause.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct RecordSignal {
    /// Its number, unique in the journal.
    pub signal: SignalId,
    /// Who will use it.
    pub strategy: StrategyId,
    /// About which instrument.
    pub instrument: InstrumentId,
    /// Which way.
    pub direction: Direction,
    /// Forecast price, in currency per price unit.
    pub forecast_price: Price,
    /// How sure, in 1e-6 of certainty: 0 to 1,000,000.
    pub confidence_ppm: u32,
    /// Until when it holds.
    pub valid_until: Timestamp,
    /// The model whose forecast it rests on.
    #[record(default)]
    pub model: SignalModel,
    /// In which time half of what its confidence is above one half is lost, in ns; 0 for never.
    #[record(default)]
    pub half_life_ns: u64,
}

/// A price–volume pair of an offer into a pool or auction, for one delivery period.
///
/// A buy bids to consume or charge at `price` or below; a sell offers to generate or discharge at
/// `price` or above. Offers of one client with the same `block` are one block order, all or nothing:
/// `price` is then the limit of the whole block, which its mean price by energy must reach.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SubmitOffer {
    /// The client's number of it, from the same series as its orders.
    pub order_id: OrderId,
    /// The delivery period offered into, as an instrument.
    pub instrument: InstrumentId,
    /// Buy to consume, sell to deliver.
    pub side: crate::order::Side,
    /// Whose it is.
    #[record(default)]
    pub owner: Owner,
    /// Limit, in currency per `MWh`.
    pub price: Price,
    /// How much, in MW; above zero.
    pub volume: Volume,
    /// The signal that asked for it; 0 for none.
    #[record(default)]
    pub signal: SignalId,
    /// The block that it is a leg of; the client's own number.
    pub block: Option<u64>,
    /// How many legs the block has: an auction leaves out a block that has not all of them.
    pub block_legs: Option<u32>,
    /// The block without which this one is not taken (linked family).
    pub parent_block: Option<u64>,
    /// Of the blocks of a client with the same number one is taken at most (exclusive group).
    pub exclusive_group: Option<u64>,
}

/// What an asset will deliver (+) or consume (−) in a delivery period.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SubmitSchedule {
    /// The delivery period, as an instrument.
    pub instrument: InstrumentId,
    /// Whose it is.
    #[record(default)]
    pub owner: Owner,
    /// Mean power over the period, in MW.
    pub volume: Volume,
}
