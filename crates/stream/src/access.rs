//! Who may read: the application behind decides, and its word holds for a moment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN};
use tokio::sync::watch;

/// How long a word holds; one that is taken back before is forgotten at once.
const HOLDS: Duration = Duration::from_secs(1);
/// How many answers a word is good for; then the application counts the requests itself.
const TAKES: u32 = 10_000;
const KNOWN_MAX: usize = 10_000;
/// All that the application looks at.
const LOOKED_AT: [HeaderName; 4] = [HOST, ORIGIN, AUTHORIZATION, COOKIE];

/// Those headers of a request that say who asks, and from which page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asker(pub(crate) HeaderMap);

impl Asker {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut made = HeaderMap::with_capacity(LOOKED_AT.len());
        for name in LOOKED_AT {
            for value in headers.get_all(&name) {
                made.append(name.clone(), value.clone());
            }
        }
        Self(made)
    }

    fn key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(128);
        for (place, name) in LOOKED_AT.iter().enumerate() {
            for value in self.0.get_all(name) {
                key.push(place as u8);
                key.extend_from_slice(&(value.len() as u64).to_le_bytes());
                key.extend_from_slice(value.as_bytes());
            }
        }
        key
    }
}

#[derive(Debug)]
struct Word {
    until: Instant,
    left: u32,
}

/// Askers that may read.
#[derive(Debug)]
pub(crate) struct Access {
    known: Mutex<HashMap<Vec<u8>, Word>>,
    forgotten: watch::Sender<u64>,
}

impl Access {
    pub(crate) fn new() -> Self {
        Self {
            known: Mutex::new(HashMap::new()),
            forgotten: watch::Sender::new(0),
        }
    }

    /// Whether an asker is known to be let in at `now`.
    pub(crate) fn takes(&self, asker: &Asker, now: Instant) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(word) = known.get_mut(&asker.key()) else {
            return false;
        };
        if now >= word.until || word.left == 0 {
            return false;
        }
        word.left -= 1;
        true
    }

    /// How often something was forgotten: a word that was asked for before holds no longer.
    pub(crate) fn generation(&self) -> u64 {
        *self.forgotten.borrow()
    }

    /// Notes that the application let an asker in, asked when `generation` was that.
    pub(crate) fn keep(&self, asker: &Asker, generation: u64, now: Instant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if generation != self.generation() {
            return;
        }
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        let word = Word {
            until: now + HOLDS,
            left: TAKES,
        };
        known.insert(asker.key(), word);
    }

    /// Forgets everybody: a session has ended or a key was taken back.
    pub(crate) fn forget(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.clear();
        self.forgotten.send_modify(|generation| *generation += 1);
    }

    /// Tells whenever somebody is forgotten.
    pub(crate) fn forgets(&self) -> watch::Receiver<u64> {
        self.forgotten.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn asker(cookie: &'static str) -> Asker {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("127.0.0.1:8765"));
        headers.insert(COOKIE, HeaderValue::from_static(cookie));
        Asker::of(&headers)
    }

    #[test]
    fn a_word_holds_for_its_asker_and_a_moment() {
        let (access, now) = (Access::new(), Instant::now());
        assert!(!access.takes(&asker("a"), now));
        access.keep(&asker("a"), 0, now);
        assert!(access.takes(&asker("a"), now));
        assert!(!access.takes(&asker("b"), now));
        assert!(!access.takes(&asker("a"), now + HOLDS));
    }

    #[test]
    fn what_was_taken_back_meanwhile_is_not_kept() {
        let (access, now) = (Access::new(), Instant::now());
        access.keep(&asker("a"), 0, now);
        let before = access.generation();
        access.forget();
        assert!(!access.takes(&asker("a"), now));
        access.keep(&asker("a"), before, now);
        assert!(!access.takes(&asker("a"), now));
    }

    #[test]
    fn a_word_is_good_for_so_many_answers() {
        let (access, now) = (Access::new(), Instant::now());
        access.keep(&asker("a"), 0, now);
        assert!((0..TAKES).all(|_| access.takes(&asker("a"), now)));
        assert!(!access.takes(&asker("a"), now));
    }
}
