//! The borders of coupled books, market time unit by market time unit: what flows and what still can.

use std::ops::Range;

use wattbook_domain::Lots;

use crate::coupled::config::{CoupledConfig, CoupledLink};
use crate::coupled::event::{CoupledFault, LinkState};
use crate::rank::MAX_LOTS;

/// A set of zones.
pub(crate) type Zones = u128;

/// A set of market time units.
pub(crate) type Periods = u128;

/// One direction of a border: twice the place of its link, and one more for the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hop(u16);

impl Hop {
    /// Leads nowhere.
    const NONE: Self = Self(u16::MAX);

    /// Of 128 zones there are 8,128 pairs, so a link and a direction fit.
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

    pub(crate) const fn back(self) -> Self {
        Self(self.0 ^ 1)
    }
}

/// A set of hops.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hops(Vec<u64>);

impl Hops {
    fn all(links: usize) -> Self {
        Self(vec![!0; (links * 2).div_ceil(64)])
    }

    fn none(links: usize) -> Self {
        Self(vec![0; (links * 2).div_ceil(64)])
    }

    #[inline]
    pub(crate) fn has(&self, hop: Hop) -> bool {
        self.0[usize::from(hop.0) / 64] >> (hop.0 % 64) & 1 == 1
    }

    /// Puts `hop` in or takes it out; whether that is new.
    fn set(&mut self, hop: Hop, is_in: bool) -> bool {
        let word = &mut self.0[usize::from(hop.0) / 64];
        let bit = 1_u64 << (hop.0 % 64);
        let old = *word;
        *word = if is_in { old | bit } else { old & !bit };
        old != *word
    }

    fn fill(&mut self, links: usize) {
        self.0.clear();
        self.0.resize((links * 2).div_ceil(64), !0);
    }

    fn keep(&mut self, other: &Self) {
        let words = self.0.iter_mut().zip(&other.0);
        words.for_each(|(word, other)| *word &= other);
    }

    /// The hops that are in one of the two and not in both.
    pub(crate) fn differing<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = Hop> + 'a {
        let words = self.0.iter().zip(&other.0).enumerate();
        words.flat_map(|(at, (one, other))| {
            let first = one ^ other;
            std::iter::successors((first != 0).then_some(first), |bits| {
                let rest = bits & (bits - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |bits| Hop((at * 64) as u16 + bits.trailing_zeros() as u16))
        })
    }
}

/// A border in one market time unit, by direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    capacity: [i64; 2],
    /// Capacity less net flow; below zero where an update took capacity that was in use.
    room: [i64; 2],
}

impl Place {
    const fn empty(capacity: [i64; 2]) -> Self {
        Self {
            capacity,
            room: capacity,
        }
    }

    /// Net flow from the first zone to the second.
    const fn flow(&self) -> i64 {
        self.capacity[0] - self.room[0]
    }
}

/// The borders over the day.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    zones: usize,
    /// By link.
    ends: Vec<[usize; 2]>,
    /// By zone: neighbours in ascending order, with the hop that leads there.
    pub(crate) neighbours: Vec<Vec<(u8, Hop)>>,
    /// By zone from and zone to: the hop, or [`Hop::NONE`].
    hops: Vec<Hop>,
    /// By market time unit, then link.
    places: Vec<Place>,
    /// By market time unit: the hops with room.
    open: Vec<Hops>,
    /// By market time unit: how often those have changed.
    changes: Vec<u64>,
    /// How often any of these or of the gates has changed.
    all_changes: u64,
    /// By contract: the hops whose capacity is allocated to its trades, and how often that changed.
    allocates: Vec<(Hops, u64)>,
    /// Where a border opened since these were last taken.
    pub(crate) opened: Periods,
    /// Where a capacity or a gate was set since these were last taken.
    pub(crate) stirred: Periods,
}

impl Network {
    pub(crate) fn new(config: &CoupledConfig) -> Result<Self, CoupledFault> {
        let (zones, links) = (config.zones, &config.links);
        let mut network = Self {
            zones,
            ends: Vec::with_capacity(links.len()),
            neighbours: vec![Vec::new(); zones],
            hops: vec![Hop::NONE; zones * zones],
            places: Vec::new(),
            open: Vec::new(),
            changes: vec![0; config.periods],
            all_changes: 1,
            allocates: vec![(Hops::all(links.len()), 0); config.contracts.len()],
            opened: 0,
            stirred: 0,
        };
        for link in links {
            network.add(link)?;
        }
        for neighbours in &mut network.neighbours {
            neighbours.sort_unstable_by_key(|(zone, _)| *zone);
        }
        let row = links
            .iter()
            .map(|l| Place::empty(l.capacity.map(Lots::count)));
        let row: Vec<Place> = row.collect();
        let mut open = Hops::none(links.len());
        for (link, place) in row.iter().enumerate() {
            for from in 0..2 {
                open.set(Hop::new(link, from), place.room[from] > 0);
            }
        }
        network.places = row.repeat(config.periods);
        network.open = vec![open; config.periods];
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
        let hop = Hop::new(self.ends.len(), 0);
        self.neighbours[from].push((to as u8, hop));
        self.neighbours[to].push((from as u8, hop.back()));
        self.hops[from * self.zones + to] = hop;
        self.hops[to * self.zones + from] = hop.back();
        self.ends.push(link.zones);
        Ok(())
    }

