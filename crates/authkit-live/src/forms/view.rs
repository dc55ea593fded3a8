//! [`LiveForm`] and [`FormProblem`]: a form as HTML, which works without scripts, and better with them.
//!
//! Rendered by the server and by islands. Class names are for the app's stylesheet.

use super::{Form, Forms};
use crate::{mutation::KEY_FIELD, parts::words};
use leptos::prelude::*;

/// The longest part of a key that is made of hidden fields, in bytes.
const MAX_HIDDEN: usize = 160;

/// A form that asks for a mutation.
///
/// Without scripts the browser sends it, and is led back to the page. With them the page stays where it is.
#[component]
pub fn LiveForm<C: IntoView + 'static>(
    /// From [`MakeForm::done`](super::MakeForm::done).
    form: Form,
    /// Classes.
    #[prop(optional)]
    class: &'static str,
    /// Names and texts of fields that nobody sees, such as the id of what it is about.
    #[prop(optional, into)]
    hidden: Vec<(&'static str, String)>,
    /// Fields and a button. Typed, which is lighter in the WASM than what hides its type.
    children: TypedChildren<C>,
) -> impl IntoView {
    let path = format!("/api/{}", form.name);
    let key = form.key(&hidden);
    let hidden: Vec<_> = hidden
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    view! {
        <form class=class method="post" action=path on:submit=move |event| form.submit(&event)>
            <input type="hidden" name=KEY_FIELD value=key />
            {hidden}
            {children.into_inner()()}
        </form>
    }
}

/// What is wrong with a form, and no field of it says; and that an answer is still missing. After the forms it is about.
///
/// `<div class="form-problem">` with a `<p class="error">` and a `<p class="trying small">`, which are empty most of the time:
/// the stylesheet keeps a line free for them.
#[component]
pub fn FormProblem(
    /// The forms of the island.
    forms: Forms,
) -> impl IntoView {
    let problem = move || forms.problem_elsewhere();
    let is_wrong = move || !problem().is_empty();
    view! {
        <div class="form-problem">
            <p class="error" role=move || is_wrong().then_some("alert")>
                {words(problem)}
            </p>
            <p class="trying small" role="status">
                {words(move || forms.trying.get())}
            </p>
        </div>
    }
}

impl Form {
    /// The key of a form that is sent without scripts: of this page, this form, and what is hidden in it.
    fn key(self, hidden: &[(&'static str, String)]) -> String {
        self.forms.with(|inner| {
            let start = &inner.start;
            let again = start.refused.as_ref().filter(|refused| {
                // One that nobody knows the name of is this one: a page seldom has another.
                refused.name == self.name || refused.name.is_empty()
            });
            if let Some(key) = again.and_then(|refused| refused.once.clone()) {
                return key;
            }
            if start.once.is_empty() {
                return String::new();
            }
            let mut key = [&start.once, ".", self.name].concat();
            for (_, value) in hidden {
                let visible = value.chars().map(|letter| match letter {
                    '"' | '\\' => '_',
                    letter if letter.is_ascii_graphic() => letter,
                    _ => '_',
                });
                key.push('.');
                key.extend(visible.take(MAX_HIDDEN.saturating_sub(key.len())));
            }
            key
        })
    }
}
