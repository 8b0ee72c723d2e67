//! Books rebuilt from the venue's feed, for the best prices in them.

use wattbook_book::{Anomaly, L2Book, L3Book, L3Delta};
use wattbook_domain::event::QuarantineReason;
use wattbook_domain::market::{BookAction, BookDelta};
use wattbook_domain::state::State;
use wattbook_domain::{LotSize, Lots, Price, Side, TickSize, Ticks, Volume};

use crate::market::TopOfBook;

/// The price and volume grid of an instrument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) tick: TickSize,
    pub(crate) lot: LotSize,
}

/// A book by price, or by order where the feed numbers orders.
#[derive(Debug, Clone)]
pub(crate) enum Depth {
    Prices(Box<L2Book>),
    Orders(Box<L3Book>),
}

impl Depth {
    /// The book that a feed with this message is of.
    pub(crate) fn of(delta: &BookDelta) -> Self {
        if delta.venue_order == 0 {
            Self::Prices(Box::default())
        } else {
            Self::Orders(Box::default())
        }
    }

    /// Takes over a message. A crossed book stands: the feed may uncross it next.
    pub(crate) fn apply(&mut self, delta: &BookDelta, grid: Grid) -> Result<(), QuarantineReason> {
        let unfit = QuarantineReason::Unexpected;
        let gone = matches!(delta.action, BookAction::Delete | BookAction::Clear);
        let (price, volume) = if gone {
            // The grid of what leaves is that of what was there.
            let price = grid.tick.ticks(delta.price).unwrap_or_default();
            (price, Lots::default())
        } else {
            let price = grid.tick.ticks(delta.price).ok_or(unfit)?;
            (price, grid.lot.lots(delta.volume).ok_or(unfit)?)
        };
        let told = match self {
            Self::Prices(book) if delta.action == BookAction::Clear => {
                book.clear();
                Ok(())
            }
            Self::Prices(book) => book.apply(delta.side, price, volume, 0),
            Self::Orders(book) => book
                .apply(&L3Delta {
                    action: delta.action,
                    order_id: delta.venue_order,
                    side: delta.side,
                    price,
                    volume,
                })
                .map(|_| ()),
        };
        match told {
            Ok(()) | Err(Anomaly::Crossed) => Ok(()),
            Err(_) => Err(unfit),
        }
    }

    pub(crate) fn top(&self, grid: Grid) -> TopOfBook {
        let top = match self {
            Self::Prices(book) => book.top(),
            Self::Orders(book) => book.top(),
        };
        let best = |best: Option<(Ticks, Lots)>| match best {
            Some((price, volume)) => (grid.tick.price(price), grid.lot.volume(volume)),
            None => (Price::ZERO, Volume::ZERO),
        };
        let ((bid_price, bid_volume), (ask_price, ask_volume)) = (best(top.bid), best(top.ask));
        TopOfBook {
            bid_price,
            ask_price,
            bid_volume,
            ask_volume,
        }
    }

    /// Every order in priority order; for a book by price, its levels, best first.
    fn rows(&self) -> Vec<Row> {
        let sides = [Side::Buy, Side::Sell].into_iter();
        match self {
            Self::Prices(book) => {
                let levels = sides.flat_map(|side| book.depth(side).map(move |at| (side, at)));
                let row = |(side, at): (Side, wattbook_book::DepthLevel)| Row {
                    order: 0,
                    side,
                    price: at.price.count(),
                    volume: at.volume.count(),
                };
                levels.map(row).collect()
            }
            Self::Orders(book) => {
                let row = |order: wattbook_book::L3Order| Row {
                    order: order.order_id,
                    side: order.side,
                    price: order.price.count(),
                    volume: order.volume.count(),
                };
                sides.flat_map(|side| book.orders(side)).map(row).collect()
            }
        }
    }
}

struct Row {
    order: u64,
    side: Side,
    price: i64,
    volume: i64,
}

wattbook_domain::state!(Row {
    order,
    side,
    price,
    volume
});

impl State for Depth {
    fn save(&self, out: &mut Vec<u8>) {
        matches!(self, Self::Orders(_)).save(out);
        self.rows().save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let is_orders = bool::load(input)?;
        let rows = Vec::<Row>::load(input)?;
        let fits = |told| matches!(told, Ok(()) | Err(Anomaly::Crossed));
        if is_orders {
            let mut book = Box::<L3Book>::default();
            for row in rows {
                let told = book.apply(&L3Delta {
                    action: BookAction::Add,
                    order_id: row.order,
                    side: row.side,
                    price: Ticks::new(row.price),
                    volume: Lots::new(row.volume),
                });
                fits(told.map(|_| ())).then_some(())?;
            }
            return Some(Self::Orders(book));
        }
        let mut book = Box::<L2Book>::default();
        for row in rows {
            let (price, volume) = (Ticks::new(row.price), Lots::new(row.volume));
            fits(book.apply(row.side, price, volume, 0)).then_some(())?;
        }
        Some(Self::Prices(book))
    }
}

impl State for Grid {
    fn save(&self, out: &mut Vec<u8>) {
        self.tick.step().save(out);
        self.lot.step().save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            tick: TickSize::new(State::load(input)?).ok()?,
            lot: LotSize::new(State::load(input)?).ok()?,
        })
    }
}
