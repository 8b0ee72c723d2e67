//! Block orders of auctions that wait for a clearing, and what they can open at worst.
//!
//! A block is taken whole or not at all, a child only with its parent, and of an exclusive group one at
//! most. Open volume of a side is therefore that of the worst selection that an auction could take, not
//! the sum over all legs. Sides do not net: a sale of a family does not lessen what its purchases open,
//! as with any two orders.

use std::collections::{BTreeMap, BTreeSet};

use wattbook_domain::command::SubmitOffer;
use wattbook_domain::{ClientId, Refusal, Side, Volume, state};

/// Whose block, and the client's number of it.
type BlockKey = (ClientId, u64);
/// Holding and side, and whose legs.
type LegKey = ((u32, Side), ClientId);

/// A leg that is offered or comes off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leg {
    pub(crate) client: ClientId,
    pub(crate) block: u64,
    tied: Tied,
    pub(crate) volume: Volume,
}

impl Leg {
    /// The leg that `offer` is; `None` for an offer of one period.
    pub(crate) fn of(offer: &SubmitOffer) -> Option<Self> {
        let tied = Tied {
            parent: offer.parent_block,
            group: offer.exclusive_group,
        };
        Some(Self {
            client: offer.order_id.client(),
            block: offer.block?,
            tied,
            volume: offer.volume,
        })
    }
}

/// What a block is tied to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tied {
    parent: Option<u64>,
    group: Option<u64>,
}

state!(Tied { parent, group });

/// A block that is known: it has legs, or blocks that need it.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    /// `None` until its first leg comes: a child may come first.
    tied: Option<Tied>,
    legs: u32,
    children: u32,
}

state!(Block {
    tied,
    legs,
    children
});

/// Legs of a client in a holding on one side.
#[derive(Debug, Clone, Default)]
struct Legs {
    /// Volume by block.
    volume: BTreeMap<u64, Volume>,
    /// What of it counts as open.
    counted: Volume,
}

state!(Legs { volume, counted });

/// All blocks that wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct Blocks {
    blocks: BTreeMap<BlockKey, Block>,
    legs: BTreeMap<LegKey, Legs>,
}

state!(Blocks { blocks, legs });

impl Blocks {
    /// Whether `leg` says of its block what the legs before it said, and no family is a circle. What is
    /// known of a block stands until its last leg and its last child are gone, so that nothing that was
    /// counted as impossible becomes possible.
    ///
    /// # Errors
    /// [`Refusal::BlockTerms`].
    pub(crate) fn check(&self, leg: &Leg) -> Result<(), Refusal> {
        let block = leg.block;
        let known = self.blocks.get(&(leg.client, block));
        let refused = |field, fix| Err(Refusal::BlockTerms { block, field, fix });
        if let Some(tied) = known.and_then(|known| known.tied) {
            if tied.parent != leg.tied.parent {
                return refused("parent_block", "name the parent that its other legs name");
            }
            if tied.group != leg.tied.group {
                return refused("exclusive_group", "name the group that its other legs name");
            }
            return Ok(());
        }
        let mut above = leg.tied.parent;
        while let Some(number) = above {
            if number == block {
                return refused("parent_block", "name a block that does not need this one");
            }
            above = self.parent(leg.client, number);
        }
        Ok(())
    }

    /// How much more of `side` the holding has open with `leg` among its legs: less than nothing where
    /// parents that came meanwhile exclude each other.
    pub(crate) fn added(&self, holding: u32, side: Side, leg: &Leg) -> Volume {
        let Some(legs) = self.legs.get(&((holding, side), leg.client)) else {
            return leg.volume;
        };
        let mut volume = legs.volume.clone();
        *volume.entry(leg.block).or_default() += leg.volume;
        self.worst(leg.client, &volume, Some(leg)) - legs.counted
    }