    pub(crate) fn check_zone(&self, zone: usize) -> Result<(), CoupledFault> {
        let zones = self.zones;
        if zone < zones {
            return Ok(());
        }
        Err(CoupledFault::UnknownZone { zone, zones })
    }

    /// The hop from zone `from` to zone `to`.
    pub(crate) fn hop(&self, from: usize, to: usize) -> Result<Hop, CoupledFault> {
        self.check_zone(from)?;
        self.check_zone(to)?;
        match self.between(from, to) {
            Hop::NONE => Err(CoupledFault::UnknownLink { from, to }),
            hop => Ok(hop),
        }
    }

    /// The hop from one neighbour to another.
    #[inline]
    pub(crate) fn between(&self, from: usize, to: usize) -> Hop {
        self.hops[from * self.zones + to]
    }

    /// The zones that `hop` leads from and to.
    #[inline]
    pub(crate) fn ends(&self, hop: Hop) -> (usize, usize) {
        let zones = self.ends[hop.link()];
        (zones[hop.from()], zones[1 - hop.from()])
    }

    pub(crate) fn states(&self, period: usize) -> impl Iterator<Item = LinkState> + '_ {
        let links = self.ends.len();
        let places = self.places.iter().skip(period.saturating_mul(links));
        self.ends
            .iter()
            .zip(places)
            .map(|(zones, place)| LinkState {
                zones: *zones,
                capacity: place.capacity.map(Lots::new),
                flow: Lots::new(place.flow()),
                room: place.room.map(|room| Lots::new(room.max(0))),
            })
    }

    #[inline]
    fn place(&self, period: usize, hop: Hop) -> usize {
        period * self.ends.len() + hop.link()
    }

    pub(crate) fn check_periods(&self, range: &Range<usize>) -> Result<(), CoupledFault> {
        let periods = self.changes.len();
        if range.start < range.end && range.end <= periods {
            return Ok(());
        }
        Err(CoupledFault::UnknownPeriods {
            first: range.start,
            end: range.end,
            periods,
        })
    }

    /// Sets the capacity of `hop`; whether it is another anywhere.
    pub(crate) fn set_capacity(
        &mut self,
        hop: Hop,
        periods: Range<usize>,
        capacity: Lots,
    ) -> Result<bool, CoupledFault> {
        let (from, to) = self.ends(hop);
        check_capacity(from, to, capacity)?;
        let mut is_new = false;
        let set = set_of(&periods);
        for at in periods {
            let (place, from) = (self.place(at, hop), hop.from());
            let place = &mut self.places[place];
            let growth = capacity.count() - place.capacity[from];
            is_new |= growth != 0;
            place.capacity[from] += growth;
            place.room[from] += growth;
            let is_open = place.room[from] > 0;
            self.set_open(at, hop, is_open);
        }
        if is_new {
            self.stirred |= set;
        }
        Ok(is_new)
    }

    /// Lets the link of `hop` allocate capacity to trades of `contract` or not; whether that is new,
    /// and the link's zones.
    pub(crate) fn set_allocating(
        &mut self,
        hop: Hop,
        contract: usize,
        allocates: bool,
    ) -> (bool, [usize; 2]) {
        let (hops, changes) = &mut self.allocates[contract];
        let is_new = hops.set(hop, allocates);
        hops.set(hop.back(), allocates);
        *changes += u64::from(is_new);
        self.all_changes += u64::from(is_new);
        (is_new, self.ends[hop.link()])
    }

    /// Whether the link of `hop` allocates capacity to trades of `contract`.
    pub(crate) fn is_allocating(&self, hop: Hop, contract: usize) -> bool {
        self.allocates[contract].0.has(hop)
    }

    /// Lets `volume`, which may be negative, flow over `hop` in `periods`.
    #[inline]
    pub(crate) fn flow(&mut self, hop: Hop, periods: Range<usize>, volume: i64) {
        let from = hop.from();
        for at in periods {
            let place = self.place(at, hop);
            let room = &mut self.places[place].room;
            let before = [room[from] > 0, room[1 - from] > 0];
            room[from] -= volume;
            room[1 - from] += volume;
            let after = [room[from] > 0, room[1 - from] > 0];
            if before != after {
                self.set_open(at, hop, after[0]);
                self.set_open(at, hop.back(), after[1]);
            }
        }
    }

    fn set_open(&mut self, at: usize, hop: Hop, is_open: bool) {
        if self.open[at].set(hop, is_open) {
            self.changes[at] += 1;
            self.all_changes += 1;
            self.opened |= Periods::from(is_open) << at;
        }
    }

    /// What can flow over `hop` in every one of `periods`.
    #[inline]
    pub(crate) fn room(&self, hop: Hop, periods: Range<usize>) -> i64 {
        let rooms = periods.map(|at| self.places[self.place(at, hop)].room[hop.from()]);
        rooms.min().unwrap_or(0).max(0)
    }

    /// Whether `volume` could flow in every one of `periods` into `zone`, where an order buys (`side` 0), or
    /// out of it, were all gates of its borders open.
    pub(crate) fn may_pass(
        &self,
        (zone, side): (usize, usize),
        periods: &Range<usize>,
        volume: i64,
    ) -> bool {
        let mut left = volume;
        for (_, hop) in &self.neighbours[zone] {
            if left <= 0 {
                break;
            }
            let hop = if side == 0 { hop.back() } else { *hop };
            // Most borders of which this is asked are full: the first unit without room is enough.
            let mut room = left;
            for at in periods.clone() {
                room = room.min(self.places[self.place(at, hop)].room[hop.from()]);
                if room <= 0 {
                    break;
                }
            }
            left -= room.max(0);
        }
        left <= 0
    }

    /// A number that is another whenever [`Network::version`] of any book may be.
    #[inline]
    pub(crate) const fn all_changes(&self) -> u64 {
        self.all_changes
    }

    /// A number that is another whenever [`Network::open`] may be.
    #[inline]
    pub(crate) fn version(&self, periods: Range<usize>, contracts: Range<usize>) -> u64 {
        let changes = self.changes[periods].iter();
        let gates = self.allocates[contracts].iter().map(|(_, changes)| changes);
        1 + changes.sum::<u64>() + gates.sum::<u64>()
    }

    /// None of its hops.
    pub(crate) fn no_hops(&self) -> Hops {
        Hops::none(self.ends.len())
    }

    /// Puts the hops with room in every one of `periods`, which all `contracts` may use, into `open`.
    pub(crate) fn open(&self, periods: Range<usize>, contracts: Range<usize>, open: &mut Hops) {
        open.fill(self.ends.len());
        let periods = self.open[periods].iter();
        let gates = self.allocates[contracts].iter().map(|(hops, _)| hops);
        periods.chain(gates).for_each(|hops| open.keep(hops));
    }
}

