//! Trade numbers of open orders that filled more than once.

use wattbook_domain::TradeId;

/// Lists of trade numbers in one vector. List 0 is empty.
#[derive(Debug, Clone)]
pub(crate) struct TradeLists {
    nodes: Vec<(TradeId, u32)>,
    free: u32,
}

impl Default for TradeLists {
    fn default() -> Self {
        Self {
            nodes: vec![(TradeId(0), 0)],
            free: 0,
        }
    }
}

impl TradeLists {
    /// `list` with `trade` before it.
    #[inline(always)]
    pub(crate) fn push(&mut self, list: u32, trade: TradeId) -> u32 {
        if self.free == 0 {
            self.nodes.push((trade, list));
            return self.nodes.len() as u32 - 1;
        }
        let node = self.free;
        self.free = self.nodes[node as usize].1;
        self.nodes[node as usize] = (trade, list);
        node
    }

    pub(crate) fn contains(&self, list: u32, trade: TradeId) -> bool {
        self.iter(list).any(|known| known == trade)
    }

    pub(crate) fn iter(&self, mut list: u32) -> impl Iterator<Item = TradeId> + '_ {
        std::iter::from_fn(move || {
            if list == 0 {
                return None;
            }
            let (trade, next) = self.nodes[list as usize];
            list = next;
            Some(trade)
        })
    }

    /// Gives the nodes of `list` back.
    #[inline(always)]
    pub(crate) fn clear(&mut self, mut list: u32) {
        while list != 0 {
            let next = self.nodes[list as usize].1;
            self.nodes[list as usize].1 = self.free;
            self.free = list;
            list = next;
        }
    }
}