    /// Takes `leg` over, of which `added` counts as open more than before.
    pub(crate) fn insert(&mut self, holding: u32, side: Side, leg: &Leg, added: Volume) {
        let known = self.blocks.entry((leg.client, leg.block)).or_default();
        known.legs += 1;
        if known.tied.replace(leg.tied).is_none()
            && let Some(parent) = leg.tied.parent
        {
            let parent = self.blocks.entry((leg.client, parent)).or_default();
            parent.children += 1;
        }
        let legs = self.legs.entry(((holding, side), leg.client)).or_default();
        *legs.volume.entry(leg.block).or_default() += leg.volume;
        legs.counted += added;
    }

    /// Takes `volume` of a leg of `block` off and returns how much less counts as open.
    pub(crate) fn remove(
        &mut self,
        holding: u32,
        side: Side,
        key: (ClientId, u64),
        volume: Volume,
    ) -> Volume {
        let (client, block) = key;
        let at = ((holding, side), client);
        let Some(mut legs) = self.legs.remove(&at) else {
            return volume;
        };
        if let Some(held) = legs.volume.get_mut(&block) {
            *held -= volume;
            if *held <= Volume::ZERO {
                legs.volume.remove(&block);
            }
        }
        let counted = self.worst(client, &legs.volume, None);
        let freed = legs.counted - counted;
        if !legs.volume.is_empty() {
            legs.counted = counted;
            self.legs.insert(at, legs);
        }
        if let Some(known) = self.blocks.get_mut(&key) {
            known.legs = known.legs.saturating_sub(1);
        }
        self.forget(key);
        freed
    }

    /// Forgets a block that has neither legs nor children, and then perhaps its parent.
    fn forget(&mut self, key: BlockKey) {
        let mut next = Some(key);
        while let Some(key) = next.take() {
            let idle = |known: &Block| known.legs == 0 && known.children == 0;
            if !self.blocks.get(&key).is_some_and(idle) {
                return;
            }
            let known = self.blocks.remove(&key);
            let parent = known.and_then(|known| known.tied?.parent);
            let Some(parent) = parent.map(|number| (key.0, number)) else {
                return;
            };
            if let Some(above) = self.blocks.get_mut(&parent) {
                above.children = above.children.saturating_sub(1);
            }
            next = Some(parent);
        }
    }

    fn parent(&self, client: ClientId, block: u64) -> Option<u64> {
        self.blocks.get(&(client, block))?.tied?.parent
    }

