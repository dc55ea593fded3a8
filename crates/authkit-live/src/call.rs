//! [`call`]: how an island asks for a mutation, and goes on asking until it knows what came of it.
//!
//! Exists on both sides, so that islands compile on both. Never gives up while the page is open: the key makes asking
//! again harmless.

use crate::mutation::{Done, Mutation, Refused};

/// Asks the server for a mutation, from an island.
///
/// Each call is one submission with a key of its own. If the answer is lost, or is that of a gateway or of a server that
/// can't reach its database, the page asks again by itself, after growing waits and when it comes back online or is
/// looked at, until the server says what came of it: done, once, or refused.
///
/// # Errors
/// [`Refused`]. On the server always: there, write in a transaction.
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
    call_telling(arguments, || {}).await
}

/// The same, and tells when it has to ask again.
pub(crate) async fn call_telling<M: Mutation>(
    arguments: &M,
    tries_again: impl Fn() + 'static,
) -> Result<Done<M::Answer>, Refused> {
    #[cfg(feature = "hydrate")]
    {
        use leptos::serde_json;
        // Arguments that can't be written can't have been made either.
        let json = serde_json::to_string(arguments).unwrap_or_default();
        let reads = |body: &str| serde_json::from_str(body).ok();
        let mut done = None;
        crate::browser::submit(&M::path(), &json, Box::new(tries_again), &mut |body| {
            done = reads(body);
            done.is_some()
        })
        .await?;
        done.ok_or_else(|| Refused::new("unreadable", "The server’s answer could not be read."))
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (arguments, tries_again);
        Err(Refused::new(
            "not_in_a_browser",
            "Only pages call the server.",
        ))
    }
}
