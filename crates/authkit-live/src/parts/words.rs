//! Text of an island that changes: in an element of its own, whose whole text is set on each change.
//!
//! A browser that translates a page, or an extension, replaces the text in an element by elements of its own. Leptos
//! would write to the original text node, which is no longer in the page.

use leptos::{html, prelude::*};

/// A `<span>` with these words. Each change replaces all of its content, including what an extension put there.
///
/// ```
/// # use authkit_live::words;
/// # use leptos::prelude::*;
/// #[island]
/// fn Counter() -> impl IntoView {
///     let count = RwSignal::new(0);
///     view! {
///         <button on:click=move |_| count.update(|count| *count += 1)>
///             {words(move || format!("{} times", count.get()))}
///         </button>
///     }
/// }
/// ```
pub fn words<W: Into<String>>(words: impl Fn() -> W + 'static) -> impl IntoView {
    boxed(Box::new(move || words().into()))
}

// Not generic: a copy per closure would add to the size of the WASM.
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
