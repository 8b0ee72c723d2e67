//! Answers that only a step of the desk changes, kept until the next one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hyper::HeaderMap;
use hyper::body::Bytes;

/// How many answers of a step are kept at most.
const ANSWERS_MAX: usize = 512;
/// How long a kept answer is at most, bytes.
pub(crate) const ANSWER_BYTES_MAX: usize = 1 << 20;

/// An answer as it came.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// Which route it is of, for the counts.
    pub(crate) route: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The answers of one step, by path and query.
#[derive(Debug, Default)]
pub(crate) struct KeptAnswers {
    held: Mutex<(u64, HashMap<String, Kept>)>,
}

impl KeptAnswers {
    /// The answer to `target` as of step `last`.
    pub(crate) fn get(&self, target: &str, last: u64) -> Option<Kept> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        (held.0 == last).then(|| held.1.get(target).cloned())?
    }

    /// Keeps what was asked for when the desk stood at `last`.
    pub(crate) fn put(&self, target: String, last: u64, kept: Kept) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if last > held.0 {
            held.0 = last;
            held.1.clear();
        }
        if held.0 == last && held.1.len() < ANSWERS_MAX {
            held.1.insert(target, kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(body: &'static [u8]) -> Kept {
        Kept {
            route: "/v1/pnl".to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body),
        }
    }

    #[test]
    fn an_answer_is_that_of_its_step_only() {
        let answers = KeptAnswers::default();
        answers.put("/v1/pnl".to_owned(), 3, kept(b"three"));
        let found = answers.get("/v1/pnl", 3).map(|kept| kept.body);
        assert_eq!(found.as_deref(), Some(&b"three"[..]));
        assert!(answers.get("/v1/pnl", 4).is_none());
        assert!(answers.get("/v1/risk", 3).is_none());
        answers.put("/v1/pnl".to_owned(), 4, kept(b"four"));
        // One that was asked for before the step came too late.
        answers.put("/v1/risk".to_owned(), 3, kept(b"old"));
        assert!(answers.get("/v1/risk", 3).is_none() && answers.get("/v1/risk", 4).is_none());
    }
}
