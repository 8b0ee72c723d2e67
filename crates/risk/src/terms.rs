//! Terms of an order that contradict each other.

use wattbook_domain::order::{Conditions, SelfTradePrevention};
use wattbook_domain::{
    LotSize, Order, OrderType, Price, Refusal, TickSize, TimeInForce, Timestamp, Volume,
};

/// Whether the limit of `order_type` counts. A pegged order never trades beyond its own.
#[inline(always)]
pub(crate) const fn has_limit(order_type: OrderType) -> bool {
    matches!(
        order_type,
        OrderType::Limit | OrderType::StopLimit | OrderType::Pegged
    )
}

fn fault(field: &'static str, fix: &'static str) -> Result<(), Refusal> {
    Err(Refusal::Terms { field, fix })
}

/// Checks the terms of an order without conditions.
#[inline(always)]
pub(crate) fn check_plain(order: &Order) -> Result<(), Refusal> {
    let is_plain = matches!(
        order.order_type,
        OrderType::Limit | OrderType::Market | OrderType::MarketToLimit
    );
    if is_plain && order.time_in_force != TimeInForce::GoodTillDate {
        return Ok(());
    }
    check_conditions(order, &Conditions::default(), None, Timestamp::EPOCH)
}

/// Checks the terms of an order against its conditions. Without a grid, only what is missing.
pub(crate) fn check_conditions(
    order: &Order,
    conditions: &Conditions,
    grid: Option<(TickSize, LotSize, Price, Price)>,
    now: Timestamp,
) -> Result<(), Refusal> {
    check_wake(order, conditions)?;
    check_time(order, conditions, now)?;
    check_volumes(order, conditions)?;
    let Some((tick, lot, min, max)) = grid else {
        return Ok(());
    };
    for price in conditions.trigger.iter().chain(&conditions.offset) {
        if tick.ticks(*price).is_none() {
            let (price, tick) = (*price, tick.step());
            return Err(Refusal::PriceOffTick { price, tick });
        }
    }
    if let Some(price) = conditions.trigger
        && (price < min || price > max)
    {
        return Err(Refusal::PriceOutsideLimits { price, min, max });
    }
    let volumes = conditions.display_volume.iter();
    for volume in volumes.chain(&conditions.minimum_volume) {
        if lot.lots(*volume).is_none() {
            let (volume, lot) = (*volume, lot.step());
            return Err(Refusal::VolumeOffLot { volume, lot });
        }
    }
    Ok(())
}

fn check_wake(order: &Order, conditions: &Conditions) -> Result<(), Refusal> {
    let kind = order.order_type;
    let is_stop = matches!(kind, OrderType::Stop | OrderType::StopLimit);
    if is_stop && conditions.trigger.is_none() {
        return fault("trigger", "give the price that wakes the stop");
    }
    if conditions.trigger.is_some() && !is_stop && kind != OrderType::TrailingStop {
        return fault("trigger", "leave it out, or send a stop");
    }
    let follows = matches!(kind, OrderType::TrailingStop | OrderType::Pegged);
    if kind == OrderType::TrailingStop
        && conditions.offset.is_none_or(|offset| offset <= Price::ZERO)
    {
        return fault(
            "offset",
            "give the distance of the trailing stop, above zero",
        );
    }
    if conditions.offset.is_some() && !follows {
        return fault(
            "offset",
            "leave it out, or send a pegged order or trailing stop",
        );
    }
    if kind == OrderType::Pegged && conditions.peg.is_none() {
        return fault("peg", "say what the pegged order follows");
    }
    if conditions.peg.is_some() && kind != OrderType::Pegged {
        return fault("peg", "leave it out, or send a pegged order");
    }
    Ok(())
}

fn check_time(order: &Order, conditions: &Conditions, now: Timestamp) -> Result<(), Refusal> {
    let is_dated = order.time_in_force == TimeInForce::GoodTillDate;
    match conditions.expires {
        None if is_dated => fault("expires", "say when the good-till-date order ends"),
        Some(_) if !is_dated => fault("expires", "leave it out, or send a good-till-date order"),
        Some(expires) if expires <= now => fault("expires", "give a time to come"),
        _ => Ok(()),
    }
}

fn check_volumes(order: &Order, conditions: &Conditions) -> Result<(), Refusal> {
    let is_immediate = matches!(
        order.time_in_force,
        TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill
    );
    if let Some(display) = conditions.display_volume {
        if is_immediate || order.order_type == OrderType::Market {
            return fault(
                "display_volume",
                "leave it out of an order that never rests",
            );
        }
        if display < Volume::ZERO || display > order.volume {
            return fault(
                "display_volume",
                "show from nothing to the volume of the order",
            );
        }
    }
    if let Some(minimum) = conditions.minimum_volume {
        if minimum <= Volume::ZERO || minimum > order.volume {
            return fault(
                "minimum_volume",
                "ask for more than nothing, up to the volume",
            );
        }
        if conditions.all_or_none {
            return fault("minimum_volume", "leave it out of an all-or-none order");
        }
    }
    if conditions.all_or_none && conditions.display_volume.is_some() {
        return fault("all_or_none", "show an all-or-none order in whole");
    }
    check_linked(order, conditions)
}

fn check_linked(order: &Order, conditions: &Conditions) -> Result<(), Refusal> {
    let Some(orders) = conditions.linked_orders else {
        return match conditions.linked {
            None => Ok(()),
            Some(_) => fault("linked_orders", "say how many orders the linked set has"),
        };
    };
    if conditions.linked.is_none() {
        return fault("linked_orders", "leave it out, or number the linked set");
    }
    if orders < 2 {
        return fault("linked_orders", "link two orders or more");
    }
    let is_simple = matches!(order.order_type, OrderType::Limit | OrderType::Market);
    if !is_simple || order.time_in_force != TimeInForce::FillOrKill {
        return fault(
            "linked",
            "link limit or market orders that fill or are killed",
        );
    }
    if conditions.one_cancels_other.is_some() {
        return fault(
            "linked",
            "link orders or let one cancel the other, not both",
        );
    }
    if matches!(conditions.self_trade, SelfTradePrevention::Decrement) {
        return fault(
            "self_trade",
            "linked orders trade in whole; use a cancel mode",
        );
    }
    Ok(())
}
