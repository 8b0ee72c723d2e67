//! Bilateral deals and their versions.

use wattbook_domain::deal::Deal;
use wattbook_domain::event::{DealBooked, PositionChanged};
use wattbook_domain::{Money, Price, Refusal, Side, Volume, state};

use crate::bounds::{PRICE_MAX, VOLUME_MAX, price_fits, volume_fits};
use crate::portfolio::{Portfolio, PositionSlot};

/// The version of a deal that is in the position.
#[derive(Debug, Clone)]
pub(crate) struct BookedDeal {
    pub(crate) version: u32,
    pub(crate) slot: PositionSlot,
    pub(crate) side: Side,
    pub(crate) price: Price,
    pub(crate) volume: Volume,
}

state!(BookedDeal {
    version,
    slot,
    side,
    price,
    volume
});

impl wattbook_domain::state::State for PositionSlot {
    fn save(&self, out: &mut Vec<u8>) {
        self.0.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        u32::load(input).map(Self)
    }
}

impl Portfolio {
    /// Books `deal`, taking the version below out again; a later version of volume zero takes the
    /// deal back. Returns what was booked and each position that changed.
    ///
    /// # Errors
    /// A [`Refusal`] for an unknown instrument, a volume below or at zero, numbers out of range, a
    /// currency without a rate, or a version that is not above the booked one.
    pub fn book_deal(
        &mut self,
        deal: &Deal,
    ) -> Result<(DealBooked, Vec<PositionChanged>), Refusal> {
        let instrument = deal.instrument;
        self.check_rate(instrument)?;
        let key = (deal.deal, deal.part);
        let booked = self.deals.get(&key).cloned();
        if let Some(old) = &booked
            && deal.version <= old.version
        {
            return Err(Refusal::DealVersion {
                deal: deal.deal,
                part: deal.part,
                version: deal.version,
                booked: old.version,
            });
        }
        let volume = deal.volume;
        if volume < Volume::ZERO || (volume == Volume::ZERO && booked.is_none()) {
            return Err(Refusal::VolumeNotPositive { volume });
        }
        if !price_fits(deal.price) {
            let (price, max) = (deal.price, PRICE_MAX);
            let min = Price::from_millionths(-max.millionths());
            return Err(Refusal::PriceOutsideLimits { price, min, max });
        }
        let slot = self.slot(instrument, deal.owner)?;
        let (_, held) = self.group(slot);
        let reached = held
            .millionths()
            .saturating_abs()
            .saturating_add(volume.millionths());
        if !volume_fits(Volume::from_millionths(reached)) {
            return Err(Refusal::PositionVolume {
                position: Volume::from_millionths(reached),
                limit: VOLUME_MAX,
            });
        }
        let mut changed = Vec::with_capacity(2);
        if let Some(old) = booked.filter(|old| old.volume > Volume::ZERO) {
            let back = old.side.opposite();
            changed.push(self.trade(old.slot, back, old.price, old.volume, Money::ZERO));
        }
        if volume > Volume::ZERO {
            changed.push(self.trade(slot, deal.side, deal.price, volume, Money::ZERO));
        }
        let version = deal.version;
        let (side, price) = (deal.side, deal.price);
        let entry = BookedDeal {
            version,
            slot,
            side,
            price,
            volume,
        };
        self.deals.insert(key, entry);
        Ok((booked_event(deal), changed))
    }
}

fn booked_event(deal: &Deal) -> DealBooked {
    DealBooked {
        deal: deal.deal,
        part: deal.part,
        version: deal.version,
        instrument: deal.instrument,
        side: deal.side,
        owner: deal.owner,
        price: deal.price,
        volume: deal.volume,
    }
}
