//! The messages of a stream, as JSON text: what a page follows, and the answers it gets.
//!
//! One page has one stream, however many queries it follows. A query on the wire is its *key*: the name,
//! a space, and the arguments as compact JSON, written by the query's own type, so that equal questions
//! have equal keys and a message is written once for all who get it.

use super::Revision;
use serde::{Deserialize, Serialize};

/// What a page says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToServer {
    /// Send the answer whenever it changes, and at once if it is not the one with this revision. Said again
    /// with the same revision it changes nothing: leave it first to have the answer once more.
    Follow {
        /// The query.
        key: String,
        /// The revision of the answer the page has; empty if it has none.
        seen: Revision,
    },
    /// Send it no more.
    Leave {
        /// The query.
        key: String,
    },
}

/// What the server says. `A` is the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromServer<A> {
    /// A newer answer: it replaces the one before.
    Answer {
        /// The query.
        key: String,
        /// How new it is.
        revision: Revision,
        /// The answer itself.
        answer: A,
    },
    /// This query is not followed.
    Refused {
        /// The query, as it was sent.
        key: String,
        /// Why.
        problem: Problem,
    },
    /// What is shown may be old from now on (`true`), or is up to date again (`false`): the server
    /// itself is cut off from the database.
    Behind(bool),
    /// Nothing new. Sent every so often, so that a page notices a connection that is dead.
    Alive,
}

/// Why a query is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// There is no query of that name.
    Unknown,
    /// The arguments are not the query's, or not written as it writes them.
    Arguments,
    /// Nobody is signed in, and the query wants somebody.
    SignedOut,
    /// Whoever is signed in may not ask this.
    Forbidden,
    /// The page, or the session, follows too many queries already.
    TooMany,
}
