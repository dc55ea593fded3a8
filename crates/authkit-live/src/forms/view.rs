//! [`LiveForm`] and [`FormProblem`]: a form as HTML, which works without scripts, and better with them.
//!
//! Rendered by the server and by islands. Class names are for the app's stylesheet.

use super::{Form, Forms};
use crate::{
    mutation::{KEY_FIELD, path_of},
    parts::words,
};
use leptos::prelude::*;

/// The longest key of a form, in bytes: what is hidden in the form is cut.
const MAX_KEY: usize = 240;

/// A form that asks for a mutation.
///
/// Without scripts the browser sends it, and is led back to the page. With them the page stays where it is.
#[component]
pub fn LiveForm<C: IntoView + 'static>(
    /// From [`MakeForm::done`](super::MakeForm::done), or `use_form`.
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
    let path = path_of(form.name);
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
    /// The forms of the island, or of the list.
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

/// Whether these are among the fields. Browsers send a line break as two characters.
fn has(fields: &[(String, String)], hidden: &[(&'static str, String)]) -> bool {
    hidden.iter().all(|(name, value)| {
        let mut named = fields.iter().filter(|(field, _)| field == name);
        named.any(|(_, text)| text.lines().eq(value.lines()))
    })
}

impl Form {
    /// The key of a form that is sent without scripts: of this page, this form, and what is hidden in it.
    fn key(self, hidden: &[(&'static str, String)]) -> String {
        // The browser has none: scripts make one for each submission.
        if cfg!(feature = "hydrate") {
            return String::new();
        }
        self.forms.with(|inner| {
            let start = &inner.start;
            let again = start.refused.as_ref().filter(|refused| {
                // Where the name or the fields are not known it may be this one: with the same key nothing is done twice.
                refused.name.is_empty()
                    || refused.name == self.name
                        && (refused.fields.is_empty() || has(&refused.fields, hidden))
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
                key.extend(visible.take(MAX_KEY.saturating_sub(key.len())));
            }
            key
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Mutation, PageStart, Refused, RefusedForm, use_forms, use_news};
    use serde::{Deserialize, Serialize};

    #[derive(Clone, PartialEq, Serialize, Deserialize)]
    struct Remove {
        id: String,
    }

    impl Mutation for Remove {
        const NAME: &'static str = "remove";
        type Answer = ();
    }

    /// The form of a row, in a page that the form of row 7 led back to, of which it is not known whether it was done.
    fn row(id: &str) -> String {
        let refused = RefusedForm {
            name: "remove".to_owned(),
            refused: Refused::new("unconfirmed", "Send it again."),
            fields: vec![("id".to_owned(), "7".to_owned())],
            once: Some("the-key-of-row-7".to_owned()),
        };
        let start = PageStart {
            once: "a-key-of-the-page".to_owned(),
            refused: Some(refused),
            ..PageStart::default()
        };
        Owner::new().with(|| {
            let form = use_forms(start, use_news()).make::<Remove>().done();
            view! { <LiveForm form hidden=vec![("id", id.to_owned())]>"Remove"</LiveForm> }
                .to_html()
        })
    }

    #[test]
    fn a_form_that_is_to_be_sent_again_has_its_key_and_the_same_one_in_another_row_its_own() {
        let (same, other) = (row("7"), row("8"));
        assert!(same.contains(r#"value="the-key-of-row-7""#), "{same}");
        assert!(
            other.contains(r#"value="a-key-of-the-page.remove.8""#),
            "{other}"
        );
    }
}
