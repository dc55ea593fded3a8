//! [`Entry`]: what somebody says, beside their picture and name: what is in a row of a list of the class `entries`.
//!
//! Called by features. Buttons of the row come after it.

use super::PersonAvatar;
use crate::users::Person;
use leptos::prelude::*;

/// What a person says.
#[component]
pub fn Entry(
    /// Who says it.
    by: Person,
    /// What.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let name = by.display_name().to_owned();
    view! {
        <PersonAvatar person=by />
        <p>
            <bdi class="quiet small">{name}</bdi>
            <span>{text}</span>
        </p>
    }
}
