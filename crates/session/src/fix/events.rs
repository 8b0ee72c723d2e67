//! What a session tells those who watch it.

use std::collections::VecDeque;

use wattbook_codec::fix::Garbled;

/// As much of a counterparty's words as an event keeps, in characters.
const WORDS_MAX: usize = 200;

/// What happened, for those who watch a session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// Both sides are logged on.
    LoggedOn,
    /// Bytes that are no message were passed over.
    Garbled {
        /// How many.
        bytes: usize,
        /// What is wrong with them.
        reason: Garbled,
    },
    /// A message was refused.
    Refused {
        /// `MsgType` (35).
        msg_type: String,
        /// What was wrong with it.
        reason: String,
    },
    /// A Reject (35=3) or Business Message Reject came from the other side.
    RefusedByPeer {
        /// `RefSeqNum` (45).
        sequence: Option<u64>,
        /// `Text` (58).
        text: String,
    },
    /// Messages are missing and were asked for again.
    GapFound {
        /// The first of them.
        from: u64,
        /// The number that told.
        received: u64,
    },
    /// The other side asked for messages again.
    SentAgain {
        /// The first of them.
        from: u64,
        /// The last.
        to: u64,
    },
}

/// As much of `words` as an event keeps.
pub(super) fn shortened(words: &str) -> String {
    words.chars().take(WORDS_MAX).collect()
}

/// What happened and was not taken yet: the newest, as many as the session was told to keep.
#[derive(Debug)]
pub(super) struct Events {
    waiting: VecDeque<SessionEvent>,
    waiting_max: usize,
    dropped: u64,
}

impl Events {
    pub(super) const fn new(waiting_max: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            waiting_max,
            dropped: 0,
        }
    }

    /// Notes what happened; the oldest gives way when nobody takes them.
    pub(super) fn push(&mut self, event: SessionEvent) {
        self.waiting.push_back(event);
        while self.waiting.len() > self.waiting_max {
            self.waiting.pop_front();
            self.dropped += 1;
        }
    }

    pub(super) fn take(&mut self) -> Vec<SessionEvent> {
        std::mem::take(&mut self.waiting).into()
    }

    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }
}
