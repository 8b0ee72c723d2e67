//! A flow that balances every zone within bounds, or the zones that no flow can balance.

use std::collections::VecDeque;

use crate::network::Network;
use crate::{FLOW_EPSILON, VOLUME_EPSILON};

/// Least and most of something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub low: f64,
    pub high: f64,
}

/// Zones that cannot be balanced together at their prices.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cut {
    /// Whether each zone belongs to the set.
    pub is_inside: Vec<bool>,
    /// Whether they have too much, so that prices must fall; else too little.
    pub is_surplus: bool,
}

/// Changes `flows` until what leaves each zone lies within its bounds; keeps each flow within its own.
///
/// Augments along shortest paths from zones that must send more to zones that may receive more.
/// Where no path is left, the zones reached are a minimal cut: by the theorem of Gale and Hoffman no
/// flow at all would do.
pub(crate) fn balance(
    network: &Network,
    zones: &[Bounds],
    links: &[Bounds],
    flows: &mut [f64],
) -> Option<Cut> {
    for (flow, bounds) in flows.iter_mut().zip(links) {
        *flow = flow.clamp(bounds.low, bounds.high);
    }
    let mut leaving = leaving(network, flows);
    let mut search = Search::new(network.zones());
    for is_surplus in [true, false] {
        for zone in 0..network.zones() {
            while lacks(&zones[zone], leaving[zone], is_surplus) {
                let from = From {
                    zone,
                    direction: if is_surplus { 1.0 } else { -1.0 },
                };
                if !search.augment(network, zones, links, flows, &mut leaving, from) {
                    return Some(Cut {
                        is_inside: search.is_reached(),
                        is_surplus,
                    });
                }
            }
        }
    }
    None
}

/// What leaves each zone over its links, less what arrives.
pub(crate) fn leaving(network: &Network, flows: &[f64]) -> Vec<f64> {
    let mut leaving = vec![0.0; network.zones()];
    for (link, flow) in network.links().iter().zip(flows) {
        leaving[link.from] += flow;
        leaving[link.to] -= flow;
    }
    leaving
}

fn lacks(bounds: &Bounds, leaving: f64, is_surplus: bool) -> bool {
    if is_surplus {
        leaving < bounds.low - VOLUME_EPSILON
    } else {
        leaving > bounds.high + VOLUME_EPSILON
    }
}

/// Where a path begins: more must leave a zone (+1), or less (−1).
#[derive(Clone, Copy)]
struct From {
    zone: usize,
    direction: f64,
}

/// A search for a path, whose memory is used again.
struct Search {
    /// The link by which each zone was reached; its own number for the first.
    by: Vec<Option<usize>>,
    queue: VecDeque<usize>,
}

impl Search {
    fn new(zones: usize) -> Self {
        Self {
            by: vec![None; zones],
            queue: VecDeque::with_capacity(zones),
        }
    }

    fn is_reached(&self) -> Vec<bool> {
        self.by.iter().map(Option::is_some).collect()
    }

    /// Sends as much as one shortest path carries; returns whether there is one.
    fn augment(
        &mut self,
        network: &Network,
        zones: &[Bounds],
        links: &[Bounds],
        flows: &mut [f64],
        leaving: &mut [f64],
        from: From,
    ) -> bool {
        let Some((end, room)) = self.path(network, zones, links, flows, leaving, from) else {
            return false;
        };
        let bounds = &zones[from.zone];
        let wanted = if from.direction > 0.0 {
            bounds.low - leaving[from.zone]
        } else {
            leaving[from.zone] - bounds.high
        };
        let amount = room.min(wanted);
        let mut zone = end;
        while zone != from.zone {
            let Some(link) = self.by[zone] else { break };
            let (before, sign) = network.links()[link].beyond(zone);
            // `sign` counts a flow away from `zone`; the path comes the other way.
            flows[link] -= sign * from.direction * amount;
            zone = before;
        }
        leaving[from.zone] += from.direction * amount;
        leaving[end] -= from.direction * amount;
        true
    }

    /// The nearest zone that can take more, and how much the path to it carries.
    fn path(
        &mut self,
        network: &Network,
        zones: &[Bounds],
        links: &[Bounds],
        flows: &[f64],
        leaving: &[f64],
        from: From,
    ) -> Option<(usize, f64)> {
        self.by.fill(None);
        self.queue.clear();
        self.queue.push_back(from.zone);
        // The first zone is never left by this link, since it is reached already.
        self.by[from.zone] = Some(usize::MAX);
        let mut end = None;
        'search: while let Some(zone) = self.queue.pop_front() {
            for &link in network.links_at(zone) {
                let (next, sign) = network.links()[link].beyond(zone);
                if self.by[next].is_some()
                    || residual(&links[link], flows[link], sign * from.direction) <= FLOW_EPSILON
                {
                    continue;
                }
                self.by[next] = Some(link);
                if room(&zones[next], leaving[next], from.direction) > FLOW_EPSILON {
                    end = Some(next);
                    break 'search;
                }
                self.queue.push_back(next);
            }
        }
        let end = end?;
        let mut amount = room(&zones[end], leaving[end], from.direction);
        let mut zone = end;
        while zone != from.zone {
            let link = self.by[zone]?;
            let (before, sign) = network.links()[link].beyond(zone);
            amount = amount.min(residual(&links[link], flows[link], -sign * from.direction));
            zone = before;
        }
        Some((end, amount))
    }
}

/// How much more may flow in a direction.
fn residual(bounds: &Bounds, flow: f64, direction: f64) -> f64 {
    if direction > 0.0 {
        bounds.high - flow
    } else {
        flow - bounds.low
    }
}

/// How much a zone can take at the end of a path.
fn room(bounds: &Bounds, leaving: f64, direction: f64) -> f64 {
    if direction > 0.0 {
        leaving - bounds.low
    } else {
        bounds.high - leaving
    }
}
