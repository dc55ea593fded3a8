//! Words of an island that change: in an element of their own, which is told its whole text each time.
//!
//! A browser that translates a page, or an extension, replaces the text in an element by elements of its own. Leptos
//! would go on writing to the text node that was there, which is no longer part of the page.

use leptos::{html, prelude::*};

/// A `<span>` with these words, whatever others have made of the ones before.
pub fn words<W: Into<String>>(words: impl Fn() -> W + 'static) -> impl IntoView {
    boxed(Box::new(move || words().into()))
}

// One for all closures: each of its own would add to what visitors download.
fn boxed(words: Box<dyn Fn() -> String>) -> impl IntoView {
    let span = NodeRef::<html::Span>::new();
    let first = untrack(&*words);
    let mut shown = first.clone();
    Effect::new(move |_| {
        let words = words();
        if let Some(span) = span.get()
            && words != shown
        {
            span.set_text_content(Some(&words));
            shown = words;
        }
    });
    view! { <span node_ref=span>{first}</span> }
}
