//! Zones and the links between them.

use crate::error::AuctionError;

/// A link between two zones; its flow counts from the first to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Zone at which a positive flow leaves.
    pub from: usize,
    /// Zone at which a positive flow arrives.
    pub to: usize,
}

impl Link {
    /// The other end, and how a flow away from `zone` counts: +1 at `from`, −1 at `to`.
    pub(crate) fn beyond(self, zone: usize) -> (usize, f64) {
        if zone == self.from {
            (self.to, 1.0)
        } else {
            (self.from, -1.0)
        }
    }
}

/// How zones are joined, the same in each period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    zones: usize,
    links: Vec<Link>,
    at: Vec<Vec<usize>>,
}

impl Network {
    /// Joins `zones` zones by `links`.
    ///
    /// # Errors
    /// [`AuctionError::LinkZones`] if a link's end is no zone, or both ends are the same.
    pub fn new(zones: usize, links: Vec<Link>) -> Result<Self, AuctionError> {
        let mut at = vec![Vec::new(); zones];
        for (number, &Link { from, to }) in links.iter().enumerate() {
            if from >= zones || to >= zones || from == to {
                return Err(AuctionError::LinkZones {
                    link: number,
                    from,
                    to,
                    zones,
                });
            }
            at[from].push(number);
            at[to].push(number);
        }
        Ok(Self { zones, links, at })
    }

    /// How many zones there are.
    #[must_use]
    pub fn zones(&self) -> usize {
        self.zones
    }

    /// The links, in the order given.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Numbers of the links that end at `zone`.
    pub(crate) fn links_at(&self, zone: usize) -> &[usize] {
        &self.at[zone]
    }
}
