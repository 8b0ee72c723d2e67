//! Cascading: a long future becomes shorter ones before it delivers.

use wattbook_domain::delivery::DeliveryProduct;
use wattbook_domain::instrument::{Commodity, DeliveryKind, Tenor};
use wattbook_domain::{Money, Price, Volume};

use crate::error::CurveError;

/// What an exchange makes of a contract of `tenor`, in the order of delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CascadeRule {
    /// The exchange.
    pub exchange: &'static str,
    /// Of the contract that ends.
    pub tenor: Tenor,
    /// Tenors of the contracts that replace it, and how many of each.
    pub into: &'static [(Tenor, usize)],
}

/// The cascades that are known. EEX: Contract Specifications, Fulfilment of Futures. ICE Endex gas
/// strips are months from the first day.
pub static CASCADE_RULES: &[CascadeRule] = &[
    CascadeRule {
        exchange: "EEX",
        tenor: Tenor::CalendarYear,
        into: &[(Tenor::Month, 3), (Tenor::Quarter, 3)],
    },
    CascadeRule {
        exchange: "EEX",
        tenor: Tenor::Season,
        into: &[(Tenor::Month, 3), (Tenor::Quarter, 1)],
    },
    CascadeRule {
        exchange: "EEX",
        tenor: Tenor::Quarter,
        into: &[(Tenor::Month, 3)],
    },
    CascadeRule {
        exchange: "ICE",
        tenor: Tenor::CalendarYear,
        into: &[(Tenor::Month, 12)],
    },
    CascadeRule {
        exchange: "ICE",
        tenor: Tenor::Season,
        into: &[(Tenor::Month, 6)],
    },
    CascadeRule {
        exchange: "ICE",
        tenor: Tenor::Quarter,
        into: &[(Tenor::Month, 3)],
    },
];

/// The products that replace `product` at `exchange`, in the order of delivery.
///
/// # Errors
/// [`CurveError::NoCascadeRule`] for a product that settles or delivers itself.
pub fn cascade_products(
    exchange: &str,
    product: DeliveryProduct,
) -> Result<Vec<DeliveryProduct>, CurveError> {
    let fits = |rule: &&CascadeRule| (rule.exchange, rule.tenor) == (exchange, product.tenor());
    let rule = CASCADE_RULES.iter().find(fits);
    let rule = rule.ok_or_else(|| CurveError::NoCascadeRule {
        exchange: exchange.to_owned(),
        product: product.to_string(),
    })?;
    let mut products: Vec<DeliveryProduct> = Vec::new();
    for (tenor, count) in rule.into {
        let from = products
            .last()
            .map_or(product.period().start(), |last| last.period().end());
        let parts = product.parts(*tenor)?;
        let next = parts
            .into_iter()
            .filter(|part| part.period().start() >= from);
        products.extend(next.take(*count));
    }
    let legs = products.iter().map(|leg| leg.delivery_seconds()).sum();
    if legs != product.delivery_seconds() {
        let contract = product.delivery_seconds();
        return Err(CurveError::LegsUnequal { legs, contract });
    }
    Ok(products)
}

/// How an open position in `product` ends at `exchange`: it cascades where a rule says so; else
/// gas delivers, and everything else settles on the spot average.
#[must_use]
pub fn delivery_kind(exchange: &str, product: DeliveryProduct) -> DeliveryKind {
    let cascades = CASCADE_RULES
        .iter()
        .any(|rule| (rule.exchange, rule.tenor) == (exchange, product.tenor()));
    if cascades {
        DeliveryKind::Cascade
    } else if product.place().calendar.commodity == Commodity::Gas {
        DeliveryKind::Physical
    } else {
        DeliveryKind::SpotAverage
    }
}

/// A contract that replaces another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg<K> {
    /// Which: an instrument's number, a product.
    pub contract: K,
    /// Seconds with delivery.
    pub delivery_seconds: i64,
    /// Settlement price of the cascade's day, in currency per `MWh`.
    pub settlement_price: Price,
}

/// The position in a leg after a cascade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CascadedPosition<K> {
    /// Which.
    pub contract: K,
    /// In MW, as it was in the contract that ended; signed.
    pub volume: Volume,
    /// Entry price: the final settlement price of the contract that ended.
    pub price: Price,
    /// Volume at the entry price over the leg's delivery; the legs add up to the old contract's.
    pub value: Money,
    /// Volume times settlement price less entry price: the leg's P&L of the day.
    pub pnl: Money,
}

/// The positions that replace `volume` (MW, signed) of a contract of `delivery_seconds`, which ends
/// at `final_price`.
///
/// # Errors
/// [`CurveError::LegsUnequal`] when the legs do not deliver as long as the contract did. So it is
/// for volumes that are no power (tonnes, therms in total): such contracts do not cascade.
pub fn cascade<K: Copy>(
    volume: Volume,
    delivery_seconds: i64,
    final_price: Price,
    legs: &[Leg<K>],
) -> Result<Vec<CascadedPosition<K>>, CurveError> {
    let together = legs.iter().map(|leg| leg.delivery_seconds).sum();
    if together != delivery_seconds {
        return Err(CurveError::LegsUnequal {
            legs: together,
            contract: delivery_seconds,
        });
    }
    let position = |leg: &Leg<K>| {
        let value = Money::of_delivery(final_price, volume, leg.delivery_seconds);
        let marked = Money::of_delivery(leg.settlement_price, volume, leg.delivery_seconds);
        CascadedPosition {
            contract: leg.contract,
            volume,
            price: final_price,
            value,
            pnl: marked - value,
        }
    };
    Ok(legs.iter().map(position).collect())
}
