//! Price levels.

use wattbook_domain::order::Side;
use wattbook_domain::{Lots, Ticks};

use crate::book::DepthLevel;
use crate::event::TopOfBook;
use crate::feed::anomaly::{Anomalies, Anomaly};
use crate::ladder::{Ladder, Levels, depth, top};
use crate::rank::{self, MAX_TICKS};

/// The levels of a feed that tells the volume of each price.
#[derive(Debug, Clone)]
pub struct L2Book {
    levels: Levels,
    ladders: [Ladder; 2],
    messages: u64,
    anomalies: Anomalies,
}

impl Default for L2Book {
    fn default() -> Self {
        Self::new()
    }
}

impl L2Book {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self {
            levels: Levels::new(),
            ladders: [Ladder::new(), Ladder::new()],
            messages: 0,
            anomalies: Anomalies::default(),
        }
    }

    /// Sets what stands at `price`: its volume, zero for nothing, and how many orders make it.
    ///
    /// # Errors
    /// [`Anomaly::Volume`] below zero, [`Anomaly::Price`] out of range and [`Anomaly::Unknown`] when
    /// a level that is not there is emptied: the book stays as it was. [`Anomaly::Crossed`] when
    /// the bid reaches the ask: the level stands.
    pub fn apply(
        &mut self,
        side: Side,
        price: Ticks,
        volume: Lots,
        orders: u32,
    ) -> Result<(), Anomaly> {
        let message = self.messages;
        self.messages += 1;
        let result = self.set(rank::index(side), price.count(), volume.count(), orders);
        if let Err(anomaly) = result {
            self.anomalies.add(message, anomaly);
        }
        result
    }

    fn set(&mut self, side: usize, price: i64, volume: i64, orders: u32) -> Result<(), Anomaly> {
        if volume < 0 {
            return Err(Anomaly::Volume);
        }
        if !(-MAX_TICKS..=MAX_TICKS).contains(&price) {
            return Err(Anomaly::Price);
        }
        let rank = rank::rank(price, side);
        if volume == 0 {
            let level = self.ladders[side].find(rank).ok_or(Anomaly::Unknown)?;
            self.levels[level].volume = 0;
            self.levels[level].orders = 0;
            self.ladders[side].vacate(level, &mut self.levels);
            return Ok(());
        }
        let level = self.ladders[side].occupy(rank, &mut self.levels);
        self.levels[level].volume = volume;
        self.levels[level].orders = orders;
        // The rank of a price on the other side is its complement.
        if self.ladders[1 - side].best_rank <= !rank {
            return Err(Anomaly::Crossed);
        }
        Ok(())
    }

    /// Empties the book, as at the start of a snapshot.
    pub fn clear(&mut self) {
        self.levels = Levels::new();
        self.ladders = [Ladder::new(), Ladder::new()];
    }

    /// Best prices and their volumes.
    #[must_use]
    pub fn top(&self) -> TopOfBook {
        top(&self.ladders, &self.levels)
    }

    /// The levels of `side`, best first.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = DepthLevel> + '_ {
        depth(&self.ladders, &self.levels, rank::index(side))
    }

    /// What did not fit so far.
    #[must_use]
    pub fn anomalies(&self) -> &Anomalies {
        &self.anomalies
    }
}
