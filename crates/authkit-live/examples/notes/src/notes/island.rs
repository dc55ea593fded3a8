//! The islands: what they show follows what they are asked, and the address bar says what that is.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use super::model::{Count, CountNotes, FirstNotes, ListNotes, Note, Notes, Search};
use authkit_live::{Preloaded, typed_early, use_address_bar, use_live_query_of};
use leptos::prelude::*;

/// A search, a page of what it finds, and how many there are.
#[island]
pub fn NotePages(list: Preloaded<ListNotes>, count: Preloaded<CountNotes>) -> impl IntoView {
    let address = use_address_bar(list.query.clone());
    let said = address.arguments();
    let search = move || String::from(said.get().search);

    let list = use_live_query_of(list, move || said.get());
    let count = use_live_query_of(count, move || CountNotes {
        search: said.get().search,
    });
    let (notes, count) = (list.answer(), count.answer());

    let typed = move |text: String| {
        // Another search begins on its first page.
        if let Ok(search) = Search::try_from(text) {
            address.replace(|to| {
                *to = ListNotes {
                    search,
                    before: None,
                }
            });
        }
    };
    typed_early("search", typed);
    let older = move || {
        let next = notes.get().next?;
        let to = move |to: &mut ListNotes| to.before = Some(next.clone());
        let href = address.link(to.clone());
        let go = move |event| address.follow_link(&event, to.clone());
        Some(view! { <a href=href on:click=go>"Older"</a> })
    };
    let newest = move || {
        let to = |to: &mut ListNotes| to.before = None;
        let go = move |event| address.follow_link(&event, to);
        let is_old = said.get().before.is_some();
        is_old.then(|| view! { <a href=address.link(to) on:click=go>"Newest"</a> })
    };
    view! {
        <form method="get" role="search" on:submit=|event| event.prevent_default()>
            <label for="search">"Search"</label>
            <input
                id="search"
                type="search"
                name="search"
                maxlength=Search::MAX
                autocomplete="off"
                value=search
                prop:value=search
                on:input:target=move |event| typed(event.target().value())
            />
            <button>"Search"</button>
        </form>
        <p role="status">{move || format!("{} notes", count.get())}</p>
        {rows(notes, move || list.is_waiting())}
        {move || list.refused().is_some().then_some("The server does not answer that.")}
        <nav aria-label="Pages">{older} " " {newest}</nav>
    }
}

/// The newest notes, and a link to more.
#[island]
pub fn NewestNotes(notes: Preloaded<FirstNotes>) -> impl IntoView {
    let address = use_address_bar(notes.query.clone());
    let said = address.arguments();
    let query = use_live_query_of(notes, move || said.get());
    let notes = query.answer();
    let more = move || {
        let is_end = notes.get().next.is_none() || said.get().count == Count::MAX;
        let to = |to: &mut FirstNotes| to.count = to.count.more();
        let go = move |event| address.follow_link(&event, to);
        (!is_end).then(|| view! { <a href=address.link(to) on:click=go>"More"</a> })
    };
    view! {
        {rows(notes, move || query.is_waiting())}
        {more}
    }
}

fn rows(
    notes: ReadSignal<Notes>,
    is_waiting: impl Fn() -> bool + Send + Sync + 'static,
) -> impl IntoView {
    let row = |note: Note| view! { <li>{note.text}</li> };
    view! {
        <ol aria-label="Notes" aria-busy=move || is_waiting().to_string()>
            <For each=move || notes.get().notes key=|note| note.id.clone() children=row />
        </ol>
    }
}