impl Network {
    /// By market time unit and link capacity there, back and flow; then by contract and link whether it
    /// allocates.
    pub(crate) fn saved(&self) -> (Vec<[i64; 3]>, Vec<bool>) {
        let places = self.places.iter();
        let places = places.map(|place| [place.capacity[0], place.capacity[1], place.flow()]);
        let gates = self
            .allocates
            .iter()
            .flat_map(|(hops, _)| (0..self.ends.len()).map(|link| hops.has(Hop::new(link, 0))));
        (places.collect(), gates.collect())
    }

    /// Takes over what was saved, or `None` when it does not fit.
    pub(crate) fn restore(&mut self, places: &[[i64; 3]], gates: &[bool]) -> Option<()> {
        let links = self.ends.len();
        let fits = places.len() == self.places.len() && gates.len() == links * self.allocates.len();
        if !fits {
            return None;
        }
        for (at, [there, back, flow]) in places.iter().enumerate() {
            let lots = 0..=MAX_LOTS;
            if !lots.contains(there) || !lots.contains(back) || flow.unsigned_abs() > 1 << 41 {
                return None;
            }
            let (period, link) = (at / links, at % links);
            let room = [there - flow, back + flow];
            self.places[at] = Place {
                capacity: [*there, *back],
                room,
            };
            for (from, room) in room.into_iter().enumerate() {
                self.set_open(period, Hop::new(link, from), room > 0);
            }
        }
        for (at, allocates) in gates.iter().enumerate() {
            self.set_allocating(Hop::new(at % links, 0), at / links, *allocates);
        }
        (self.opened, self.stirred) = (0, 0);
        Some(())
    }
}

/// The market time units of `range` as a set.
pub(crate) fn set_of(range: &Range<usize>) -> Periods {
    let below = |end: usize| {
        Periods::MAX
            .checked_shl(end as u32)
            .map_or(Periods::MAX, |bits| !bits)
    };
    below(range.end) & !below(range.start)
}

fn check_capacity(from: usize, to: usize, capacity: Lots) -> Result<(), CoupledFault> {
    if (0..=MAX_LOTS).contains(&capacity.count()) {
        return Ok(());
    }
    Err(CoupledFault::CapacityOutOfRange { from, to, capacity })
}
