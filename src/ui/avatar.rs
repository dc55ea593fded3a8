//! A user's picture, or their initials on a colour derived from their id.

use crate::users::Person;
use authkit_leptos::User;
use leptos::prelude::*;

/// Number of colours in the stylesheet.
const HUES: u32 = 12;

/// Decoration: the name is beside it, so screen readers skip it.
#[component]
pub fn Avatar(
    user: User,
    /// The large one, for the account page.
    #[prop(optional)]
    big: bool,
) -> impl IntoView {
    let initials = user.initials();
    avatar(big, hue(&user.id), initials, user.profile_picture_url)
}

/// The same for another user, of whom less is known.
#[component]
pub fn PersonAvatar(person: Person) -> impl IntoView {
    let initials = person.initials();
    avatar(false, hue(&person.id), initials, person.picture)
}

fn avatar(big: bool, hue: u32, initials: String, picture: Option<String>) -> impl IntoView {
    let size = if big { " big" } else { "" };
    view! {
        <span class=format!("avatar{size} hue-{hue}") aria-hidden="true">
            {initials}
            {picture.map(|url| view! { <img src=url alt="" referrerpolicy="no-referrer" /> })}
        </span>
    }
}

/// The same colour for the same user on every page, the emulator's included.
fn hue(id: &str) -> u32 {
    id.bytes()
        .fold(0_u32, |sum, byte| sum.wrapping_add(byte.into()))
        % HUES
}
