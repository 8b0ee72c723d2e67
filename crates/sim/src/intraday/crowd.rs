//! Who trades a day of intraday contracts, by time to gate.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use wattbook_domain::Timestamp;

use super::plan::IntradayPlan;
use crate::error::SimError;
use crate::participant::{Participant, Participants, participants};

/// How participants trade from some time to gate on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrowdBin {
    /// Least time to gate that it is for, in ns; it ends where the bin with the next longer begins.
    pub from_ns: i64,
    /// Who trades in one contract of one zone, and how.
    pub participants: Participants,
}

/// Participants of every contract in every zone, by time to gate. Waiting times are exponential with
/// the mean of the bin, so that arrivals are a Poisson process whose rate follows the bins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crowd {
    /// In ascending order of time to gate, the first from 0.
    bins: Vec<CrowdBin>,
}

impl Crowd {
    /// The crowd of `bins`.
    ///
    /// # Errors
    /// [`SimError::Parameter`] for no bins, a first that does not begin at the gate, or bins out of
    /// order.
    pub fn new(bins: Vec<CrowdBin>) -> Result<Self, SimError> {
        let field = "time to gate of a bin in ns";
        let first = bins.first().map_or(-1, |bin| bin.from_ns);
        if first != 0 {
            let (value, fix) = (first, "0 for the first, so that there is one at the gate");
            return Err(SimError::Parameter { field, value, fix });
        }
        if let Some(pair) = bins
            .windows(2)
            .find(|pair| pair[0].from_ns >= pair[1].from_ns)
        {
            let (value, fix) = (pair[1].from_ns, "bins in rising order of time to gate");
            return Err(SimError::Parameter { field, value, fix });
        }
        Ok(Self { bins })
    }

    /// Whether all orders of `plan` may be as large as its participants send.
    pub(super) fn check(&self, plan: &IntradayPlan) -> Result<(), SimError> {
        let most = plan.lots_max.count();
        let largest = self.bins.iter().flat_map(|bin| {
            let who = &bin.participants;
            [who.maker_lots, who.noise_lots, who.momentum_lots]
        });
        match largest.max() {
            Some(value) if value > most => Err(SimError::Parameter {
                field: "largest volume of a participant in lots",
                value,
                fix: "no more than the venue takes in an order",
            }),
            _ => Ok(()),
        }
    }

    /// The bin for an instant `to_gate_ns` before the gate, by its place.
    fn place(&self, to_gate_ns: i64) -> usize {
        let after = self.bins.partition_point(|bin| bin.from_ns <= to_gate_ns);
        after.saturating_sub(1)
    }

    /// The crowd with all waiting times stretched or shortened, so that a day of `plan` brings about
    /// `order_events` orders and cancels; followers of moves come on top.
    ///
    /// # Errors
    /// [`SimError::Parameter`] when nobody would come at all.
    pub fn scaled(&self, plan: &IntradayPlan, order_events: u64) -> Result<Self, SimError> {
        let expected = self.expected_events(plan);
        if expected == 0 || order_events == 0 {
            return Err(SimError::Parameter {
                field: "order events",
                value: i64::try_from(expected.min(order_events)).unwrap_or(i64::MAX),
                fix: "1 or more, and participants that trade",
            });
        }
        let mut scaled = self.clone();
        for bin in &mut scaled.bins {
            for interval in bin.participants.intervals_mut() {
                let wide = i128::from(*interval) * i128::from(expected) / i128::from(order_events);
                *interval = i64::try_from(wide).unwrap_or(i64::MAX).max(1);
            }
        }
        Ok(scaled)
    }

    /// Orders and cancels of makers and takers at random that a day of `plan` brings on average.
    #[must_use]
    pub fn expected_events(&self, plan: &IntradayPlan) -> u64 {
        let times = plan.contracts.iter().flat_map(|contract| &contract.zones);
        let mut events = 0_i128;
        for zone in times {
            let lasts = zone.gate.nanos_since(zone.opens);
            for (place, bin) in self.bins.iter().enumerate() {
                let ends = self
                    .bins
                    .get(place + 1)
                    .map_or(i64::MAX, |next| next.from_ns);
                let within = i128::from(lasts.min(ends) - lasts.min(bin.from_ns));
                let who = &bin.participants;
                // A maker takes back and quotes anew both sides of each level.
                let maker = i128::from(who.makers) * i128::from(who.levels) * 4;
                events += within * maker / i128::from(who.maker_interval_ns);
                events += within * i128::from(who.noise) / i128::from(who.noise_interval_ns);
            }
        }
        u64::try_from(events).unwrap_or(u64::MAX)
    }
}

