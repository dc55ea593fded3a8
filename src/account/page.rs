//! The account page, `/account`: the signed-in user, and the claims of their verified access token.
//!
//! Never shows the token itself: a button fetches it when it is pressed.

use super::island::{AccountDeletion, CopyAccessToken};
use crate::ui::{Avatar, Chip, Head};
use authkit_app::inspect::{Claim, Claims, claims};
use authkit_leptos::{Identity, server};
use authkit_live::{Moment, Time, moment};
use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_query_map;
use serde_json::Value;

/// For users only: the protection by path leads everybody else to the sign-in. Empty for a program, with its status.
pub fn page() -> impl IntoView {
    server::page_user().ok().map(account_page)
}

/// The page for a signed-in user.
fn account_page(identity: Identity) -> impl IntoView {
    let said = server::verified_claims().and_then(|claims| serde_json::to_value(&*claims).ok());
    let claims = match said {
        Some(Value::Object(said)) => claims(&said),
        _ => Vec::new(),
    };
    let expires = moment(identity.expires_at);
    let signed_in = identity.authenticated_at.map(moment);
    view! {
        <Head title="Account" description="Your profile, your session, and what you may do." />
        <AccountPage identity expires signed_in claims />
    }
}

#[component]
fn AccountPage(
    identity: Identity,
    expires: Moment,
    signed_in: Option<Moment>,
    claims: Vec<Claim>,
) -> impl IntoView {
    let user = identity.user.clone();
    let (name, id) = (user.display_name(), user.id.clone());
    let impersonated = identity.is_impersonated();
    let deletion = match use_query_map().read_untracked().get_str("deletion") {
        Some("unknown") => Some(
            "AuthKit did not answer, so it is not known whether your account is deleted. Try again: nothing is deleted twice.",
        ),
        Some("another") => Some(
            "That page was of another account, which this browser is not signed in to any more. Nothing is deleted.",
        ),
        _ => None,
    };
    let verified = match user.email_verified {
        true => view! { <span class="status good small">"Verified"</span> },
        false => view! { <span class="status warn small">"Not verified"</span> },
    };
    view! {
        <div class="person">
            <Avatar user=user.clone() big=true />
            <div>
                <h1 dir="auto">{name.clone()}</h1>
                <p>{user.email.clone()}</p>
            </div>
        </div>
        <section class="section" aria-labelledby="profile">
            <div>
                <h2 id="profile">"Profile"</h2>
                <p>"As AuthKit describes you."</p>
            </div>
            <dl class="facts">
                <dt>"Name"</dt>
                <dd>{name}</dd>
                <dt>"Email"</dt>
                <dd>
                    <span class="row">{user.email} " " {verified}</span>
                </dd>
                <dt>"User id"</dt>
                <dd>
                    <Chip value=user.id what="user id" />
                </dd>
            </dl>
        </section>
        <section class="section" aria-labelledby="session">
            <div>
                <h2 id="session">"Session"</h2>
                <p>"The token is short-lived and renewed for you. The session lives on."</p>
            </div>
            <dl class="facts">
                <dt>"Session id"</dt>
                <dd>
                    <Chip value=identity.session_id.clone() what="session id" />
                </dd>
                <dt>"Token expires"</dt>
                <dd>
                    <Time moment=expires />
                </dd>
                <dt>"Signed in"</dt>
                <dd>
                    {signed_in.map(|moment| view! { <Time moment /> " " })}
                    {identity.authentication_method.as_ref().map(|it| format!("({})", it.as_str()))}
                </dd>
                <dt class="script">"Access token"</dt>
                <dd class="script">
                    <CopyAccessToken />
                    <p class="quiet small">
                        "For calling other services as you; this page fetches it only when you ask."
                    </p>
                </dd>
            </dl>
        </section>
        <section class="section" aria-labelledby="organization">
            <div>
                <h2 id="organization">"Organization"</h2>
                <p>
                    "What you may do in this session. "
                    <a href="/account/organizations">"Switch organization"</a>
                </p>
            </div>
            <Organization identity />
        </section>
        <section class="section" aria-labelledby="claims">
            <div>
                <h2 id="claims">"Claims"</h2>
                <p>
                    "What the verified access token says. The token itself is never in a page."
                </p>
            </div>
            <Claims claims label="claims" />
        </section>
        <section class="section" aria-labelledby="delete">
            <div>
                <h2 id="delete">"Delete account"</h2>
                <p>"Your sessions end at once, everywhere. It can’t be undone."</p>
            </div>
            <div class="stack">
                {deletion
                    .map(|said| {
                        view! {
                            <p role="alert" class="banner warning">
                                {said}
                            </p>
                        }
                    })}
                <div>
                    {match impersonated {
                        true => Either::Left("Only the user can do this, and you are signed in for them."),
                        false => Either::Right(view! {
                            // Not in the island, where it would be code that the browser loads.
                            <input type="hidden" name="user" value=id form="account-deletion" />
                            <AccountDeletion />
                        }),
                    }}
                </div>
            </div>
        </section>
    }
}

#[component]
fn Organization(identity: Identity) -> impl IntoView {
    let Some(id) = identity.organization_id else {
        return Either::Left(view! {
            <div class="empty">
                <h3>"No organization"</h3>
                <p class="quiet">
                    "This session belongs to no organization, so it has no role and no permissions. Ask an administrator for an invitation, then sign in again."
                </p>
            </div>
        });
    };
    Either::Right(view! {
        <dl class="facts">
            <dt>"Organization"</dt>
            <dd>
                <Chip value=id what="organization id" />
            </dd>
            <dt>{if identity.roles.len() > 1 { "Roles" } else { "Role" }}</dt>
            <dd>
                {if identity.roles.is_empty() {
                    "none".to_owned()
                } else {
                    identity.roles.join(", ")
                }}
            </dd>
            <dt>"Permissions"</dt>
            <dd>{tags(identity.permissions)}</dd>
            <dt>"Entitlements"</dt>
            <dd>{tags(identity.entitlements)}</dd>
            <dt>"Feature flags"</dt>
            <dd>{tags(identity.feature_flags)}</dd>
        </dl>
    })
}

fn tags(slugs: Vec<String>) -> impl IntoView {
    match slugs.is_empty() {
        true => Either::Left("none"),
        false => Either::Right(view! {
            <ul class="tags">
                {slugs.into_iter().map(|slug| view! { <li>{slug}</li> }).collect_view()}
            </ul>
        }),
    }
}
