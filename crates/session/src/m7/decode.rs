//! XML to messages.

use wattbook_codec::xml::{Element, Limits, XmlError, XmlEvent, XmlReader};

use crate::venue::MESSAGE_BYTES_MAX;

use super::attribute::{number, optional, optional_number, optional_time, text, time};
use super::message::{
    AreaState, BookEntries, Contract, HubToHub, Message, PrivateTrade, Product, PublicTrade,
    TradingState,
};
use super::private;

/// A part of a message that cannot be trusted; the rest of it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// First byte of its element.
    pub offset: usize,
    /// What was found and what was expected.
    pub reason: String,
}

/// Reads a message. Of an element with a fault nothing is kept, of a book with one the whole book;
/// each is told in `faults`.
///
/// # Errors
/// [`XmlError`] when the text is no sound XML within bounds; nothing of it can be trusted then.
pub fn decode(bytes: &[u8], faults: &mut Vec<Fault>) -> Result<Message, XmlError> {
    let limits = Limits {
        bytes_max: MESSAGE_BYTES_MAX,
        depth_max: 16,
        ..Limits::default()
    };
    let mut reader = XmlReader::new(bytes, limits)?;
    let mut decoder = Decoder::default();
    loop {
        match reader.read()? {
            XmlEvent::Start(element) => {
                if let Err(reason) = decoder.start(&element) {
                    decoder.spoil();
                    let offset = element.offset;
                    faults.push(Fault { offset, reason });
                }
            }
            XmlEvent::End => decoder.end(),
            XmlEvent::Text(_) => {}
            XmlEvent::Eof => return Ok(decoder.message.unwrap_or(Message::Acknowledged)),
        }
    }
}

#[derive(Debug, Default)]
struct Decoder {
    message: Option<Message>,
    depth: usize,
    /// Of which side the entries are.
    is_buy: bool,
    book: Option<BookEntries>,
    /// What the sides of a private trade share.
    private_trade: Option<PrivateTrade>,
    /// At which depth the element under way was found faulty.
    spoilt_at: Option<usize>,
}

impl Decoder {
    fn start(&mut self, element: &Element<'_>) -> Result<(), String> {
        self.depth += 1;
        if self.spoilt_at.is_some() {
            return Ok(());
        }
        if self.depth == 1 {
            self.message = Some(root(element)?);
            return Ok(());
        }
        match (&mut self.message, element.name) {
            (Some(Message::Books { .. }), name) => self.book_element(name, element)?,
            (Some(Message::Contracts(contracts)), "Contract") => contracts.push(contract(element)?),
            (Some(Message::Contracts(contracts)), "DlvryAreaState") => {
                if let Some(contract) = contracts.last_mut() {
                    contract.areas.push(area_state(element)?);
                }
            }
            (Some(Message::Products(products)), "Prod") => products.push(product(element)?),
            (Some(Message::Trades(trades)), "PblcTradeConf") => trades.push(trade(element)?),
            (Some(Message::OwnOrders(orders)), "Ordr") => orders.push(private::order(element)?),
            (Some(Message::OwnTrades(_)), "Trade") => {
                self.private_trade = Some(private::trade(element)?);
            }
            (Some(Message::OwnTrades(trades)), "Buy" | "Sell") => {
                if let Some(trade) = &self.private_trade {
                    trades.push(private::leg(trade, element)?);
                }
            }
            (Some(Message::Capacities(capacities)), "HubToHub") => {
                capacities.push(capacity(element)?);
            }
            (Some(Message::Notices(notices)), "Msg") => notices.push(text(element, "txt")?),
            (Some(Message::Refused(code, words)), "Error") => {
                *code = text(element, "errCode")?;
                *words = text(element, "err")?;
            }
            _ => {}
        }
        Ok(())
    }

