//! The pages: whole without scripts, made from what their address says.

use super::{
    island::{NewestNotes, NotePages},
    model::{CountNotes, FirstNotes, ListNotes},
};
use authkit_leptos::SignInLink;
use authkit_live::{
    FromAddress,
    server::{Live, PreloadError, arguments_of_address},
};
use leptos::{either::Either, prelude::*};

/// `/?search=milk&before=01KAZ…`: a page of notes.
pub fn list() -> impl IntoView {
    let live = expect_context::<Live>();
    let FromAddress { arguments, refused } = arguments_of_address::<ListNotes>();
    let count = live.preload(CountNotes {
        search: arguments.search.clone(),
    });
    let list = live.preload(arguments);
    view! {
        <h1>"Notes"</h1>
        {not_understood(&refused)}
        <Suspense>
            {Suspend::new(async move {
                match (list.await, count.await) {
                    (Ok(list), Ok(count)) => Either::Left(view! { <NotePages list count /> }),
                    (Err(error), _) | (_, Err(error)) => Either::Right(instead(error)),
                }
            })}
        </Suspense>
        <form method="post" action="/add">
            <label for="text">"New note"</label>
            <input id="text" name="text" required maxlength="250" autocomplete="off" />
            <button>"Add"</button>
        </form>
        <a href="/all">"All notes"</a>
    }
}

/// `/all?count=20`: the newest notes, and more of them.
pub fn all() -> impl IntoView {
    let live = expect_context::<Live>();
    let FromAddress { arguments, refused } = arguments_of_address::<FirstNotes>();
    let notes = live.preload(arguments);
    view! {
        <h1>"All notes"</h1>
        {not_understood(&refused)}
        <Suspense>
            {Suspend::new(async move {
                match notes.await {
                    Ok(notes) => Either::Left(view! { <NewestNotes notes /> }),
                    Err(error) => Either::Right(instead(error)),
                }
            })}
        </Suspense>
    }
}

/// Says what is wrong with the address.
fn not_understood(refused: &[&str]) -> Option<impl IntoView + use<>> {
    let names = refused.join(", ");
    (!refused.is_empty()).then(|| view! { <p role="alert">"Left out of the address: " {names}</p> })
}

/// What there is instead of notes.
fn instead(error: PreloadError) -> impl IntoView {
    match error {
        PreloadError::Auth(_) => Either::Left(view! { <SignInLink>"Sign in"</SignInLink> }),
        PreloadError::Store(_) => Either::Right("The notes can’t be shown right now."),
    }
}
