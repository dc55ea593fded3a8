//! `/sign-in-failed`: why a sign-in failed, and a link that tries it again.

use crate::ui::{Codes, Head, Message, request};
use authkit_leptos::server::{self, SignInFailed};
use leptos::prelude::*;

/// The status is that of the failure, which the address names by its reason code. What the app said to somebody it did not
/// let in takes the place of the text.
pub fn sign_in_failed() -> impl IntoView {
    let SignInFailed {
        title,
        text,
        reason,
        try_again,
        try_again_says,
        ..
    } = server::sign_in_failed();
    view! {
        <Head title=title description="Why the sign-in was not finished, and what to do now." />
        <Message tone="warn" status="Sign-in not finished" title text=move || text.clone()>
            <div class="row">
                <a class="button primary big" href=try_again rel="external nofollow" target="_top">
                    {try_again_says}
                </a>
                " "
                <a href="/">"Go home"</a>
            </div>
            <Codes reason request_id=request::id() />
        </Message>
    }
}
