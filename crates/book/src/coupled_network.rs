//! The borders of coupled books: what flows, what can still flow, and the shortest path with room.

use wattbook_domain::Lots;

use crate::coupled_event::{CoupledFault, CoupledLink, LinkState, MAX_ZONES};
use crate::rank::MAX_LOTS;

/// A set of zones.
pub(crate) type Zones = u128;

/// One direction of a border: twice the place of its link, and one more for the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hop(u16);

impl Hop {
    /// Leads nowhere.
    const NONE: Self = Self(u16::MAX);

    /// Of `MAX_ZONES` there are 8,128 pairs, so a link and a direction fit.
    const fn new(link: usize, from: usize) -> Self {
        Self((link * 2 + from) as u16)
    }

    const fn link(self) -> usize {
        (self.0 / 2) as usize
    }

    /// 0 from the first zone of the link to the second, 1 back.
    const fn from(self) -> usize {
        (self.0 % 2) as usize
    }

    const fn back(self) -> Self {
        Self(self.0 ^ 1)
    }
}

/// The shortest paths with room between orders of one zone and side and all others. They depend on
/// which borders have room and not on how much, so a tree lasts until a border opens or shuts.
#[derive(Debug, Clone, Default)]
struct Tree {
    /// The zones found, the first included.
    zones: Zones,
    /// By zone: the hop between it and the zone before it on its path.
    came_by: Vec<Hop>,
    /// By zone: how many hops its path has.
    length: Vec<u8>,
}

impl Tree {
    fn has(&self, zone: usize) -> bool {
        self.zones >> zone & 1 == 1
    }
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
    /// By side and zone: where its orders can trade.
    trees: [Vec<Tree>; 2],
    /// By side: the zones whose tree is up to date.
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
            trees: [vec![Tree::default(); zones], vec![Tree::default(); zones]],
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
        let hop = Hop::new(self.links.len(), 0);
        self.neighbours[from].push((to, hop));
        self.neighbours[to].push((from, hop.back()));
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
        let zones = self.links[hop.link()].zones;
        (zones[hop.from()], zones[1 - hop.from()])
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
        Ok(self.change(hop.link(), |link| {
            let old = std::mem::replace(&mut link.capacity[hop.from()], capacity);
            old != capacity
        }))
    }

    /// Lets the link of `hop` allocate capacity or not; whether that is new, and the link's zones.
    pub(crate) fn set_allocating(&mut self, hop: Hop, allocates: bool) -> (bool, [usize; 2]) {
        let is_new = self.change(hop.link(), |link| {
            std::mem::replace(&mut link.is_allocating, allocates) != allocates
        });
        (is_new, self.links[hop.link()].zones)
    }

    /// Changes a link; trees that this may touch are no longer known.
    fn change<T>(&mut self, at: usize, change: impl FnOnce(&mut Link) -> T) -> T {
        let link = &mut self.links[at];
        let before = link.rooms();
        let value = change(link);
        let after = link.rooms();
        for from in 0..2 {
            if (before[from] > 0) != (after[from] > 0) {
                self.forget_trees(Hop::new(at, from), after[from] > 0);
            }
        }
        value
    }

    /// Forgets the trees that `hop` touches, which opened or shut.
    fn forget_trees(&mut self, hop: Hop, opened: bool) {
        let (from, to) = self.ends(hop);
        for side in 0..2 {
            // A buyer looks for who can deliver to it, so its tree grows against the flow.
            let (near, far) = if side == 0 { (to, from) } else { (from, to) };
            let touches = |tree: &Tree| {
                if opened {
                    tree.has(near) && !(tree.has(far) && tree.length[far] <= tree.length[near])
                } else {
                    tree.came_by.get(far) == Some(&hop)
                }
            };
            for (zone, tree) in self.trees[side].iter().enumerate() {
                if touches(tree) {
                    self.known[side] &= !(1 << zone);
                }
            }
        }
    }

    /// The zones with which an order of `side` in `zone` can trade, itself included.
    #[inline]
    pub(crate) fn reach(&mut self, zone: usize, side: usize) -> Zones {
        if self.known[side] >> zone & 1 == 0 {
            self.grow(zone, side);
        }
        self.trees[side][zone].zones
    }

    /// Finds the shortest path with room between an order of `side` in `zone` and one in `other`, which
    /// is within its reach, of equally short ones the first by zones from `zone` on; the room along it.
    pub(crate) fn find_path(&mut self, zone: usize, side: usize, other: usize) -> i64 {
        self.reach(zone, side);
        self.path.clear();
        let mut room = i64::MAX;
        let mut at = other;
        while at != zone {
            let hop = self.trees[side][zone].came_by[at];
            self.path.push(hop);
            room = room.min(self.room(hop));
            let (from, to) = self.ends(hop);
            at = if side == 0 { to } else { from };
        }
        // From a seller's tree the path comes back to the seller.
        if side == 1 {
            self.path.reverse();
        }
        room
    }

    /// Lets `volume` flow along the path last found.
    pub(crate) fn flow(&mut self, volume: i64) {
        for at in 0..self.path.len() {
            let hop = self.path[at];
            let signed = if hop.from() == 0 { volume } else { -volume };
            self.change(hop.link(), |link| link.flow += signed);
        }
    }

    /// The path last found, from the seller to the buyer, as zones that deliver and receive.
    pub(crate) fn path(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.path.iter().map(|hop| self.ends(*hop))
    }

    fn room(&self, hop: Hop) -> i64 {
        self.links[hop.link()].room(hop.from())
    }

    /// Grows the tree of `zone` and `side` breadth-first, neighbours in ascending order.
    #[inline(never)]
    fn grow(&mut self, zone: usize, side: usize) {
        let mut tree = std::mem::take(&mut self.trees[side][zone]);
        tree.came_by.clear();
        tree.came_by.resize(self.neighbours.len(), Hop::NONE);
        tree.length.resize(self.neighbours.len(), 0);
        tree.length[zone] = 0;
        tree.zones = 1 << zone;
        let mut queue = [0_u8; MAX_ZONES];
        queue[0] = zone as u8;
        let (mut first, mut end) = (0, 1);
        while first < end {
            let at = usize::from(queue[first]);
            first += 1;
            for (next, hop) in &self.neighbours[at] {
                let hop = if side == 0 { hop.back() } else { *hop };
                if tree.has(*next) || self.room(hop) == 0 {
                    continue;
                }
                tree.zones |= 1 << next;
                tree.came_by[*next] = hop;
                tree.length[*next] = tree.length[at] + 1;
                queue[end] = *next as u8;
                end += 1;
            }
        }
        self.trees[side][zone] = tree;
        self.known[side] |= 1 << zone;
    }
}

fn check_capacity(from: usize, to: usize, capacity: Lots) -> Result<(), CoupledFault> {
    if (0..=MAX_LOTS).contains(&capacity.count()) {
        return Ok(());
    }
    Err(CoupledFault::CapacityOutOfRange { from, to, capacity })
}
