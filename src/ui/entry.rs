//! [`Entry`]: a user's picture and name, and what they wrote: for the rows of a list of the class `entries`.
//!
//! Called by features. Buttons of the row come after it.

use super::PersonAvatar;
use crate::users::Person;
use leptos::prelude::*;

/// What a user wrote, beside their picture and name.
#[component]
pub fn Entry(
    /// Who wrote it.
    by: Person,
    /// What they wrote.
    #[prop(into)]
    text: String,
    /// More words, below it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let name = by.display_name().to_owned();
    view! {
        <PersonAvatar person=by />
        <p>
            <bdi class="quiet small">{name}</bdi>
            <span>{text}</span>
            {children.map(|more| more())}
        </p>
    }
}
