//! What an exchange answers: FIX 4.4, volume 4.

use wattbook_codec::fix::{Lookup, Message, MessageWriter, Precision};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Price, Side, Timestamp, TradeId, Volume};
use xxhash_rust::xxh3::xxh3_64;

use super::fields::{
    Field, ID, MASS_ID, ORIGINAL, PRICE, SYMBOL, TRANSACTED, Unreadable, VOLUME, char, count,
    price, side, text, time, volume, write_instrument,
};
use super::reason::{change_code, reason, words};

/// `ExecType` (150): what a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecType {
    /// The order is in the book (0).
    New,
    /// It traded (F).
    Trade,
    /// It was taken back (4).
    Cancelled,
    /// It changed as asked (5).
    Replaced,
    /// It was refused (8).
    Rejected,
    /// It ended by itself (C).
    Expired,
    /// It is worked no more today (3): with volume open it may be on another day.
    DoneForDay,
    /// It is held and cannot trade (9).
    Suspended,
    /// A trade at its limit or better is guaranteed (7).
    Stopped,
    /// Costs of what was filled are told (B): nothing of the order changes.
    Calculated,
    /// The exchange changed it by itself (D).
    Restated,
    /// Where it stands, as asked (I).
    Status,
    /// A request is being looked at (A, 6, E): nothing has changed yet, unless its status says that the
    /// order is looked at for a price (39=D).
    Pending,
    /// What cannot be taken over by itself: a trade corrected or busted.
    Other(u8),
}

impl ExecType {
    /// The code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::New => b'0',
            Self::Trade => b'F',
            Self::Cancelled => b'4',
            Self::Replaced => b'5',
            Self::Rejected => b'8',
            Self::Expired => b'C',
            Self::DoneForDay => b'3',
            Self::Suspended => b'9',
            Self::Stopped => b'7',
            Self::Calculated => b'B',
            Self::Restated => b'D',
            Self::Status => b'I',
            Self::Pending => b'A',
            Self::Other(code) => code,
        }
    }

    /// What `code` says.
    #[must_use]
    pub const fn of(code: u8) -> Self {
        match code {
            b'0' => Self::New,
            b'F' => Self::Trade,
            b'4' => Self::Cancelled,
            b'5' => Self::Replaced,
            b'8' => Self::Rejected,
            b'C' => Self::Expired,
            b'3' => Self::DoneForDay,
            b'9' => Self::Suspended,
            b'7' => Self::Stopped,
            b'B' => Self::Calculated,
            b'D' => Self::Restated,
            b'I' => Self::Status,
            b'A' | b'6' | b'E' => Self::Pending,
            other => Self::Other(other),
        }
    }
}

/// `OrdStatus` (39): where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrdStatus {
    /// In the book, or a request is being looked at (0, A, 6, E, and 5 of FIX 4.2: changed as asked).
    New,
    /// Partly filled, still open (1).
    PartiallyFilled,
    /// Filled (2).
    Filled,
    /// Taken back (4).
    Cancelled,
    /// Refused, or not known (8).
    Rejected,
    /// Ended by itself (C).
    Expired,
    /// Worked no more today (3).
    DoneForDay,
    /// Held, and cannot trade (9).
    Suspended,
    /// A trade at its limit or better is guaranteed (7).
    Stopped,
    /// Filled, or worked no more today, and its costs are told (B).
    Calculated,
    /// Looked at for a price, not taken yet (D).
    AcceptedForBidding,
    /// None of these.
    Other(u8),
}

impl OrdStatus {
    /// Whether nothing can be filled any more.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(
            self,
            Self::Filled | Self::Cancelled | Self::Rejected | Self::Expired
        )
    }

    /// The code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::New => b'0',
            Self::PartiallyFilled => b'1',
            Self::Filled => b'2',
            Self::Cancelled => b'4',
            Self::Rejected => b'8',
            Self::Expired => b'C',
            Self::DoneForDay => b'3',
            Self::Suspended => b'9',
            Self::Stopped => b'7',
            Self::Calculated => b'B',
            Self::AcceptedForBidding => b'D',
            Self::Other(code) => code,
        }
    }

    /// What `code` says.
    #[must_use]
    pub const fn of(code: u8) -> Self {
        match code {
            b'0' | b'A' | b'6' | b'E' | b'5' => Self::New,
            b'1' => Self::PartiallyFilled,
            b'2' => Self::Filled,
            b'4' => Self::Cancelled,
            b'8' => Self::Rejected,
            b'C' => Self::Expired,
            b'3' => Self::DoneForDay,
            b'9' => Self::Suspended,
            b'7' => Self::Stopped,
            b'B' => Self::Calculated,
            b'D' => Self::AcceptedForBidding,
            other => Self::Other(other),
        }
    }
}