    /// The most of `volume` by block that can be taken together. Exact where the blocks of each group
    /// have the same parent or none; where a group reaches over families, each family counts by itself,
    /// which is too much rather than too little.
    fn worst(&self, client: ClientId, volume: &BTreeMap<u64, Volume>, new: Option<&Leg>) -> Volume {
        let tied = |block: u64| {
            let known = self.blocks.get(&(client, block)).and_then(|it| it.tied);
            let new = new.filter(|leg| leg.block == block).map(|leg| leg.tied);
            known.or(new).unwrap_or_default()
        };
        // From the deepest blocks up: what a block can bring is its own and that of what is below it.
        let mut by_depth = BTreeSet::<(usize, u64)>::new();
        for block in volume.keys() {
            let mut above = vec![*block];
            while let Some(parent) = above.last().and_then(|block| tied(*block).parent) {
                above.push(parent);
            }
            for (at, block) in above.iter().enumerate() {
                by_depth.insert((above.len() - at, *block));
            }
        }
        let mut free = BTreeMap::<Option<u64>, Volume>::new();
        let mut best = BTreeMap::<(Option<u64>, u64), Volume>::new();
        for (_, block) in by_depth.into_iter().rev() {
            let within = best.range((Some(block), 0)..=(Some(block), u64::MAX));
            let grouped: Volume = within.map(|(_, most)| *most).sum();
            let own = volume.get(&block).copied().unwrap_or_default();
            let loose = free.get(&Some(block)).copied().unwrap_or_default();
            let (reached, Tied { parent, group }) = (own + loose + grouped, tied(block));
            match group {
                None => *free.entry(parent).or_default() += reached,
                Some(group) => {
                    let most = best.entry((parent, group)).or_default();
                    *most = reached.max(*most);
                }
            }
        }
        let roots = best.range((None, 0)..=(None, u64::MAX));
        let grouped: Volume = roots.map(|(_, most)| *most).sum();
        free.get(&None).copied().unwrap_or_default() + grouped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wattbook_domain::{InstrumentId, OrderId};

    const CLIENT: ClientId = ClientId(1);
    const HOLDING: u32 = 0;

    /// A leg of `block` in a holding: its volume, and what the block is tied to.
    #[derive(Debug, Clone, Copy)]
    struct Offered {
        block: u64,
        holding: u32,
        side: Side,
        volume: i64,
        tied: Tied,
    }

    impl Offered {
        fn leg(&self) -> Leg {
            Leg::of(&SubmitOffer {
                order_id: OrderId::new(CLIENT, 1),
                instrument: InstrumentId(self.holding),
                side: self.side,
                volume: Volume::from_millionths(self.volume),
                block: Some(self.block),
                parent_block: self.tied.parent,
                exclusive_group: self.tied.group,
                ..SubmitOffer::default()
            })
            .unwrap()
        }
    }

    /// Blocks, and what of them counts as open: what the gate adds up.
    #[derive(Default)]
    struct Counted {
        blocks: Blocks,
        open: BTreeMap<(u32, Side), Volume>,
        offered: Vec<Offered>,
    }

    impl Counted {
        fn offer(&mut self, offered: Offered) -> Result<(), Refusal> {
            let leg = offered.leg();
            self.blocks.check(&leg)?;
            let (holding, side) = (offered.holding, offered.side);
            let added = self.blocks.added(holding, side, &leg);
            self.blocks.insert(holding, side, &leg, added);
            *self.open.entry((holding, side)).or_default() += added;
            self.offered.push(offered);
            Ok(())
        }

        fn end(&mut self, at: usize) {
            let Offered {
                block,
                holding,
                side,
                volume,
                ..
            } = self.offered.remove(at);
            let volume = Volume::from_millionths(volume);
            let less = self.blocks.remove(holding, side, (CLIENT, block), volume);
            *self.open.entry((holding, side)).or_default() -= less;
        }

        fn open(&self, holding: u32, side: Side) -> i64 {
            let open = self.open.get(&(holding, side)).copied();
            open.unwrap_or_default().millionths()
        }

        /// The most that an auction can take of a side: every selection of blocks is tried.
        fn worst(&self, holding: u32, side: Side) -> i64 {
            let mut tied = BTreeMap::<u64, Tied>::new();
            for offered in &self.offered {
                tied.insert(offered.block, offered.tied);
            }
            let blocks: Vec<_> = tied.keys().copied().collect();
            let selections = (0_u32..1 << blocks.len()).map(|mask| {
                let taken = |block: u64| {
                    let at = blocks.iter().position(|known| *known == block);
                    at.is_some_and(|at| mask >> at & 1 == 1)
                };
                let mut groups = Vec::new();
                for block in blocks.iter().filter(|block| taken(**block)) {
                    let Tied { parent, group } = tied[block];
                    if parent.is_some_and(|parent| !taken(parent))
                        || group.is_some_and(|group| groups.contains(&group))
                    {
                        return 0;
                    }
                    groups.extend(group);
                }
                let legs = self.offered.iter();
                let counts =
                    legs.filter(|it| it.holding == holding && it.side == side && taken(it.block));
                counts.map(|it| it.volume).sum()
            });
            selections.max().unwrap_or(0)
        }
    }

    fn side(is_sale: bool) -> Side {
        if is_sale { Side::Sell } else { Side::Buy }
    }

    /// Legs of up to eight blocks, whose parents have lower numbers.
    fn legs(parents: impl Strategy<Value = Vec<u64>>) -> impl Strategy<Value = Vec<Offered>> {
        let groups = proptest::collection::vec(proptest::option::of(0_u64..3), 8);
        let drawn = (1_u64..=8, 0_u32..2, any::<bool>(), 1_i64..50);
        let drawn = proptest::collection::vec(drawn, 1..24);
        (parents, groups, drawn).prop_map(|(parents, groups, drawn)| {
            let made = drawn.into_iter().map(|(block, holding, is_sale, volume)| {
                let at = block as usize - 1;
                let parent = Some(parents[at]).filter(|parent| (1..block).contains(parent));
                let tied = Tied {
                    parent,
                    group: groups[at],
                };
                let side = side(is_sale);
                Offered {
                    block,
                    holding,
                    side,
                    volume,
                    tied,
                }
            });
            made.collect()
        })
    }

    proptest! {
        #[test]
        fn no_selection_opens_more_than_counts(
            legs in legs(proptest::collection::vec(0_u64..8, 8)),
            ends in proptest::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 24),
        ) {
            let mut counted = Counted::default();
            for (offered, (ends, at)) in legs.into_iter().zip(ends) {
                counted.offer(offered).unwrap();
                if ends {
                    counted.end(at.index(counted.offered.len()));
                }
                for (holding, side) in [(0, Side::Buy), (0, Side::Sell), (1, Side::Buy), (1, Side::Sell)] {
                    prop_assert!(counted.open(holding, side) >= counted.worst(holding, side));
                }
            }
            while !counted.offered.is_empty() {
                counted.end(0);
            }
            prop_assert!(counted.open.values().all(|open| *open == Volume::ZERO));
            prop_assert!(counted.blocks.blocks.is_empty() && counted.blocks.legs.is_empty());
        }

        #[test]
        fn groups_of_siblings_count_as_the_worst_selection(
            legs in legs(proptest::collection::vec(0_u64..8, 8)),
        ) {
            let mut counted = Counted::default();
            let mut legs = legs;
            // Parents first, and each group only within the blocks below one parent.
            legs.sort_by_key(|it| it.block);
            for mut offered in legs {
                let known = |parent: &u64| counted.offered.iter().any(|it| it.block == *parent);
                let parent = offered.tied.parent.filter(known);
                let group = offered.tied.group.map(|group| group + 10 * parent.unwrap_or(0));
                offered.tied = Tied { parent, group };
                counted.offer(offered).unwrap();
                let Offered { holding, side, .. } = offered;
                prop_assert_eq!(counted.open(holding, side), counted.worst(holding, side));
            }
        }
    }

