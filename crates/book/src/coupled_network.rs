//! The borders of coupled books: what flows, what can still flow, and the shortest path with room.

use wattbook_domain::Lots;

use crate::coupled_event::{CoupledFault, CoupledLink, LinkState, MAX_ZONES};
use crate::rank::MAX_LOTS;

/// A set of zones.
pub(crate) type Zones = u128;

/// The zones of a set, in ascending order.
pub(crate) fn zones_of(mut zones: Zones) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let zone = zones.trailing_zeros() as usize;
        zones &= zones.wrapping_sub(1);
        (zone < MAX_ZONES).then_some(zone)
    })
}

/// One direction of a border: energy flows over link `link` from its zone `from` to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hop {
    link: u32,
    /// 0 from the first zone to the second, 1 back.
    from: u32,
}

#[derive(Debug, Clone)]
struct Link {
    zones: [usize; 2],
    capacity: [i64; 2],
    /// Net flow from the first zone to the second.
    flow: i64,
    is_allocating: bool,
}

impl Link {
    fn room(&self, from: usize) -> i64 {
        let flow = if from == 0 { self.flow } else { -self.flow };
        if self.is_allocating {
            (self.capacity[from] - flow).max(0)
        } else {
            0
        }
    }

    fn rooms(&self) -> [i64; 2] {
        [self.room(0), self.room(1)]
    }
}

/// All borders of one delivery period.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    links: Vec<Link>,
    /// By zone: neighbours in ascending order, with the hop that leads there.
    neighbours: Vec<Vec<(usize, Hop)>>,
    /// By side and zone: the zones with which an order of the side can trade, itself included.
    reach: [Vec<Zones>; 2],
    /// By side: the zones whose reach is up to date.
    known: [Zones; 2],
    /// The path last found, from the seller to the buyer.
    path: Vec<Hop>,
}

impl Network {
    pub(crate) fn new(zones: usize, links: &[CoupledLink]) -> Result<Self, CoupledFault> {
        if zones > MAX_ZONES {
            return Err(CoupledFault::TooManyZones { zones });
        }
        let mut network = Self {
            links: Vec::with_capacity(links.len()),
            neighbours: vec![Vec::new(); zones],
            reach: [vec![0; zones], vec![0; zones]],
            known: [0; 2],
            path: Vec::new(),
        };
        for link in links {
            network.add(link)?;
        }
        for neighbours in &mut network.neighbours {
            neighbours.sort_unstable_by_key(|(zone, _)| *zone);
        }
        Ok(network)
    }

    fn add(&mut self, link: &CoupledLink) -> Result<(), CoupledFault> {
        let [from, to] = link.zones;
        self.check_zone(from)?;
        self.check_zone(to)?;
        if from == to {
            return Err(CoupledFault::LinkToItself { zone: from });
        }
        if self.hop(from, to).is_ok() {
            return Err(CoupledFault::RepeatedLink { from, to });
        }
        check_capacity(from, to, link.capacity[0])?;
        check_capacity(to, from, link.capacity[1])?;
        let at = self.links.len() as u32;
        self.neighbours[from].push((to, Hop { link: at, from: 0 }));
        self.neighbours[to].push((from, Hop { link: at, from: 1 }));
        self.links.push(Link {
            zones: link.zones,
            capacity: link.capacity.map(Lots::count),
            flow: 0,
            is_allocating: true,
        });
        Ok(())
    }

    pub(crate) fn check_zone(&self, zone: usize) -> Result<(), CoupledFault> {
        let zones = self.neighbours.len();
        if zone < zones {
            return Ok(());
        }
        Err(CoupledFault::UnknownZone { zone, zones })
    }

    /// The hop from zone `from` to zone `to`.
    pub(crate) fn hop(&self, from: usize, to: usize) -> Result<Hop, CoupledFault> {
        self.check_zone(from)?;
        self.check_zone(to)?;
        let mut neighbours = self.neighbours[from].iter();
        let found = neighbours.find(|(zone, _)| *zone == to);
        found
            .map(|(_, hop)| *hop)
            .ok_or(CoupledFault::UnknownLink { from, to })
    }

    /// The zones that `hop` leads from and to.
    pub(crate) fn ends(&self, hop: Hop) -> (usize, usize) {
        let zones = self.links[hop.link as usize].zones;
        (zones[hop.from as usize], zones[1 - hop.from as usize])
    }

