//! The messages of a stream: what a page follows, as JSON, and the answers it gets, as lines of text.
//!
//! One page has one stream, however many queries it follows. A query on the wire is its *key*: the name,
//! a space, and the arguments as compact JSON, written by the query's own type, so that equal questions
//! have equal keys and a message is written once for all who get it.
//!
//! A message of the server is a line that says what it is, and for some what belongs to it in further lines:
//!
//! ```text
//! answer list_numbers {"count":20}
//! [["numbers",7]]
//! [{"value":42}]
//! ```
//!
//! The second line is the revision, the rest the answer: the browser finds the answer without parsing it. Neither a key
//! nor compact JSON has a line break.

use crate::query::Revision;
use leptos::serde_json;
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

/// What the server says. `A` is the answer: its JSON as [`FromServer::read`] finds it, or a type.
///
/// ```
/// # use authkit_live::FromServer;
/// let text = "answer list_numbers {\"count\":20}\n[[\"numbers\",7]]\n[42]";
/// let FromServer::Answer { answer, .. } = FromServer::read(text).unwrap() else {
///     panic!("another message");
/// };
/// assert_eq!(answer, "[42]");
/// ```
#[derive(Clone, Debug, PartialEq)]
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
    /// First of all: a digest of what the caller of this stream may do. A page whose user has another shows what they may do
    /// no more, or not what they may do by now.
    Rights(u32),
    /// Nothing new. Sent every so often, so that a page notices a connection that is dead.
    Alive,
}

impl<'a> FromServer<&'a str> {
    /// Reads a message; the answer stays JSON. `None` for a message that this version does not know.
    #[must_use]
    pub fn read(message: &'a str) -> Option<Self> {
        let (head, rest) = message.split_once('\n').unwrap_or((message, ""));
        let (kind, of) = head.split_once(' ').unwrap_or((head, ""));
        Some(match kind {
            "answer" => {
                let (revision, answer) = rest.split_once('\n')?;
                Self::Answer {
                    key: of.to_owned(),
                    revision: serde_json::from_str(revision).ok()?,
                    answer,
                }
            }
            "refused" => Self::Refused {
                key: of.to_owned(),
                // One that only a newer server knows is no reason to go on asking.
                problem: Problem::of(rest).unwrap_or(Problem::Unknown),
            },
            "behind" => Self::Behind(of == "true"),
            "rights" => Self::Rights(of.parse().ok()?),
            "alive" => Self::Alive,
            _ => return None,
        })
    }

    /// The same with the answer itself. An answer of another type is an error.
    ///
    /// # Errors
    /// What is wrong with the answer.
    pub fn with_answer<A: Deserialize<'a>>(self) -> serde_json::Result<FromServer<A>> {
        Ok(match self {
            Self::Answer {
                key,
                revision,
                answer,
            } => FromServer::Answer {
                key,
                revision,
                answer: serde_json::from_str(answer)?,
            },
            Self::Refused { key, problem } => FromServer::Refused { key, problem },
            Self::Behind(behind) => FromServer::Behind(behind),
            Self::Rights(digest) => FromServer::Rights(digest),
            Self::Alive => FromServer::Alive,
        })
    }
}

#[cfg(feature = "ssr")]
impl<A: Serialize> FromServer<A> {
    /// The message as it is sent.
    ///
    /// # Errors
    /// When the answer can't be JSON.
    pub(crate) fn to_text(&self) -> serde_json::Result<String> {
        Ok(match self {
            Self::Answer {
                key,
                revision,
                answer,
            } => {
                let revision = serde_json::to_string(revision)?;
                let answer = serde_json::to_string(answer)?;
                format!("answer {key}\n{revision}\n{answer}")
            }
            Self::Refused { key, problem } => format!("refused {key}\n{}", problem.code()),
            Self::Behind(behind) => format!("behind {behind}"),
            Self::Rights(digest) => format!("rights {digest}"),
            Self::Alive => "alive".to_owned(),
        })
    }
}

/// Why a query is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl Problem {
    const ALL: [Self; 5] = [
        Self::Unknown,
        Self::Arguments,
        Self::SignedOut,
        Self::Forbidden,
        Self::TooMany,
    ];

    /// The reason code: the word for it in a message.
    fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Arguments => "arguments",
            Self::SignedOut => "signed_out",
            Self::Forbidden => "forbidden",
            Self::TooMany => "too_many",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == word)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let key = r#"list {"of":"a\nb c"}"#.to_owned();
        let revision = Revision(vec![("line\nbreak".to_owned(), u64::MAX)]);
        let answer = vec!["one\n\ntwo".to_owned(), String::new()];
        for message in [
            FromServer::Answer {
                key: key.clone(),
                revision,
                answer,
            },
            FromServer::Refused {
                key,
                problem: Problem::TooMany,
            },
            FromServer::Behind(true),
            FromServer::Behind(false),
            FromServer::Alive,
        ] {
            let text = message.to_text().unwrap();
            assert!(!text.contains("\n\n"), "{text}");
            let read = FromServer::read(&text).unwrap().with_answer();
            assert_eq!(read.unwrap(), message, "{text}");
        }
    }

    #[test]
    fn what_is_no_message_is_nothing_and_an_unknown_problem_is_unknown() {
        for text in [
            "",
            "other",
            "answer list {}",
            "answer list {}\n[]",
            "answer list {}\nnone\n[]",
            r#"{"behind":true}"#,
        ] {
            assert_eq!(FromServer::read(text), None, "{text}");
        }
        let refused = FromServer::read("refused list {}\nof_the_future");
        let Some(FromServer::Refused { problem, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(problem, Problem::Unknown);
    }
}
