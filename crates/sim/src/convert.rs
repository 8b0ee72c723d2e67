//! Orders of the domain as the book takes them.

use wattbook_book::{Display, Lifetime, NewOrder, Pricing, Quantity, Terms};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{
    ClientId, Conditions, LotSize, Lots, Order, OrderId, OrderType, Price, TickSize, Ticks,
    TimeInForce, Volume,
};

/// The grids of an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grids {
    /// Of prices.
    pub tick: TickSize,
    /// Of volumes.
    pub lot: LotSize,
}

impl Grids {
    /// `price` in ticks.
    ///
    /// # Errors
    /// [`VenueReason::OffTick`].
    pub fn ticks(&self, price: Price) -> Result<Ticks, VenueReason> {
        self.tick.ticks(price).ok_or(VenueReason::OffTick)
    }

    /// `volume` in lots.
    ///
    /// # Errors
    /// [`VenueReason::OffLot`].
    pub fn lots(&self, volume: Volume) -> Result<Lots, VenueReason> {
        self.lot.lots(volume).ok_or(VenueReason::OffLot)
    }

    /// `order` as a book takes it.
    ///
    /// # Errors
    /// Why the venue refuses it: off a grid, or terms that do not belong together.
    pub fn new_order(&self, order_id: OrderId, order: &Order) -> Result<NewOrder, VenueReason> {
        let none = Conditions::default();
        let conditions = order.conditions.as_deref().unwrap_or(&none);
        let price = || self.ticks(order.price);
        let trigger = || {
            conditions
                .trigger
                .map(|price| self.ticks(price))
                .transpose()
        };
        let offset = || conditions.offset.map(|price| self.ticks(price)).transpose();
        let needed = |value: Option<Ticks>| value.ok_or(VenueReason::InvalidTerms);
        let pricing = match order.order_type {
            OrderType::Limit => Pricing::Limit(price()?),
            OrderType::Market => Pricing::Market,
            OrderType::MarketToLimit => Pricing::MarketToLimit,
            OrderType::Stop => Pricing::Stop {
                trigger: needed(trigger()?)?,
            },
            OrderType::StopLimit => Pricing::StopLimit {
                trigger: needed(trigger()?)?,
                limit: price()?,
            },
            OrderType::TrailingStop => Pricing::TrailingStop {
                distance: needed(offset()?)?,
                trigger: trigger()?,
            },
            OrderType::Pegged => Pricing::Pegged {
                peg: conditions.peg.ok_or(VenueReason::InvalidTerms)?,
                offset: offset()?.unwrap_or_default(),
                // A limit of zero is a price like any other, so a pegged order always has its limit.
                limit: Some(price()?),
            },
        };
        let plain = NewOrder::new(order_id, order.side, self.lots(order.volume)?, pricing);
        Ok(NewOrder {
            lifetime: lifetime(order.time_in_force, conditions)?,
            trading_book: order.owner.trading_book,
            self_trade: conditions.self_trade,
            terms: self.terms(order_id.client(), conditions)?,
            ..plain
        })
    }

    fn terms(&self, client: ClientId, conditions: &Conditions) -> Result<Terms, VenueReason> {
        let display = match conditions.display_volume {
            None => Display::Full,
            Some(Volume::ZERO) => Display::Hidden,
            Some(volume) => Display::Iceberg(self.lots(volume)?),
        };
        let quantity = match conditions.minimum_volume {
            _ if conditions.all_or_none => Quantity::AllOrNone,
            None => Quantity::Any,
            Some(volume) => Quantity::Minimum(self.lots(volume)?),
        };
        let one_cancels_other = conditions
            .one_cancels_other
            .map(|group| OrderId::new(client, group).0);
        Ok(Terms {
            display,
            quantity,
            one_cancels_other,
        })
    }
}

fn lifetime(time_in_force: TimeInForce, conditions: &Conditions) -> Result<Lifetime, VenueReason> {
    Ok(match time_in_force {
        TimeInForce::Day => Lifetime::Day,
        TimeInForce::GoodTillCancelled => Lifetime::GoodTillCancelled,
        TimeInForce::GoodTillDate => {
            Lifetime::GoodTillDate(conditions.expires.ok_or(VenueReason::InvalidTerms)?)
        }
        TimeInForce::ImmediateOrCancel => Lifetime::ImmediateOrCancel,
        TimeInForce::FillOrKill => Lifetime::FillOrKill,
        TimeInForce::AtOpen => Lifetime::AtOpen,
        TimeInForce::AtClose => Lifetime::AtClose,
        TimeInForce::GoodForSession => Lifetime::GoodForSession,
    })
}