    pub(crate) fn states(&self) -> impl Iterator<Item = LinkState> + '_ {
        self.links.iter().map(|link| LinkState {
            zones: link.zones,
            capacity: link.capacity.map(Lots::new),
            flow: Lots::new(link.flow),
            room: link.rooms().map(Lots::new),
            is_allocating: link.is_allocating,
        })
    }

    /// Sets the capacity of `hop`; whether it is another.
    pub(crate) fn set_capacity(&mut self, hop: Hop, capacity: Lots) -> Result<bool, CoupledFault> {
        let (from, to) = self.ends(hop);
        check_capacity(from, to, capacity)?;
        let capacity = capacity.count();
        Ok(self.change(hop.link, |link| {
            let old = std::mem::replace(&mut link.capacity[hop.from as usize], capacity);
            old != capacity
        }))
    }

    /// Lets the link of `hop` allocate capacity or not; whether that is new, and the link's zones.
    pub(crate) fn set_allocating(&mut self, hop: Hop, allocates: bool) -> (bool, [usize; 2]) {
        let is_new = self.change(hop.link, |link| {
            std::mem::replace(&mut link.is_allocating, allocates) != allocates
        });
        (is_new, self.links[hop.link as usize].zones)
    }

    /// Changes a link; what it opens or shuts makes every reach unknown.
    fn change<T>(&mut self, at: u32, change: impl FnOnce(&mut Link) -> T) -> T {
        let link = &mut self.links[at as usize];
        let before = link.rooms();
        let value = change(link);
        for (before, after) in before.into_iter().zip(link.rooms()) {
            if (before > 0) != (after > 0) {
                self.known = [0; 2];
            }
        }
        value
    }

    /// The zones with which an order of `side` in `zone` can trade, itself included.
    #[inline]
    pub(crate) fn reach(&mut self, zone: usize, side: usize) -> Zones {
        if self.known[side] >> zone & 1 == 0 {
            self.reach[side][zone] = self.search(zone, side, None).0;
            self.known[side] |= 1 << zone;
        }
        self.reach[side][zone]
    }

    /// Finds the shortest path with room between an order of `side` in `zone` and one in `other`, of
    /// equally short ones the first by zones from `zone` on; the room along it. There is a path.
    pub(crate) fn find_path(&mut self, zone: usize, side: usize, other: usize) -> i64 {
        let (_, came_by) = self.search(zone, side, Some(other));
        self.path.clear();
        let mut room = i64::MAX;
        let mut at = other;
        while at != zone {
            let Some(hop) = came_by[at] else {
                return 0;
            };
            self.path.push(hop);
            room = room.min(self.room(hop));
            let (from, to) = self.ends(hop);
            at = if side == 0 { to } else { from };
        }
        // A buyer's search ran against the flow, so going back it ran with it.
        if side == 1 {
            self.path.reverse();
        }
        room
    }

    /// Lets `volume` flow along the path last found.
    pub(crate) fn flow(&mut self, volume: i64) {
        for at in 0..self.path.len() {
            let hop = self.path[at];
            let signed = if hop.from == 0 { volume } else { -volume };
            self.change(hop.link, |link| link.flow += signed);
        }
    }

    /// The path last found, from the seller to the buyer, as zones that deliver and receive.
    pub(crate) fn path(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.path.iter().map(|hop| self.ends(*hop))
    }

    fn room(&self, hop: Hop) -> i64 {
        self.links[hop.link as usize].room(hop.from as usize)
    }

    /// Breadth-first from `zone`, neighbours in ascending order, until `goal` is found: the zones
    /// found, and the hop by which each was.
    fn search(
        &self,
        zone: usize,
        side: usize,
        goal: Option<usize>,
    ) -> (Zones, [Option<Hop>; MAX_ZONES]) {
        let mut came_by = [None; MAX_ZONES];
        let mut queue = [0_u8; MAX_ZONES];
        let (mut first, mut end) = (0, 1);
        queue[0] = zone as u8;
        let mut found: Zones = 1 << zone;
        while first < end && goal.is_none_or(|goal| found >> goal & 1 == 0) {
            let at = usize::from(queue[first]);
            first += 1;
            for (next, hop) in &self.neighbours[at] {
                // A buyer looks for who can deliver to it, so it walks against the flow.
                let hop = Hop {
                    from: if side == 0 { 1 - hop.from } else { hop.from },
                    ..*hop
                };
                if found >> next & 1 == 1 || self.room(hop) == 0 {
                    continue;
                }
                found |= 1 << next;
                came_by[*next] = Some(hop);
                queue[end] = *next as u8;
                end += 1;
            }
        }
        (found, came_by)
    }
}

fn check_capacity(from: usize, to: usize, capacity: Lots) -> Result<(), CoupledFault> {
    if (0..=MAX_LOTS).contains(&capacity.count()) {
        return Ok(());
    }
    Err(CoupledFault::CapacityOutOfRange { from, to, capacity })
}
