//! One schedule against the balance that it would leave.

use wattbook_domain::command::SubmitSchedule;
use wattbook_domain::instrument::DeliveryKind;
use wattbook_domain::{OrderId, Refusal, Side, SignalId, Timestamp, Volume};
use wattbook_portfolio::{Portfolio, VOLUME_MAX};

use crate::limits::Terms;
use crate::trading::Ask;

/// Time, grid and currency: what every schedule must keep.
pub(crate) fn check_terms(
    schedule: &SubmitSchedule,
    terms: &Terms,
    now: Timestamp,
    portfolio: &Portfolio,
) -> Result<(), Refusal> {
    let instrument = schedule.instrument;
    let unknown = Refusal::UnknownInstrument { instrument };
    let contract = portfolio.contract(instrument).ok_or(unknown)?;
    if contract.delivery_kind != DeliveryKind::Physical {
        return Err(Refusal::NotDelivered { instrument });
    }
    let delivery_start = terms.delivery_start;
    if now >= delivery_start {
        return Err(Refusal::DeliveryBegan {
            delivery_start,
            at: now,
        });
    }
    let volume = schedule.volume;
    if terms.lot.lots(volume).is_none() {
        let lot = terms.lot.step();
        return Err(Refusal::VolumeOffLot { volume, lot });
    }
    if volume > VOLUME_MAX || volume < -VOLUME_MAX {
        let limit = VOLUME_MAX;
        return Err(Refusal::ScheduleBalance {
            balance: volume,
            limit,
        });
    }
    Ask::check_rate(contract, portfolio)
}

/// Whether `change` brings the balance `held` nearer to zero and not beyond, or leaves it.
pub(crate) fn is_nearer(held: Volume, change: Volume) -> bool {
    let after = held + change;
    after == held
        || (held >= Volume::ZERO && after >= Volume::ZERO && after <= held)
        || (held <= Volume::ZERO && after <= Volume::ZERO && after >= held)
}

/// What a schedule asks of the limits: it adds `change` to the balance `held`, and opens what lies
/// beyond zero or beyond what was held. It stands to the balance as an order without a limit.
pub(crate) fn opening(
    schedule: &SubmitSchedule,
    held: Volume,
    change: Volume,
    now: Timestamp,
) -> Ask {
    let after = held + change;
    let has_turned = (held > Volume::ZERO) != (after > Volume::ZERO);
    let opened = if has_turned {
        after.abs()
    } else {
        after.abs() - held.abs()
    };
    Ask {
        order_id: OrderId::default(),
        instrument: schedule.instrument,
        owner: schedule.owner,
        side: if change > Volume::ZERO {
            Side::Buy
        } else {
            Side::Sell
        },
        price: None,
        trigger: None,
        volume: opened,
        added: change.abs(),
        leg: None,
        is_offer: false,
        signal: SignalId(0),
        now,
    }
}

/// A refusal of an order's volume in the words of a schedule, which can not be split.
pub(crate) fn of_balance(refusal: Refusal, ask: &Ask) -> Refusal {
    match refusal {
        Refusal::OrderVolume { volume, limit } => Refusal::ScheduleBalance {
            balance: Volume::from_millionths(ask.side.sign() * volume.millionths()),
            limit,
        },
        Refusal::PositionVolume { position, limit } => Refusal::ScheduleBalance {
            balance: position,
            limit,
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_schedule_opens_what_is_farther_from_zero(held in -99_i64..99, change in -99_i64..99) {
            let (held, change) = (Volume::from_millionths(held), Volume::from_millionths(change));
            let after = held + change;
            let ask = opening(&SubmitSchedule::default(), held, change, Timestamp::EPOCH);
            let is_beyond = (held.millionths() * after.millionths()) < 0;
            let expected = if is_beyond { after.abs() } else { after.abs() - held.abs() };
            prop_assert_eq!(is_nearer(held, change), expected <= Volume::ZERO);
            prop_assert!(is_nearer(held, change) || ask.volume == expected);
        }
    }
}