    fn book_element(&mut self, name: &str, element: &Element<'_>) -> Result<(), String> {
        match name {
            "OrdrBook" => {
                self.book = Some(BookEntries {
                    contract: text(element, "contractId")?,
                    area: text(element, "dlvryAreaId")?,
                    revision: number(element, "revisionNo")?,
                    offset: element.offset,
                    ..BookEntries::default()
                });
            }
            "BuyOrdrList" => self.is_buy = true,
            "SellOrdrList" => self.is_buy = false,
            "OrdrBookEntry" => {
                let is_buy = self.is_buy;
                let Some(book) = &mut self.book else {
                    return Err("an entry outside of a book".to_owned());
                };
                let order: u64 = number(element, "ordrId")?;
                let volume: i64 = number(element, "qty")?;
                if order == 0 || volume < 0 {
                    return Err(format!(
                        "order {order} of quantity {volume}; both must be above zero"
                    ));
                }
                let entered = optional_time(element, "ordrEntryTime")?;
                book.ts_event = book.ts_event.max(entered);
                book.entries
                    .push((order, is_buy, number(element, "px")?, volume));
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives up what is under way: of a book all of it, else the element.
    fn spoil(&mut self) {
        let is_book = self.book.take().is_some();
        // Entries stand two below their book.
        let depth = if is_book {
            self.depth.min(3)
        } else {
            self.depth
        };
        self.spoilt_at.get_or_insert(depth);
        if self.depth == 1 {
            self.message = Some(Message::Other("faulty".to_owned()));
        }
    }

    fn end(&mut self) {
        if self.spoilt_at == Some(self.depth) {
            self.spoilt_at = None;
        } else if self.depth == 3
            && self.spoilt_at.is_none()
            && let (Some(Message::Books { books, .. }), Some(book)) =
                (&mut self.message, self.book.take())
        {
            books.push(book);
        }
        self.depth = self.depth.saturating_sub(1);
    }
}

fn root(element: &Element<'_>) -> Result<Message, String> {
    Ok(match element.name {
        "UserRprt" | "LoginResp" => Message::LoggedIn {
            session: optional(element, "sessionId").unwrap_or_default(),
        },
        "LogoutRprt" | "LogoutResp" => Message::LoggedOut,
        "ProdInfoRprt" => Message::Products(Vec::new()),
        "ContractInfoRprt" => Message::Contracts(Vec::new()),
        "PblcOrdrBooksResp" => books(true),
        "PblcOrdrBooksDeltaRprt" => books(false),
        "PblcTradeConfRprt" => Message::Trades(Vec::new()),
        "OrdrExeRprt" => Message::OwnOrders(Vec::new()),
        "TradeCaptureRprt" => Message::OwnTrades(Vec::new()),
        "HubToHubNtf" | "HubToHubResp" => Message::Capacities(Vec::new()),
        "MktStateRprt" => Message::Market(state(&text(element, "state")?)?),
        "MsgRprt" => Message::Notices(Vec::new()),
        "ErrResp" => Message::Refused(String::new(), String::new()),
        "AckResp" => Message::Acknowledged,
        name => Message::Other(name.to_owned()),
    })
}

const fn books(is_whole: bool) -> Message {
    Message::Books {
        is_whole,
        books: Vec::new(),
    }
}

fn contract(element: &Element<'_>) -> Result<Contract, String> {
    let id = text(element, "contractId")?;
    Ok(Contract {
        name: optional(element, "name").unwrap_or_else(|| id.clone()),
        id,
        product: text(element, "prod")?,
        delivery_start: time(element, "dlvryStart")?,
        delivery_end: time(element, "dlvryEnd")?,
        is_predefined: optional(element, "predefined").as_deref() != Some("false"),
        areas: Vec::new(),
    })
}

fn area_state(element: &Element<'_>) -> Result<AreaState, String> {
    let named = state(&text(element, "state")?)?;
    let phase = optional(element, "tradingPhase");
    let phase = phase.as_deref().map(state).transpose()?;
    Ok(AreaState {
        area: text(element, "dlvryAreaId")?,
        state: match (named, phase) {
            (TradingState::Continuous, Some(phase)) => phase,
            (named, _) => named,
        },
        trading_end: optional_time(element, "tradingPhaseEnd")?,
    })
}

fn product(element: &Element<'_>) -> Result<Product, String> {
    Ok(Product {
        name: text(element, "prodName")?,
        currency: optional(element, "currency"),
        price_decimals: optional_number(element, "decShftPx")?,
        volume_decimals: optional_number(element, "decShftQty")?,
        tick: optional_number(element, "tickSize")?,
        lot: optional_number(element, "lotSize")?,
        min_price: optional_number(element, "minPx")?,
        max_price: optional_number(element, "maxPx")?,
    })
}

fn trade(element: &Element<'_>) -> Result<PublicTrade, String> {
    Ok(PublicTrade {
        id: number(element, "tradeId")?,
        contract: text(element, "contractId")?,
        buy_area: text(element, "buyDlvryAreaId")?,
        sell_area: text(element, "sellDlvryAreaId")?,
        price: number(element, "px")?,
        volume: number(element, "qty")?,
        ts_event: time(element, "tradeExecTime")?,
        is_valid: text(element, "state")? == "ACTI",
    })
}

fn capacity(element: &Element<'_>) -> Result<HubToHub, String> {
    Ok(HubToHub {
        from: text(element, "fromDlvryAreaId")?,
        to: text(element, "toDlvryAreaId")?,
        delivery_start: time(element, "dlvryStart")?,
        delivery_end: time(element, "dlvryEnd")?,
        forward: number(element, "outCapacity")?,
        backward: number(element, "inCapacity")?,
    })
}

fn state(text: &str) -> Result<TradingState, String> {
    Ok(match text {
        "ACTI" | "CONT" => TradingState::Continuous,
        "AUCT" => TradingState::Call,
        "HIBE" => TradingState::Hibernated,
        "IACT" | "CLSD" => TradingState::Closed,
        other => {
            return Err(format!(
                "the state {other:.20?}; known are ACTI, CONT, AUCT, HIBE, IACT and CLSD"
            ));
        }
    })
}