/// `ExecutionReport` (35=8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// `OrderID` (37): the exchange's.
    pub order: String,
    /// `ExecID` (17): of this report, unique.
    pub execution: String,
    /// `ClOrdID` (11).
    pub id: String,
    /// `OrigClOrdID` (41) of an answer to a change.
    pub original: Option<String>,
    /// What it is of.
    pub exec_type: ExecType,
    /// Where the order stands after it.
    pub status: OrdStatus,
    /// `Symbol` (55).
    pub symbol: String,
    /// Buy or sell.
    pub side: Side,
    /// Limit of the order, in currency per price unit.
    pub price: Option<Price>,
    /// Total volume of the order, in volume units.
    pub volume: Option<Volume>,
    /// Price and volume of this trade.
    pub last: Option<(Price, Volume)>,
    /// Filled so far, in volume units.
    pub filled: Volume,
    /// Still open, in volume units.
    pub open: Volume,
    /// Mean price of the fills so far, in currency per price unit.
    pub mean_price: Price,
    /// Whether our order rested and the other came: `LastLiquidityInd` (851).
    pub is_maker: bool,
    /// Why it was refused or ended, where that is told.
    pub reason: Option<VenueReason>,
    /// `TransactTime` (60): when it happened at the exchange.
    pub at: Option<Timestamp>,
    /// Of an answer to a question after all orders.
    pub mass: Option<MassPart>,
}

/// Which part of the answer to an `OrderMassStatusRequest` (35=AF) a report is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MassPart {
    /// `MassStatusReqID` (584).
    pub id: String,
    /// `TotNumReports` (911): how many there are; the one part of an answer without orders has 0.
    pub total: u64,
    /// `LastRptRequested` (912).
    pub is_last: bool,
}

impl Execution {
    /// The number of the trade that it is of: its `ExecID` (17) where that is a number, else a hash of
    /// its text.
    #[must_use]
    pub fn trade(&self) -> TradeId {
        let number = self.execution.parse().ok();
        TradeId(number.unwrap_or_else(|| xxh3_64(self.execution.as_bytes())))
    }
}

/// `OrderCancelReject` (35=9): a change or a cancel is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRejected {
    /// `OrderID` (37): the exchange's, or `NONE`.
    pub order: String,
    /// `ClOrdID` (11) of the request.
    pub id: String,
    /// `OrigClOrdID` (41).
    pub original: String,
    /// Where the order stands.
    pub status: OrdStatus,
    /// Whether the request was to replace: `CxlRejResponseTo` (434).
    pub was_replace: bool,
    /// Why.
    pub reason: VenueReason,
}

/// An answer of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// On an order.
    Execution(Box<Execution>),
    /// On a change that is refused.
    ChangeRejected(ChangeRejected),
}

impl Answer {
    /// `MsgType` (35).
    #[must_use]
    pub const fn msg_type(&self) -> &'static str {
        match self {
            Self::Execution(_) => "8",
            Self::ChangeRejected(_) => "9",
        }
    }

    /// Writes the body.
    pub fn write(&self, body: &mut MessageWriter<'_>) {
        match self {
            Self::Execution(execution) => write_execution(execution, body),
            Self::ChangeRejected(rejected) => {
                body.text(37, &rejected.order).text(ID.0, &rejected.id);
                body.text(ORIGINAL.0, &rejected.original);
                body.char(39, rejected.status.code());
                body.char(434, if rejected.was_replace { b'2' } else { b'1' });
                body.int(102, change_code(rejected.reason));
                body.text(58, words(rejected.reason).1);
            }
        }
    }

    /// The answer that `message` is.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(message: &Message<'_>) -> Result<Self, Unreadable> {
        let fields = &Lookup::of(message);
        match message.msg_type() {
            b"8" => Ok(Self::Execution(Box::new(read_execution(fields)?))),
            b"9" => {
                let unknown = fields.get(102).is_some_and(|code| code.bytes() == b"1");
                let told = reason(None, optional_text(fields, 58).as_deref());
                let usual = if unknown {
                    VenueReason::UnknownOrder
                } else {
                    VenueReason::InvalidTerms
                };
                Ok(Self::ChangeRejected(ChangeRejected {
                    order: text(fields, (37, "OrderID"))?,
                    id: text(fields, ID)?,
                    original: text(fields, ORIGINAL)?,
                    status: OrdStatus::of(char(fields, (39, "OrdStatus"))?),
                    was_replace: char(fields, (434, "CxlRejResponseTo"))? == b'2',
                    reason: told.unwrap_or(usual),
                }))
            }
            other => {
                let other = String::from_utf8_lossy(other).into_owned();
                Err(Unreadable::MsgType(other))
            }
        }
    }
}

