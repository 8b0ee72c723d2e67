//! What a reader wants of the stream.

use std::collections::BTreeSet;

use crate::error::StreamError;

/// Which topics and instruments; everything by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    topics: Option<BTreeSet<String>>,
    instruments: Option<BTreeSet<u32>>,
}

/// What the query of a stream asks for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Of which run the reader has something.
    pub(crate) run: Option<String>,
    /// The last number that it has.
    pub(crate) after: Option<u64>,
    pub(crate) filter: Filter,
}

impl Filter {
    /// Whether rows of `topic` are wanted.
    #[must_use]
    pub fn has_topic(&self, topic: &str) -> bool {
        self.topics.as_ref().is_none_or(|some| some.contains(topic))
    }

    /// Whether rows of an instrument are wanted; those of none always are.
    #[must_use]
    pub fn has_instrument(&self, instrument: Option<u32>) -> bool {
        match (&self.instruments, instrument) {
            (Some(some), Some(number)) => some.contains(&number),
            _ => true,
        }
    }
}

/// Reads a query such as `run=a1&after=7&topics=quotes,orders&instruments=3,4`.
///
/// # Errors
/// [`StreamError::Filter`] where a key or a value is none; `known` are the topics that there are.
pub(crate) fn read<'a>(
    query: &str,
    known: &(impl Iterator<Item = &'a str> + Clone),
) -> Result<Asked, StreamError> {
    let mut asked = Asked::default();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match key {
            "run" => asked.run = Some(value.to_owned()),
            "after" => asked.after = Some(number(key, value)?),
            "topics" => {
                let topics: BTreeSet<String> = commas(value).map(str::to_owned).collect();
                if let Some(other) = topics
                    .iter()
                    .find(|topic| !known.clone().any(|one| one == topic.as_str()))
                {
                    let names: Vec<&str> = known.clone().collect();
                    let text = format!("query.topics: {other:?} is none of {}", names.join(", "));
                    return Err(StreamError::Filter(text));
                }
                asked.filter.topics = Some(topics);
            }
            "instruments" => {
                let numbers: Result<BTreeSet<u32>, _> =
                    commas(value).map(|one| number(key, one)).collect();
                asked.filter.instruments = Some(numbers?);
            }
            other => {
                let text =
                    format!("query.{other:?}: the stream takes run, after, topics, instruments");
                return Err(StreamError::Filter(text));
            }
        }
    }
    Ok(asked)
}

fn commas(value: &str) -> impl Iterator<Item = &str> {
    // A browser may write the comma as %2C.
    value.split(',').flat_map(|part| part.split("%2C"))
}

fn number<N: std::str::FromStr>(key: &str, value: &str) -> Result<N, StreamError> {
    let text = || format!("query.{key}: {value:?} is no whole number that fits");
    value.parse().map_err(|_| StreamError::Filter(text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPICS: [&str; 3] = ["quotes", "orders", "clock"];

    fn asked(query: &str) -> Result<Asked, String> {
        read(query, &TOPICS.iter().copied()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_query_names_where_to_go_on_and_what_to_tell() -> Result<(), String> {
        let found = asked("run=a1&after=7&topics=quotes%2Corders&instruments=3,4")?;
        assert_eq!((found.run.as_deref(), found.after), (Some("a1"), Some(7)));
        assert!(found.filter.has_topic("orders") && !found.filter.has_topic("clock"));
        assert!(found.filter.has_instrument(Some(4)) && !found.filter.has_instrument(Some(5)));
        assert!(found.filter.has_instrument(None));
        let all = asked("")?.filter;
        assert!(all.has_topic("clock") && all.has_instrument(Some(5)));
        Ok(())
    }

    #[test]
    fn what_there_is_not_is_named() {
        for (query, says) in [
            ("topics=weather", "none of quotes, orders, clock"),
            ("after=-1", "query.after"),
            ("instruments=3,x", "query.instruments"),
            ("instruments=4294967296", "query.instruments"),
            ("colour=red", "query.\"colour\""),
        ] {
            let refusal = asked(query).err().unwrap_or_default();
            assert!(refusal.contains(says), "{query}: {refusal}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_query_panics(query in ".{0,60}") {
            let _ = asked(&query);
        }
    }
}
