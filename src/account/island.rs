//! The islands of the account page: the button that copies the access token, and the form that deletes the account.
//!
//! The token is fetched when its button is pressed: no token is ever in a page.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use super::functions::{CONFIRMATION, DeleteAccount, RECENT};
use crate::ui::islands::copier;
use authkit_leptos::{SignInLink, use_access_token, use_recent_auth};
use leptos::{prelude::*, server_fn::ServerFn};

/// A button that fetches the access token when it is pressed, and copies it.
#[cfg_attr(feature = "split", island(lazy))]
#[cfg_attr(not(feature = "split"), island)]
pub fn CopyAccessToken() -> impl IntoView {
    let token = use_access_token();
    let text = move || token.get();
    copier("script button", None, "Copy access token", move || {
        Box::pin(text())
    })
}

/// The form that deletes the account, for who has signed in lately; a link to do that for all others. It is the link
/// again as soon as the sign-in is too old.
#[cfg_attr(feature = "split", island(lazy))]
#[cfg_attr(not(feature = "split"), island)]
pub fn AccountDeletion() -> impl IntoView {
    let recent = use_recent_auth(RECENT);
    let sign_in_again = || {
        view! {
            <p>
                <SignInLink max_age={RECENT} {..} class="button">
                    "Confirm that it is you"
                </SignInLink>
            </p>
        }
    };
    view! {
        <Show when=move || !recent.get().is_stale fallback=sign_in_again>
            <form class="deletion" id="account-deletion" method="post" action=DeleteAccount::PATH>
                <div class="field">
                    <label for="confirmation">"Type “delete” to confirm"</label>
                    <input
                        id="confirmation"
                        name="confirmation"
                        required
                        pattern=CONFIRMATION
                        autocomplete="off"
                        autocapitalize="none"
                    />
                </div>
                <button class="button danger" type="submit">
                    "Delete my account"
                </button>
            </form>
        </Show>
    }
}
