//! The list: a row per number, who added it and when, and what removes it.
//!
//! Called by the island. A user removes their own numbers, and an administrator any: the server decides.

use super::Numbers;
use crate::{
    numbers::{
        functions::RemoveNumber,
        model::{Number, Value},
    },
    ui::PersonAvatar,
};
use authkit_leptos::{Identity, call, distance::in_words};
use authkit_live::words;
use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, wasm_bindgen::JsCast};
use web_sys::HtmlElement;

/// The role whose users may remove any number.
const ADMIN: &str = "admin";
/// The id of the list's heading.
pub(super) const LATEST: &str = "latest";

impl Numbers {
    pub(super) fn row(self, number: Number) -> impl IntoView {
        let is_adding = number.is_adding();
        let Number {
            id,
            value,
            added_by,
            added_at,
        } = number;
        let is_new = self.page(|page| page.is_shown);
        let is_mine = self.is_me(&added_by);
        let who = match is_mine {
            true => "You".to_owned(),
            false => added_by.display_name().to_owned(),
        };
        let now = self.now;
        let when = move || match is_adding {
            true => "adding…".to_owned(),
            // The clock of the server that stored it may be ahead.
            false => now.with(|now| in_words(added_at.min(now.saturating_sub(1)), *now)),
        };
        let class = match (is_adding, is_new) {
            (true, _) => "adding",
            (false, true) => "new",
            (false, false) => "",
        };
        let remove = move || {
            // The role may change while the page is open.
            let may_remove = !is_adding && (is_mine || self.is_admin());
            may_remove.then(|| self.remover(id.clone(), value))
        };
        view! {
            <li class=class>
                <strong class="value num">{value.to_string()}</strong>
                <PersonAvatar person=added_by />
                <p><bdi>{who}</bdi> " " <span class="quiet small">{words(when)}</span></p>
                {remove}
            </li>
        }
    }

    fn remover(self, id: String, value: Value) -> impl IntoView {
        let removed = id.clone();
        let remove = move |event: SubmitEvent| {
            event.prevent_default();
            self.remove(removed.clone(), value);
        };
        view! {
            <form method="post" action=RemoveNumber::PATH on:submit=remove>
                <input type="hidden" name="id" value=id />
                <button class="button" type="submit" aria-label=format!("Remove {value}")>
                    "Remove"
                </button>
            </form>
        }
    }

    fn remove(self, id: String, value: Value) {
        self.clear();
        // The button is about to be removed, and the focus with it.
        if let Some(heading) = document().get_element_by_id(LATEST) {
            let _ = heading.unchecked_into::<HtmlElement>().focus();
        }
        let removed = id.clone();
        let pending = self
            .query
            .apply(move |numbers| numbers.retain(|number| number.id != removed));
        let call = async move { call::<RemoveNumber>(&[("id", &id)]).await };
        self.finish(pending, value, "removed", Box::pin(call));
    }

    fn is_admin(self) -> bool {
        let is_admin = |me: &Identity| me.has_role(ADMIN);
        self.auth.with(|auth| auth.identity().is_some_and(is_admin))
    }
}