fn write_execution(execution: &Execution, body: &mut MessageWriter<'_>) {
    body.text(37, &execution.order);
    if !execution.id.is_empty() {
        body.text(ID.0, &execution.id);
    }
    if let Some(part) = &execution.mass {
        body.text(MASS_ID.0, &part.id).int(911, part.total as i64);
        body.bool(912, part.is_last);
    }
    if let Some(original) = &execution.original {
        body.text(ORIGINAL.0, original);
    }
    body.text(17, &execution.execution);
    body.char(150, execution.exec_type.code());
    body.char(39, execution.status.code());
    if let Some(reason) = execution.reason {
        let (code, words) = words(reason);
        if execution.status == OrdStatus::Rejected {
            body.int(103, code);
        }
        body.text(58, words);
    }
    write_instrument(body, &execution.symbol, execution.side, None);
    if let Some(volume) = execution.volume {
        body.volume(VOLUME.0, volume);
    }
    if let Some(price) = execution.price {
        body.price(PRICE.0, price);
    }
    if let Some((price, volume)) = execution.last {
        body.volume(32, volume).price(31, price);
        body.int(851, if execution.is_maker { 1 } else { 2 });
    }
    body.volume(151, execution.open);
    body.volume(14, execution.filled);
    body.price(6, execution.mean_price);
    if let Some(at) = execution.at {
        body.timestamp(TRANSACTED.0, at, Precision::Millis);
    }
}

fn read_execution(fields: &Lookup<'_>) -> Result<Execution, Unreadable> {
    let exec_type = ExecType::of(char(fields, (150, "ExecType"))?);
    let last = match exec_type {
        ExecType::Trade => Some((price(fields, (31, "LastPx"))?, traded(fields)?)),
        _ => None,
    };
    let has = |tag| fields.get(tag).is_some();
    let mass = mass_part(fields)?;
    // An answer without orders names none.
    let is_empty = mass.as_ref().is_some_and(|part| part.total == 0);
    let id = if is_empty {
        String::new()
    } else {
        text(fields, ID)?
    };
    let code = fields.get(103).and_then(|code| code.int().ok());
    Ok(Execution {
        order: text(fields, (37, "OrderID"))?,
        execution: text(fields, (17, "ExecID"))?,
        id,
        original: optional_text(fields, ORIGINAL.0),
        exec_type,
        status: OrdStatus::of(char(fields, (39, "OrdStatus"))?),
        symbol: text(fields, SYMBOL)?,
        side: side(fields)?,
        price: has(PRICE.0).then(|| price(fields, PRICE)).transpose()?,
        volume: has(VOLUME.0).then(|| volume(fields, VOLUME)).transpose()?,
        last,
        filled: volume(fields, (14, "CumQty"))?,
        open: volume(fields, (151, "LeavesQty"))?,
        mean_price: price(fields, (6, "AvgPx"))?,
        is_maker: fields.get(851).is_some_and(|value| value.bytes() == b"1"),
        reason: reason(code, optional_text(fields, 58).as_deref()),
        at: has(TRANSACTED.0)
            .then(|| time(fields, TRANSACTED))
            .transpose()?,
        mass,
    })
}

/// `LastQty` (32) of a trade: one of nothing is none.
fn traded(fields: &Lookup<'_>) -> Result<Volume, Unreadable> {
    const FIELD: Field = (32, "LastQty");
    let traded = volume(fields, FIELD)?;
    if traded == Volume::ZERO {
        let (found, wanted) = ("0".to_owned(), "no volume above zero");
        let (tag, name) = FIELD;
        return Err(Unreadable::Value {
            tag,
            name,
            found,
            wanted,
        });
    }
    Ok(traded)
}

fn mass_part(fields: &Lookup<'_>) -> Result<Option<MassPart>, Unreadable> {
    if fields.get(MASS_ID.0).is_none() {
        return Ok(None);
    }
    Ok(Some(MassPart {
        id: text(fields, MASS_ID)?,
        total: count(fields, (911, "TotNumReports"))?,
        is_last: fields.get(912).is_some_and(|last| last.bytes() == b"Y"),
    }))
}

fn optional_text(fields: &Lookup<'_>, tag: u32) -> Option<String> {
    Some(fields.get(tag)?.text().ok()?.to_owned())
}