    fn block(block: u64, tied: Tied) -> Offered {
        let (holding, side) = (HOLDING, Side::Sell);
        Offered {
            block,
            holding,
            side,
            volume: 10,
            tied,
        }
    }

    #[test]
    fn what_is_known_of_a_block_stands_while_a_child_needs_it() {
        let mut counted = Counted::default();
        let grouped = |group| Tied {
            parent: None,
            group: Some(group),
        };
        let below = |parent| Tied {
            parent: Some(parent),
            group: None,
        };
        for (number, tied) in [
            (1, grouped(7)),
            (2, grouped(7)),
            (3, below(1)),
            (4, below(2)),
        ] {
            counted.offer(block(number, tied)).unwrap();
        }
        assert_eq!(counted.open(HOLDING, Side::Sell), 20);
        counted.end(0);
        // Outside its group the first block could be taken beside the second, and four legs count.
        let refused = counted.offer(block(1, Tied::default())).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "block 1: exclusive_group cannot be used; name the group that its other legs name"
        );
        counted.offer(block(1, grouped(7))).unwrap();
        assert_eq!(counted.open(HOLDING, Side::Sell), 20);
    }

    #[test]
    fn a_family_is_no_circle() {
        let mut counted = Counted::default();
        let below = |parent| Tied {
            parent: Some(parent),
            group: None,
        };
        counted.offer(block(2, below(1))).unwrap();
        for parent in [1, 2] {
            let refused = counted.offer(block(1, below(parent))).unwrap_err();
            assert_eq!(
                refused.to_string(),
                "block 1: parent_block cannot be used; name a block that does not need this one"
            );
        }
    }
}
