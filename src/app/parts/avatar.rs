//! A user's picture, or their initials on a colour of their own.

use crate::authkit::User;
use leptos::prelude::*;

/// How many colours the stylesheet has.
const HUES: u32 = 12;

/// Decoration: the name stands beside it, so screen readers pass it over.
#[component]
pub fn Avatar(
    user: User,
    /// The large one, for the account page.
    #[prop(optional)]
    big: bool,
) -> impl IntoView {
    let size = if big { " big" } else { "" };
    let hue = hue(&user.id);
    view! {
        <span class=format!("avatar{size} hue-{hue}") aria-hidden="true">
            {user.initials()}
            {user
                .profile_picture_url
                .map(|url| view! { <img src=url alt="" referrerpolicy="no-referrer" /> })}
        </span>
    }
}

/// The same colour for the same user on every page, the emulator's included.
fn hue(id: &str) -> u32 {
    id.bytes()
        .fold(0_u32, |sum, byte| sum.wrapping_add(byte.into()))
        % HUES
}
