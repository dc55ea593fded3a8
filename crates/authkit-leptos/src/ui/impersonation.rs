//! [`Impersonation`]: says on every page that somebody of the team is signed in as the user, and ends it.
//!
//! Rendered by the server from the state of the request: an impersonation is a session of its own, so that a page can't
//! begin or end to be one without being loaded anew.

use super::{links::SignOutForm, provider::use_auth};
use leptos::prelude::*;

/// Who is signed in as whom, why, and a button that ends it; nothing in a session that is the user's own. Put it at the
/// beginning of every page's body, and keep it in sight by CSS:
///
/// ```css
/// .authkit-impersonation { position: sticky; top: 0; z-index: 10 }
/// ```
///
/// It can't be closed, and is a landmark named "Impersonation" for screen readers. Its parts have the classes
/// `authkit-impersonation-words` and `authkit-impersonation-stop`.
///
/// ```
/// # use authkit_leptos::Impersonation;
/// # use leptos::prelude::*;
/// fn frame(children: Children) -> impl IntoView {
///     view! { <Impersonation /> <main>{children()}</main> }
/// }
/// ```
#[component]
pub fn Impersonation(
    /// Name of the organization that the session is in, if the app knows it.
    #[prop(optional, into)]
    organization: Option<String>,
    /// Classes for the button, besides its own.
    #[prop(optional, into)]
    button_class: String,
) -> impl IntoView {
    let identity = use_auth().with_untracked(|state| state.identity().cloned())?;
    let impersonator = identity.impersonator?;
    let (name, email) = (identity.user.display_name(), identity.user.email);
    let address = (name != email).then(|| format!(" ({email})"));
    let organization = organization.map(|name| view! { " in " <bdi>{name}</bdi> });
    let reason = impersonator
        .reason
        .map(|reason| view! { " Reason: “" <bdi>{reason}</bdi> "”." });
    Some(view! {
        <aside class="authkit-impersonation" aria-label="Impersonation">
            <p class="authkit-impersonation-words">
                <strong>{impersonator.email}</strong>
                " is signed in as "
                <strong dir="auto">{name}</strong>
                {address}
                {organization}
                ", for an hour at most."
                {reason}
            </p>
            <SignOutForm>
                <button class=format!("authkit-impersonation-stop {button_class}") type="submit">
                    "Stop impersonating"
                </button>
            </SignOutForm>
        </aside>
    })
}
