//! The shortest paths with room that the orders of one book have.

use std::ops::Range;

use crate::coupled::config::MAX_ZONES;
use crate::coupled::network::{Hop, Hops, Network, Zones};

/// The shortest paths with room between orders of one zone and side and all others. They depend on
/// which borders have room and not on how much, so a tree lasts until a border opens or shuts.
#[derive(Debug, Clone, Default)]
struct Tree {
    /// The zones found, the first included.
    zones: Zones,
    /// By zone: the one before it on its path.
    before: Vec<u8>,
    /// By zone: how many hops its path has.
    length: Vec<u8>,
}

impl Tree {
    fn has(&self, zone: usize) -> bool {
        self.zones >> zone & 1 == 1
    }
}

/// What is known of the borders for one book; made again where they open or shut.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    pub(crate) periods: Range<usize>,
    pub(crate) contracts: Range<usize>,
    /// [`Network::all_changes`] at which `version` was looked up.
    all_changes: u64,
    /// [`Network::version`] at which the rest was true.
    version: u64,
    open: Hops,
    /// What `open` was before, to be used again.
    spare: Hops,
    /// By side and zone: the neighbours that trade with it over one border.
    next: [Vec<Zones>; 2],
    /// By side and zone: where its orders can trade.
    trees: [Vec<Tree>; 2],
    /// By side: the zones whose tree is up to date.
    known: [Zones; 2],
}

impl Paths {
    pub(crate) fn new(periods: Range<usize>, contracts: Range<usize>) -> Self {
        Self {
            periods,
            contracts,
            all_changes: 0,
            version: 0,
            open: Hops::default(),
            spare: Hops::default(),
            next: [Vec::new(), Vec::new()],
            trees: [Vec::new(), Vec::new()],
            known: [0; 2],
        }
    }

    /// The zones with which an order of `side` in `zone` can trade, itself included.
    #[inline]
    pub(crate) fn reach(&mut self, network: &Network, zone: usize, side: usize) -> Zones {
        if self.all_changes != network.all_changes() {
            self.all_changes = network.all_changes();
            let version = network.version(self.periods.clone(), self.contracts.clone());
            if version != self.version {
                self.renew(network, version);
            }
        }
        if self.known[side] >> zone & 1 == 0 {
            self.grow(zone, side);
        }
        self.trees[side][zone].zones
    }

    /// Appends to `path` the shortest path with room between an order of `side` in `zone` and one in
    /// `other`, which is within its reach, from the seller to the buyer; of equally short ones the
    /// first by zones from `zone` on. What has room along it.
    pub(crate) fn find(
        &self,
        network: &Network,
        (zone, side): (usize, usize),
        other: usize,
        path: &mut Vec<Hop>,
    ) -> i64 {
        let start = path.len();
        let mut room = i64::MAX;
        let mut at = other;
        while at != zone {
            let before = usize::from(self.trees[side][zone].before[at]);
            let hop = if side == 0 {
                network.between(at, before)
            } else {
                network.between(before, at)
            };
            path.push(hop);
            room = room.min(network.room(hop, self.periods.clone()));
            at = before;
        }
        // From a seller's tree the path comes back to the seller.
        if side == 1 {
            path[start..].reverse();
        }
        room
    }

    /// Lets up to `wanted` flow between an order of `side` in `zone` and one in `other`, over the path that
    /// [`Paths::find`] appends to `path`; how much.
    #[inline]
    pub(crate) fn send(
        &self,
        network: &mut Network,
        of: (usize, usize),
        other: usize,
        wanted: i64,
        path: &mut Vec<Hop>,
    ) -> i64 {
        if other == of.0 {
            return wanted;
        }
        let start = path.len();
        let volume = wanted.min(self.find(network, of, other, path));
        for hop in &path[start..] {
            network.flow(*hop, self.periods.clone(), volume);
        }
        volume
    }

    #[inline(never)]
    fn renew(&mut self, network: &Network, version: u64) {
        let mut open = std::mem::take(&mut self.spare);
        network.open(self.periods.clone(), self.contracts.clone(), &mut open);
        if self.version == 0 {
            let zones = network.neighbours.len();
            self.trees = [vec![Tree::default(); zones], vec![Tree::default(); zones]];
            self.next = [vec![0; zones], vec![0; zones]];
            self.open = network.no_hops();
        }
        let old = std::mem::take(&mut self.open);
        for hop in old.differing(&open) {
            let (from, to) = network.ends(hop);
            self.next[1][from] ^= 1 << to;
            self.next[0][to] ^= 1 << from;
            self.forget_trees((from, to));
        }
        (self.open, self.spare) = (open, old);
        self.version = version;
    }

    /// Forgets the trees that the hop between these zones touches, which opened or shut.
    fn forget_trees(&mut self, (from, to): (usize, usize)) {
        for side in 0..2 {
            // A buyer looks for who can deliver to it, so its tree grows against the flow.
            let (near, far) = if side == 0 { (to, from) } else { (from, to) };
            let opened = self.next[side][near] >> far & 1 == 1;
            let mut left = self.known[side];
            while left != 0 {
                let zone = left.trailing_zeros() as usize;
                left &= left - 1;
                let tree = &self.trees[side][zone];
                let touches = if opened {
                    tree.has(near) && !(tree.has(far) && tree.length[far] <= tree.length[near])
                } else {
                    tree.has(far) && usize::from(tree.before[far]) == near && far != zone
                };
                if touches {
                    self.known[side] &= !(1 << zone);
                }
            }
        }
    }

    /// Grows the tree of `zone` and `side` breadth-first, neighbours in ascending order.
    #[inline(never)]
    fn grow(&mut self, zone: usize, side: usize) {
        let next = &self.next[side];
        let tree = &mut self.trees[side][zone];
        tree.before.resize(next.len(), 0);
        tree.length.resize(next.len(), 0);
        tree.length[zone] = 0;
        tree.zones = 1 << zone;
        let mut queue = [0_u8; MAX_ZONES];
        queue[0] = zone as u8;
        let (mut first, mut end) = (0, 1);
        while first < end {
            let at = queue[first];
            first += 1;
            let length = tree.length[usize::from(at)] + 1;
            let mut found = next[usize::from(at)] & !tree.zones;
            tree.zones |= found;
            while found != 0 {
                let zone = found.trailing_zeros() as usize;
                found &= found - 1;
                tree.before[zone] = at;
                tree.length[zone] = length;
                queue[end] = zone as u8;
                end += 1;
            }
        }
        self.known[side] |= 1 << zone;
    }
}
