//! The home page, `/`: an introduction for signed-out visitors, and a greeting for signed-in users.

use super::island::AuthPanel;
use crate::ui::Head;
use authkit_app::{fixed, load_early};
use authkit_leptos::{
    AuthLoading, AuthState, Authenticated, SignInLink, Unauthenticated, use_auth,
};
use leptos::prelude::*;

/// A step of a sign-in: the request or its part, the result, and what it is for.
type Step = (&'static str, &'static str, &'static str);

const SIGN_IN: [Step; 4] = [
    (
        "GET /sign-in",
        "302",
        "A PKCE verifier and a random state are made. They stay in a sealed cookie of this browser.",
    ),
    (
        "GET AuthKit",
        "200",
        "You enter your password there. This app never sees it.",
    ),
    (
        "GET /callback",
        "302",
        "The code becomes a token, the token is checked, and the session is sealed into a cookie.",
    ),
    ("GET /", "200", "This page again, and it knows your name."),
];

const KNOWING: [Step; 4] = [
    (
        "Cookie",
        "wos-session",
        "Your browser sent the sealed session. The server opened it.",
    ),
    (
        "Access token",
        "RS256",
        "Its signature, issuer, client and dates were checked with AuthKit’s public keys.",
    ),
    (
        "HTML",
        "200",
        "This page was rendered with the answer already in it.",
    ),
    (
        "Island",
        "use_auth()",
        "The panel above starts from the same answer, so nothing flashes.",
    ),
];

/// For everybody.
pub fn page() -> impl IntoView {
    view! {
        <Head title="Home" description="A web app in Rust with a login by WorkOS AuthKit: sign in, and this page greets you by name." listed=true />
        <HomePage />
    }
}

#[component]
fn HomePage() -> impl IntoView {
    view! {
        <Unauthenticated>
            <Stranger />
        </Unauthenticated>
        <Authenticated>
            <Greeting />
        </Authenticated>
        <AuthLoading>
            <Unsure />
        </AuthLoading>
    }
}

#[component]
fn Stranger() -> impl IntoView {
    view! {
        <div class="split">
            <div class="lead">
                <p class="status">"Signed out"</p>
                <h1>"This page doesn’t know you yet"</h1>
                <p>
                    "authkit-leptos signs people in to Leptos apps through WorkOS AuthKit. Sign in, and this same page greets you by name."
                </p>
                <div class="row">
                    <SignInLink {..} class="button primary big">
                        "Sign in to this page"
                    </SignInLink>
                </div>
            </div>
            {fixed!(<Trace title="One sign-in, four requests" steps=SIGN_IN />)}
        </div>
        <div class="split">
            {fixed!(<Source />)}
            <section aria-labelledby="facts">
                <h2 id="facts">"What you can rely on"</h2>
                <dl class="facts">
                    <dt>"The session"</dt>
                    <dd>"One cookie, sealed with AES-256-GCM, that scripts can’t read."</dd>
                    <dt>"Tokens"</dt>
                    <dd>"Checked on every request. None is ever in a page."</dd>
                    <dt>"An outage"</dt>
                    <dd>"If AuthKit can’t be reached, nobody is signed out."</dd>
                    <dt>"JavaScript"</dt>
                    <dd>"Not needed to sign in, read a page or sign out."</dd>
                </dl>
            </section>
        </div>
    }
}

#[component]
fn Greeting() -> impl IntoView {
    let name = use_auth().with_untracked(|auth| {
        let identity = auth.identity();
        identity.map(|identity| identity.user.greeting_name())
    });
    view! {
        <div class="split">
            <div class="lead">
                <p class="status good">"Signed in"</p>
                <h1>"Hello, " <bdi>{name}</bdi></h1>
                <p>
                    "The server knew who you are before it sent the first byte of this page. No JavaScript was involved."
                </p>
                <div class="row">
                    <a class="button primary big" href="/live">
                        "See live numbers"
                    </a>
                    <a href="/account">"Open your account"</a>
                </div>
            </div>
            <section class="card panel" aria-labelledby="live">
                <h2 id="live">"Auth state in the browser"</h2>
                {load_early("AuthPanel")} <AuthPanel />
            </section>
        </div>
        <div class="split">
            {fixed!(<Trace title="How this page knew" steps=KNOWING />)}
            {fixed!(<Source />)}
        </div>
    }
}

#[component]
fn Unsure() -> impl IntoView {
    let last_known = use_auth().with_untracked(|auth| match auth {
        AuthState::Unavailable(Some(user)) => Some(user.display_name()),
        _ => None,
    });
    let last_known = last_known.map(|name| format!("You were {name} when it was last checked. "));
    view! {
        <div class="lead">
            <p class="status warn">"Unavailable"</p>
            <h1>"We can’t check who you are right now"</h1>
            <p>
                {last_known} "You have not been signed out. This page tries again by itself."
            </p>
            <div class="row">
                <a class="button primary big" href="/">
                    "Try again"
                </a>
            </div>
        </div>
    }
}

#[component]
fn Trace(title: &'static str, steps: [Step; 4]) -> impl IntoView {
    let steps = steps.map(|(what, result, why)| {
        view! {
            <li>
                <p class="step">
                    <code>{what}</code>
                    " "
                    <span class="num">{result}</span>
                </p>
                <p>{why}</p>
            </li>
        }
    });
    view! {
        <section aria-labelledby="trace">
            <h2 id="trace">{title}</h2>
            <ol class="trace">{steps.into_iter().collect_view()}</ol>
        </section>
    }
}

/// The source that makes such a page, with the names of the library in bold.
#[component]
fn Source() -> impl IntoView {
    let name = |tag: &'static str| view! { <b>{tag}</b> };
    view! {
        <section aria-labelledby="code">
            <h2 id="code">"What you write"</h2>
            <pre class="source" tabindex="0" aria-labelledby="code">
                <code>
                    "view! {\n  " {name("<Authenticated>")} "\n    <p>\"Hello, \" {name}</p>\n    "
                    {name("<SignOutForm>")} "\n      <button>\"Sign out\"</button>\n    "
                    {name("</SignOutForm>")} "\n  " {name("</Authenticated>")} "\n  "
                    {name("<Unauthenticated>")} "\n    " {name("<SignInLink>")} "\"Sign in\""
                    {name("</SignInLink>")} "\n  " {name("</Unauthenticated>")} "\n}"
                </code>
            </pre>
        </section>
    }
}
