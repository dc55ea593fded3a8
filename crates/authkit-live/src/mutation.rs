//! [`Mutation`]: what both sides know of a write: its name and arguments, its answer, and [`Refused`], why there is none.
//!
//! Goes over the wire. Never holds who asks, nor the text of an error that is not for them.

use crate::query::Written;
use authkit_leptos::AuthError;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::fmt;

/// A write that pages and programs ask for: a struct of its arguments, in types that can't be wrong.
///
/// The server half says who may, and does it in one transaction: [`server::Mutate`](super::server::Mutate). Programs and
/// forms without scripts post the arguments to [`path`](Self::path), as a form or as a JSON object; islands use
/// [`call`](super::call) or a form, by [`Forms::make`](super::Forms::make), and pages with a list `ListForm`.
///
/// ```
/// use authkit_live::Mutation;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// struct RenameNote { id: String, title: String }
///
/// impl Mutation for RenameNote {
///     const NAME: &'static str = "rename_note";
///     type Answer = ();
/// }
/// assert_eq!(RenameNote::path(), "/api/rename_note");
/// ```
pub trait Mutation:
    Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Its name on the wire, the same for ever, and unlike that of any other mutation or query: `add_number`. Letters,
    /// digits, `_` and `-`.
    const NAME: &'static str;
    /// What it comes to: the new row, or `()`.
    type Answer: Clone + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Where it is asked for: `/api/` and its name.
    #[must_use]
    fn path() -> String {
        path_of(Self::NAME)
    }
}

/// Where what has this name is asked for.
pub(crate) fn path_of(name: &str) -> String {
    ["/api/", name].concat()
}

/// What a mutation came to, on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done<A> {
    /// Its answer.
    pub answer: A,
    /// The topics it changed, and their revision.
    pub written: Written,
}

impl<A: DeserializeOwned> Done<A> {
    /// Of the server's answer; none of what is no such answer.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let Done { answer, written } = apart(text)?;
        let answer = serde_json::from_str(answer.get()).ok()?;
        Some(Self { answer, written })
    }
}

/// With the answer unread: not generic, so that a page has most of the reading once, however many mutations.
#[inline(never)]
fn apart(text: &str) -> Option<Done<Box<RawValue>>> {
    serde_json::from_str(text).ok()
}

/// What a mutation that is done has changed, of the server's answer; none of what is no such answer.
#[cfg(feature = "hydrate")]
pub(crate) fn written_of(text: &str) -> Option<Written> {
    Some(apart(text)?.written)
}

/// Why a mutation was not done: nothing was changed.
///
/// On the wire a JSON object; the status of the answer goes with the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The reason code: short, stable, for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The argument at which something is wrong, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Refused {
    /// With this code and sentence, and not because of one argument.
    #[must_use]
    pub fn new(code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
            field: None,
        }
    }

    /// Because nobody is signed in any more.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        self.code == "signed_out"
    }
}

impl From<&AuthError> for Refused {
    fn from(error: &AuthError) -> Self {
        Self::new(error.code(), &error.to_string())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}

/// The header with the key of a submission (draft-ietf-httpapi-idempotency-key-header).
pub const KEY_HEADER: &str = "idempotency-key";
/// The field with the key in a form without scripts.
pub const KEY_FIELD: &str = "once";

/// The beginning of each key that a page makes: the user and the organization that the page is for. The server compares it with
/// the caller, and so never does in one organization, or for one user, what was typed into the page of another.
pub(crate) fn key_of_page(user: &str, organization: Option<&str>) -> String {
    [KEY_OF_PAGE, user, ".", organization.unwrap_or("-"), "."].concat()
}

/// What all keys of pages begin with.
pub(crate) const KEY_OF_PAGE: &str = "page.";
