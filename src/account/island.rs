//! The button of the account page that copies the access token.
//!
//! Fetches the token when it is pressed: no token is ever in a page.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use crate::ui::islands::copier;
use authkit_leptos::use_access_token;
use leptos::prelude::*;

/// A button that fetches the access token when it is pressed, and copies it.
#[island]
pub fn CopyAccessToken() -> impl IntoView {
    let token = use_access_token();
    let text = move || token.get();
    copier("script button", None, "Copy access token", move || {
        Box::pin(text())
    })
}
