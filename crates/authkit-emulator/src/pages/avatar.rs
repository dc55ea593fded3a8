//! A user's initials on a colour derived from the id. Caller: the sign-in page.
//! Decoration: the name stands beside it, so screen readers skip it.

use maud::{Markup, html};

use crate::state::store::model::User;

/// Number of colours in the stylesheet.
const HUES: u32 = 12;

/// The avatar.
pub fn avatar(user: &User) -> Markup {
    let hue = user
        .id
        .bytes()
        .fold(0_u32, |sum, byte| sum.wrapping_add(byte.into()))
        % HUES;
    html! {
        span class={ "avatar hue-" (hue) } aria-hidden="true" { (initials(user)) }
    }
}

fn initials(user: &User) -> String {
    let names = [user.first_name.as_deref(), user.last_name.as_deref()];
    let letters: String = names
        .into_iter()
        .flatten()
        .filter_map(|it| it.chars().next())
        .collect();
    let fallback = || user.email.chars().take(1).collect();
    Some(letters)
        .filter(|it| !it.is_empty())
        .unwrap_or_else(fallback)
        .to_uppercase()
}
