//! What a desk asks of an exchange: FIX 4.4, volume 4.

use wattbook_codec::fix::{Lookup, Message, MessageWriter};
use wattbook_domain::{Price, Side, TimeInForce, Timestamp, Volume};

use super::fields::{
    DISPLAY, ID, MASS_ID, MASS_TYPE, ORIGINAL, PRICE, SYMBOL, Unreadable, VOLUME, char, price,
    side, text, time_in_force, time_in_force_char, volume, write_instrument,
};

/// A request about one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// `NewOrderSingle` (35=D).
    New(NewOrder),
    /// `OrderCancelReplaceRequest` (35=G).
    Replace(Replace),
    /// `OrderCancelRequest` (35=F).
    Cancel(Cancel),
    /// `OrderStatusRequest` (35=H).
    Status(Status),
    /// `OrderMassStatusRequest` (35=AF).
    MassStatus(MassStatus),
}

/// A new limit order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// `ClOrdID` (11).
    pub id: String,
    /// `Symbol` (55).
    pub symbol: String,
    /// Buy or sell.
    pub side: Side,
    /// How long it lives.
    pub time_in_force: TimeInForce,
    /// Limit, in currency per price unit.
    pub price: Price,
    /// In volume units.
    pub volume: Volume,
    /// `MaxFloor` (111): the volume shown at a time, zero for a hidden order; all of it where it is left out.
    pub display_volume: Option<Volume>,
}

/// New terms of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replace {
    /// `ClOrdID` (11) of the request, and of the order once it is granted.
    pub id: String,
    /// `OrigClOrdID` (41): the order as it is known now.
    pub original: String,
    /// `Symbol` (55).
    pub symbol: String,
    /// Buy or sell.
    pub side: Side,
    /// New limit, in currency per price unit.
    pub price: Price,
    /// New total volume, filled part included, in volume units.
    pub volume: Volume,
    /// `MaxFloor` (111), as the order had it.
    pub display_volume: Option<Volume>,
}

/// The end of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    /// `ClOrdID` (11) of the request.
    pub id: String,
    /// `OrigClOrdID` (41): the order as it is known now.
    pub original: String,
    /// `Symbol` (55).
    pub symbol: String,
    /// Buy or sell.
    pub side: Side,
    /// Total volume of the order, in volume units.
    pub volume: Volume,
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `ClOrdID` (11) of the order.
    pub id: String,
    /// `Symbol` (55).
    pub symbol: String,
    /// Buy or sell.
    pub side: Side,
}

/// Where all orders of the asking side stand that have not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MassStatus {
    /// `MassStatusReqID` (584).
    pub id: String,
}

impl Request {
    /// `ClOrdID` (11), or `MassStatusReqID` (584).
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::New(NewOrder { id, .. })
            | Self::Replace(Replace { id, .. })
            | Self::Cancel(Cancel { id, .. })
            | Self::Status(Status { id, .. })
            | Self::MassStatus(MassStatus { id }) => id,
        }
    }

    /// `MsgType` (35).
    #[must_use]
    pub const fn msg_type(&self) -> &'static str {
        match self {
            Self::New(_) => "D",
            Self::Replace(_) => "G",
            Self::Cancel(_) => "F",
            Self::Status(_) => "H",
            Self::MassStatus(_) => "AF",
        }
    }

    /// Writes the body; `at` is `TransactTime` (60).
    pub fn write(&self, at: Timestamp, body: &mut MessageWriter<'_>) {
        if let Self::MassStatus(asked) = self {
            // 7: the status of all orders.
            body.text(MASS_ID.0, &asked.id).int(MASS_TYPE.0, 7);
            return;
        }
        body.text(ID.0, self.id());
        match self {
            Self::New(new) => {
                write_instrument(body, &new.symbol, new.side, Some(at));
                body.volume(VOLUME.0, new.volume).char(40, b'2');
                body.price(PRICE.0, new.price);
                write_display(body, new.display_volume);
                let lives = time_in_force_char(new.time_in_force);
                body.char(59, lives.unwrap_or(b'0'));
            }
            Self::Replace(change) => {
                body.text(ORIGINAL.0, &change.original);
                write_instrument(body, &change.symbol, change.side, Some(at));
                body.volume(VOLUME.0, change.volume).char(40, b'2');
                body.price(PRICE.0, change.price);
                write_display(body, change.display_volume);
            }
            Self::Cancel(cancel) => {
                body.text(ORIGINAL.0, &cancel.original);
                write_instrument(body, &cancel.symbol, cancel.side, Some(at));
                body.volume(VOLUME.0, cancel.volume);
            }
            Self::Status(status) => write_instrument(body, &status.symbol, status.side, None),
            Self::MassStatus(_) => {}
        }
    }

    /// The request that `message` is.
    ///
    /// # Errors
    /// [`Unreadable`]: the field that is missing or says what order entry does not speak.
    pub fn read(message: &Message<'_>) -> Result<Self, Unreadable> {
        let fields = &Lookup::of(message);
        if message.msg_type() == b"AF" {
            return mass_status(fields);
        }
        let (id, symbol, side) = (text(fields, ID)?, text(fields, SYMBOL)?, side(fields)?);
        Ok(match message.msg_type() {
            b"D" => {
                limit_only(fields)?;
                Self::New(NewOrder {
                    id,
                    symbol,
                    side,
                    time_in_force: time_in_force(fields)?,
                    price: price(fields, PRICE)?,
                    volume: volume(fields, VOLUME)?,
                    display_volume: display_volume(fields)?,
                })
            }
            b"G" => {
                limit_only(fields)?;
                Self::Replace(Replace {
                    id,
                    original: text(fields, ORIGINAL)?,
                    symbol,
                    side,
                    price: price(fields, PRICE)?,
                    volume: volume(fields, VOLUME)?,
                    display_volume: display_volume(fields)?,
                })
            }
            b"F" => Self::Cancel(Cancel {
                id,
                original: text(fields, ORIGINAL)?,
                symbol,
                side,
                volume: volume(fields, VOLUME)?,
            }),
            b"H" => Self::Status(Status { id, symbol, side }),
            other => {
                let other = String::from_utf8_lossy(other).into_owned();
                return Err(Unreadable::MsgType(other));
            }
        })
    }
}

fn write_display(body: &mut MessageWriter<'_>, volume: Option<Volume>) {
    if let Some(volume) = volume {
        body.volume(DISPLAY.0, volume);
    }
}

fn display_volume(fields: &Lookup<'_>) -> Result<Option<Volume>, Unreadable> {
    let is_given = fields.get(DISPLAY.0).is_some();
    is_given.then(|| volume(fields, DISPLAY)).transpose()
}

fn mass_status(fields: &Lookup<'_>) -> Result<Request, Unreadable> {
    let asked = text(fields, MASS_TYPE)?;
    if asked != "7" {
        let (tag, name) = MASS_TYPE;
        return Err(Unreadable::Value {
            tag,
            name,
            found: asked,
            wanted: "not 7 (all orders)",
        });
    }
    let id = text(fields, MASS_ID)?;
    Ok(Request::MassStatus(MassStatus { id }))
}

fn limit_only(fields: &Lookup<'_>) -> Result<(), Unreadable> {
    let found = char(fields, (40, "OrdType"))?;
    if found == b'2' {
        return Ok(());
    }
    Err(Unreadable::Value {
        tag: 40,
        name: "OrdType",
        found: char::from(found).to_string(),
        wanted: "not 2 (limit)",
    })
}
