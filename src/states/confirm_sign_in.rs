//! `/confirm-sign-in`: asks before a sign-in continues that no page of this app has begun, and says what it would do.
//!
//! A plain form with one button: works without scripts.

use crate::ui::Head;
use authkit_leptos::{AuthState, Hints, paths, server};
use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_query_map;

/// The address has what the link asked for.
pub fn confirm_sign_in() -> impl IntoView {
    let query = use_query_map().read_untracked();
    let get = |name: &str| query.get(name);
    view! {
        <Head title="Sign in?" description="Asks before a sign-in that was not begun here." />
        <ConfirmSignInPage
            auth=server::auth_state()
            screen=get("screen")
            return_to=get("return_to")
            state=get("state")
            hints=Hints::read(get)
        />
    }
}

/// `screen`, `return_to`, `state` and `hints` are those of the sign-in.
#[component]
fn ConfirmSignInPage(
    auth: AuthState,
    screen: Option<String>,
    return_to: Option<String>,
    state: Option<String>,
    hints: Hints,
) -> impl IntoView {
    let fields = [
        ("screen", screen),
        ("return_to", return_to),
        ("state", state),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)));
    let fields: Vec<_> = fields
        .chain(hints.pairs().map(|(name, value)| (name, value.to_owned())))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    let facts: Vec<_> = said(&hints)
        .into_iter()
        .map(|(what, value)| {
            view! {
                <dt>{what}</dt>
                <dd>
                    <code>{value}</code>
                </dd>
            }
        })
        .collect();
    let (what, facts) = match facts.is_empty() {
        true => ("a sign-in", None),
        false => (
            "a sign-in with these choices",
            Some(view! { <dl class="codes">{facts}</dl> }),
        ),
    };
    let signed_in = auth.identity().map(|identity| {
        let email = identity.user.email.clone();
        view! {
            <p>
                "You are signed in as " <strong>{email}</strong>
                ". This may sign you in as somebody else, or move you to another organization."
            </p>
        }
    });
    let confirms_only = hints.max_age.is_some() && hints.pairs().count() == 1;
    if confirms_only {
        return Either::Left(view! {
            <div class="message">
                <p class="status warn">"Sign in again"</p>
                <h1>"Confirm that it is you"</h1>
                <p>"The page that you are going to wants a sign-in of the last minutes. Go on if that is what you want."</p>
                <form class="row" method="post" action=paths::CONTINUE_SIGN_IN>
                    {fields}
                    <button class="button primary big" type="submit">
                        "Go on to sign in"
                    </button>
                    " "
                    <a href="/">"Go home"</a>
                </form>
            </div>
        });
    }
    Either::Right(view! {
        <div class="message">
            <p class="status warn">"Not begun here"</p>
            <h1>"Do you want to sign in like this?"</h1>
            <p>"A link from outside of this app asks for " {what} ". Go on only if you expected it."</p>
            {facts}
            {signed_in}
            <form class="row" method="post" action=paths::CONTINUE_SIGN_IN>
                {fields}
                <button class="button primary big" type="submit">
                    "Go on to sign in"
                </button>
                " "
                <a href="/">"Go home"</a>
            </form>
        </div>
    })
}

/// The choices that the link makes, with labels.
fn said(hints: &Hints) -> Vec<(&'static str, String)> {
    let said = [
        ("Join by invitation", &hints.invitation_token),
        ("Organization", &hints.organization_id),
        ("Sign in through the connection", &hints.connection_id),
        ("Sign in with a company account at", &hints.domain_hint),
        ("Sign in with", &hints.provider),
        ("Sign in as", &hints.login_hint),
    ];
    said.into_iter()
        .filter_map(|(what, value)| Some((what, shortened(value.as_deref()?))))
        .collect()
}

/// The beginning of a value, long enough to recognize it.
fn shortened(value: &str) -> String {
    const SHOWN: usize = 80;
    let mut shown: String = value.chars().take(SHOWN).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    shown
}
