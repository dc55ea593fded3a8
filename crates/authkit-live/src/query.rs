//! What both sides know of a query: its name and arguments, its answer, and how new the answer is.
//!
//! Goes over the wire and into HTML: never holds who asks, nor anything they may not see.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error},
};
use serde_json::value::RawValue;

/// A question whose answer is followed: a struct of its arguments.
///
/// The server half says who may ask, what the answer depends on, and how it is found:
/// [`server::Query`](super::server::Query).
pub trait LiveQuery:
    Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Its name on the wire, the same for ever: `list_numbers`.
    const NAME: &'static str;
    /// The answer.
    type Answer: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;
}

/// A query on the wire: its name, a space, and its arguments as compact JSON.
#[cfg(feature = "hydrate")]
pub(super) fn key<Q: LiveQuery>(query: &Q) -> String {
    // Arguments that can't be written can't have come with the page either.
    let arguments = leptos::serde_json::to_string(query).unwrap_or_default();
    Q::NAME.to_owned() + " " + &arguments
}

/// The two parts of such a text. One without a space is a name alone.
#[cfg(feature = "ssr")]
pub(super) fn name_and_arguments(key: &str) -> (&str, &str) {
    key.split_once(' ').unwrap_or((key, ""))
}

/// What writers say has changed and queries depend on: `numbers`. Any text without control characters.
pub type Topic = String;

/// How new an answer is: how often each of its topics had changed when it was found.
///
/// Counted in the transactions that change them, so an answer and its revision are always of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision(pub Vec<(Topic, u64)>);

impl Revision {
    /// Whether what was written is in the answer.
    #[must_use]
    pub fn has(&self, written: &Written) -> bool {
        written.0.0.iter().all(|(topic, number)| {
            let mut counted = self.0.iter().filter(|(counted, _)| counted == topic);
            counted.all(|(_, counted)| counted >= number)
        })
    }

    /// Whether this answer is newer than the other, in any of its topics.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self.0.iter().any(|(topic, number)| {
            let known = other.0.iter().find(|(known, _)| known == topic);
            known.is_none_or(|(_, known)| known < number)
        })
    }
}

/// The changes that a committed transaction made: what a server function answers whose caller wants to
/// know when they are in the answers shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written(pub Revision);

/// A query with its answer, as a prop of an island or a list: found while the page was rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct Preloaded<Q: LiveQuery> {
    /// What was asked.
    pub query: Q,
    /// How new the answer is.
    pub revision: Revision,
    /// The answer.
    pub answer: Q::Answer,
}

/// From JSON only. Query and answer are read on their own, each as everywhere else, so that a page has the rest once, however
/// many queries.
impl<'de, Q: LiveQuery> Deserialize<'de> for Preloaded<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (query, revision, answer) = InThePage::deserialize(deserializer)?;
        let (Ok(query), Ok(answer)) = (
            serde_json::from_str(query.get()),
            serde_json::from_str(answer.get()),
        ) else {
            return Err(D::Error::custom("another query, or another answer"));
        };
        Ok(Self {
            query,
            revision,
            answer,
        })
    }
}

/// A [`Preloaded`] in the page: query, revision and answer. A tuple, which takes half of the code to read.
type InThePage = (Box<RawValue>, Revision, Box<RawValue>);

/// Only the server writes props, but islands are compiled to write theirs in the browser too. This keeps
/// what writes an answer out of what visitors download.
impl<Q: LiveQuery> Serialize for Preloaded<Q> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[cfg(feature = "hydrate")]
        return serializer.serialize_unit();
        #[cfg(not(feature = "hydrate"))]
        (&self.query, &self.revision, &self.answer).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(counts: &[(&str, u64)]) -> Revision {
        let counts = counts.iter();
        Revision(counts.map(|(topic, n)| ((*topic).to_owned(), *n)).collect())
    }

    #[test]
    fn an_answer_has_what_was_written_before_it_was_found() {
        let answer = revision(&[("numbers", 7), ("users", 3)]);
        for (written, has) in [
            (revision(&[]), true),
            (revision(&[("numbers", 7)]), true),
            (revision(&[("numbers", 8)]), false),
            (revision(&[("numbers", 6), ("users", 4)]), false),
            // Not one of its topics: it can't be in it.
            (revision(&[("letters", 9)]), true),
        ] {
            assert_eq!(answer.has(&Written(written.clone())), has, "{written:?}");
        }
    }

    #[test]
    fn newer_is_newer_in_any_topic() {
        let answer = revision(&[("numbers", 7), ("users", 3)]);
        assert!(!answer.is_newer_than(&answer));
        assert!(answer.is_newer_than(&Revision::default()));
        assert!(answer.is_newer_than(&revision(&[("numbers", 7), ("users", 2)])));
        assert!(!answer.is_newer_than(&revision(&[("numbers", 8), ("users", 3)])));
    }
}
