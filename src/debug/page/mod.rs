//! The pages for developers, on servers that have them: GET is a page of the app, POST of the first one its form.

mod parts;

use super::{DEBUG, is_served};
use crate::states::not_found;
use crate::ui::{Chip, Head};
use authkit_app::{
    AppRoute, PageContext,
    inspect::{Inspect, inspect_form},
};
use leptos::{either::Either, prelude::*};

/// The page of the session and of tokens.
pub fn page() -> impl IntoView {
    where_served(debug)
}

/// The page of parts.
pub fn parts() -> impl IntoView {
    where_served(parts::page)
}

fn where_served<V: IntoView>(page: fn() -> V) -> impl IntoView {
    match is_served() {
        true => Either::Left(page()),
        false => Either::Right(not_found()),
    }
}

fn debug() -> impl IntoView {
    view! {
        <Head title="Session and tokens" description="What this server knows of a session or of a token." />
        <Inspect path=DEBUG show_id=|value, what| view! { <Chip value what /> }.into_any() />
    }
}

/// The route of the form.
pub fn routes<V: IntoView + 'static>(
    debug: bool,
    shell: impl Fn(&PageContext) -> V + Clone + Send + Sync + 'static,
) -> Vec<AppRoute> {
    let form = inspect_form(DEBUG, shell);
    debug.then_some(form).into_iter().collect()
}
