//! [`call`]: how an island asks for a mutation, and goes on asking until it knows what came of it.
//!
//! Exists on both sides, so that islands compile on both. Never gives up while the page is open: the key makes asking
//! again harmless.

use crate::mutation::{Done, Mutation, Refused};

/// Arguments on their way to the server, in one of the media types that it reads.
pub(crate) struct Body {
    /// The media type.
    pub media_type: &'static str,
    /// The arguments, as text of that type.
    pub text: String,
}

impl Body {
    /// A JSON object.
    pub fn json(text: String) -> Self {
        Self {
            media_type: "application/json",
            text,
        }
    }
}

/// The code of a mutation that is done, with an answer that this page can't read: it was made by an older program.
pub(crate) const OUTDATED: &str = "page_outdated";
/// The code of a mutation of which the page never heard, for as long as it may ask.
pub(crate) const NOT_ANSWERED: &str = "not_answered";

/// Asks the server for a mutation, from an island.
///
/// Each call is one submission with a key of its own. If the answer is lost, or is that of a gateway or of a server that
/// can't reach its database, the page asks again by itself, after growing waits and when it comes back online or is
/// looked at, until the server says what came of it: done, once, or refused. [`Forms::call`](crate::Forms::call) says meanwhile
/// that it is still trying.
///
/// # Errors
/// [`Refused`]; with the code `page_outdated` it is done, and a newer program answers in a way this page can't read; with
/// `not_answered` it may be done, twenty hours after it was first sent. On the server always: there, write in a transaction.
///
/// ```
/// # use authkit_live::{Mutation, call};
/// # use leptos::{prelude::*, task::spawn_local};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Clone, PartialEq, Serialize, Deserialize)]
/// # struct ArchiveNote { id: String }
/// # impl Mutation for ArchiveNote {
/// #     const NAME: &'static str = "archive_note";
/// #     type Answer = ();
/// # }
/// #[island]
/// fn Archive(id: String) -> impl IntoView {
///     let (problem, set_problem) = signal(String::new());
///     let archive = move |_| {
///         let id = id.clone();
///         spawn_local(async move {
///             if let Err(refused) = call(&ArchiveNote { id }).await {
///                 set_problem.set(refused.message);
///             }
///         });
///     };
///     view! { <button on:click=archive>"Archive"</button> <p role="alert">{problem}</p> }
/// }
/// ```
pub async fn call<M: Mutation>(arguments: &M) -> Result<Done<M::Answer>, Refused> {
    call_again(arguments, &mut || {}).await
}

/// The same; `tries_again` hears each time that it has to be sent again.
pub(crate) async fn call_again<M: Mutation>(
    arguments: &M,
    tries_again: &mut dyn FnMut(),
) -> Result<Done<M::Answer>, Refused> {
    // Arguments that can't be written can't have been made either.
    let body = Body::json(serde_json::to_string(arguments).unwrap_or_default());
    let mut done = None;
    let mut reads = |answer: &str| {
        done = Done::read(answer);
        done.is_some()
    };
    send(&M::path(), &body, tries_again, &mut reads).await?;
    done.ok_or_else(|| Refused::new(OUTDATED, "The answer could not be read."))
}

/// One submission: sends it until `reads` takes the answer, or the server refuses it. `tries_again` hears each time that
/// it has to be sent again. Not generic, so that a page has it once.
pub(crate) async fn send(
    path: &str,
    arguments: &Body,
    tries_again: &mut dyn FnMut(),
    reads: &mut dyn FnMut(&str) -> bool,
) -> Result<(), Refused> {
    #[cfg(feature = "hydrate")]
    return crate::browser::submit(path, arguments, tries_again, reads).await;
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (path, arguments.media_type, tries_again, reads);
        Err(Refused::new(
            "not_in_a_browser",
            "Only pages call the server.",
        ))
    }
}
