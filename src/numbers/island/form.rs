//! The form: what is typed is in the list at once, and back in the field if the server refuses it.
//!
//! Called by the island. Must never overwrite what the user types meanwhile.

use super::Numbers;
use crate::numbers::{
    error::NumbersError,
    functions::AddNumber,
    model::{Added, Number, Value},
};
use authkit_leptos::call;
use authkit_live::words;
use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, wasm_bindgen::JsCast};
use std::sync::{Arc, OnceLock};
use web_sys::HtmlInputElement;

/// Beginning of the id of a number that is not stored yet. No ULID begins so.
const ADDING: &str = "adding";
/// The id of the field.
const VALUE: &str = "value";

impl Numbers {
    pub(super) fn form(self, typed: String) -> impl IntoView {
        let problem = self.problem;
        let invalid = NumbersError::Value.to_string();
        let add = move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(input) = field() {
                self.add(input.value());
            }
        };
        view! {
            <form class="field add" method="post" action=AddNumber::PATH on:submit=add>
                <label for=VALUE>"Number"</label>
                <input
                    id=VALUE
                    name="value"
                    type="number"
                    min=Value::MIN
                    max=Value::MAX
                    value=typed
                    required
                    autocomplete="off"
                    aria-describedby="value-hint value-problem"
                    aria-invalid=move || problem.with(|problem| *problem == invalid).then_some("true")
                />
                <button class="button primary big" type="submit">
                    "Add number"
                </button>
                <p class="hint" id="value-hint">
                    "Whole, from −1,000,000 to 1,000,000."
                </p>
                <p class="error" id="value-problem" role="alert">
                    {words(move || problem.get())}
                </p>
            </form>
        }
    }

    fn add(self, typed: String) {
        self.clear();
        let value = match Value::parse(&typed) {
            Ok(value) => value,
            Err(problem) => return self.problem.set(problem.to_string()),
        };
        swap_typed(&typed, "");
        let Some(number) = self.adding(value) else {
            return;
        };
        // The id of the number, once it is stored.
        let stored = Arc::new(OnceLock::new());
        let id = Arc::clone(&stored);
        let pending = self.query.apply(move |numbers| {
            let mut number = number.clone();
            if let Some(id) = id.get() {
                number.id.clone_from(id);
            }
            numbers.insert(0, number);
            numbers.truncate(self.count);
        });
        let call = async move {
            let added = call::<AddNumber>(&[("value", &typed)]).await;
            if added.is_err() {
                swap_typed("", &typed);
            }
            let Added { id, written } = added?;
            let _ = stored.set(id);
            Ok(written)
        };
        self.finish(pending, value, "added", Box::pin(call));
    }

    /// A number that is not stored yet.
    fn adding(self, value: Value) -> Option<Number> {
        let (nth, me) = self.page(|page| {
            page.added += 1;
            (page.added, page.me.clone())
        });
        Some(Number {
            id: format!("{ADDING} {nth}"),
            value,
            added_by: me?.user.into(),
            added_at: self.now.get_untracked(),
        })
    }
}

impl Number {
    /// Whether it is not stored yet.
    pub(super) fn is_adding(&self) -> bool {
        self.id.starts_with(ADDING)
    }
}

/// The field for the value.
fn field() -> Option<HtmlInputElement> {
    let field = document().get_element_by_id(VALUE)?;
    Some(field.unchecked_into())
}

/// Replaces the text of the field, unless the user has changed it meanwhile.
fn swap_typed(before: &str, after: &str) {
    if let Some(field) = field()
        && field.value() == before
    {
        field.set_value(after);
    }
}