/// A participant of one contract in one zone.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) contract: u16,
    pub(super) zone: u16,
    /// Which of its kind it is: a bin with fewer of them leaves it out.
    nth: u32,
    pub(super) who: Participant,
}

/// What a member is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// It acts, by the participants of its bin.
    Act(Participants),
    /// Its bin has no place for it: it takes back its orders.
    Rest,
}

/// All members and when each acts next.
#[derive(Debug)]
pub(super) struct Members {
    crowd: Crowd,
    pub(super) all: Vec<Member>,
    /// By time, then member; whether it acts or only enters another bin.
    calls: BinaryHeap<Reverse<(Timestamp, u32, bool)>>,
}

impl Members {
    /// The members that `crowd` asks for; each draws from a stream of its own.
    pub(super) fn new(crowd: Crowd, plan: &IntradayPlan, seed: u64) -> Self {
        let most = crowd
            .bins
            .iter()
            .fold(crowd.bins[0].participants, |most, bin| {
                let who = bin.participants;
                Participants {
                    makers: most.makers.max(who.makers),
                    noise: most.noise.max(who.noise),
                    momentum: most.momentum.max(who.momentum),
                    ..most
                }
            });
        let mut members = Self {
            crowd,
            all: Vec::new(),
            calls: BinaryHeap::new(),
        };
        for (contract, times) in plan.contracts.iter().enumerate() {
            for (zone, zone_times) in times.zones.iter().enumerate() {
                let cell = (contract * plan.zones.len() + zone) as u64;
                let mut nth = [0_u32; 3];
                // Far above the streams of the lines between a desk and the venue.
                for who in participants(&most, seed, (cell + 1) << 40) {
                    let counted = &mut nth[who.role() as usize];
                    let member = members.all.len() as u32;
                    members.all.push(Member {
                        contract: contract as u16,
                        zone: zone as u16,
                        nth: *counted,
                        who,
                    });
                    *counted += 1;
                    members.call_again(member, zone_times.opens, zone_times.gate);
                }
            }
        }
        members
    }

    /// When somebody is called next.
    pub(super) fn next_time(&self) -> Option<Timestamp> {
        self.calls.peek().map(|Reverse((at, ..))| *at)
    }

    /// Who is called next, when and for what; `gate_of` a member's contract and zone.
    pub(super) fn next(
        &mut self,
        gate_of: impl Fn(&Member) -> Timestamp,
    ) -> Option<(Timestamp, u32, Option<Call>)> {
        let Reverse((at, index, acts)) = self.calls.pop()?;
        let member = &self.all[index as usize];
        let gate = gate_of(member);
        let participants = self.crowd.bins[self.crowd.place(gate.nanos_since(at) - 1)].participants;
        let is_wanted = member.nth < participants.count(member.who.role());
        let call = match (is_wanted, acts) {
            (true, true) => Some(Call::Act(participants)),
            (true, false) => None,
            (false, _) => Some(Call::Rest),
        };
        self.call_again(index, at, gate);
        Some((at, index, call))
    }

    /// Calls a member again after `now`: a waiting time of its bin from now, or where the next bin
    /// begins, if that is earlier; it then draws anew, which an exponential waiting time does not mind.
    fn call_again(&mut self, index: u32, now: Timestamp, gate: Timestamp) {
        let left = gate.nanos_since(now);
        if left <= 0 {
            return;
        }
        // At the very instant at which a bin begins it has begun: bins are half-open towards the gate.
        let place = self.crowd.place(left - 1);
        let bin = &self.crowd.bins[place];
        let member = &mut self.all[index as usize];
        let role = member.who.role();
        let ends = gate.plus_nanos(-bin.from_ns);
        let at = if member.nth < bin.participants.count(role) {
            now.plus_nanos(member.who.wait_ns(bin.participants.interval_ns(role)))
        } else {
            ends
        };
        if at < ends {
            self.calls.push(Reverse((at, index, true)));
        } else if place > 0 {
            self.calls.push(Reverse((ends, index, false)));
        }
    }
}
