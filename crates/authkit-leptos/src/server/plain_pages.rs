//! Pages of the login for apps that have none of their own: `/signed-out`, `/sign-in-failed` and `/confirm-sign-in`; and
//! what the protection by path shows instead of a page.
//!
//! Put around an app by [`AuthKit::protect`](super::AuthKit::protect), and shown where the app answers 404. Plain HTML
//! with one style, nothing in it that is not escaped, and no script but the line that tells other tabs of a sign-out.

use super::{caller::Caller, origin::is_navigation, sign_in_failed::SignInFailed};
use crate::{auth::AuthState, channel, hints::Hints, paths};
use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::LazyLock};

const STYLE: &str = "\
    :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }\
    body { max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem }\
    h1 { font-size: 1.5rem; line-height: 1.25 }\
    button, .button { font: inherit; padding: .5rem 1rem; border: 1px solid; border-radius: .5rem;\
      background: none; color: inherit; text-decoration: none; cursor: pointer }\
    a { color: inherit }\
    p:last-child { margin-top: 1.5rem }\
    code { overflow-wrap: anywhere }";

/// Tells the app's pages in other tabs that the session has ended, so that they ask the server at once. Without it they would
/// ask when they are next looked at.
static TELL_TABS: LazyLock<String> = LazyLock::new(|| {
    let (name, said) = (channel::NAME, channel::SIGNED_OUT);
    format!("new BroadcastChannel({name:?}).postMessage({said:?})")
});

/// Nothing but that style and script. What the form leads to may be on any host.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         frame-ancestors 'none'",
        hash(STYLE),
        hash(&TELL_TABS),
    );
    HeaderValue::from_str(&policy).expect("a policy of visible ASCII")
});

/// What a page is about.
enum Page {
    SignedOut {
        /// AuthKit could not be reached: its session may live on.
        still_at_authkit: bool,
    },
    SignInFailed(Box<SignInFailed>),
    ConfirmSignIn {
        /// The fields of the form: those of the sign-in.
        fields: Vec<(&'static str, String)>,
        hints: Box<Hints>,
        /// The address of who is signed in.
        email: Option<String>,
    },
    /// Instead of a page that the user may not see.
    Forbidden,
    /// Instead of a page that is for its user only, whose session can't be checked.
    Unavailable,
}

/// The page for a user who may not see the one they asked for.
pub(super) fn forbidden() -> Response {
    Page::Forbidden.into_response()
}

/// The page for a user whose session can't be checked now.
pub(super) fn unavailable() -> Response {
    Page::Unavailable.into_response()
}

/// The app, with a page of the login where it has none.
pub(super) fn around<S: Clone + Send + Sync + 'static>(app: Router<S>) -> Router<S> {
    app.layer(from_fn(where_there_are_none))
}

/// Passes a request on, and shows a page of the login where the app has none there.
async fn where_there_are_none(request: Request, next: Next) -> Response {
    let is_asked_for = request.method() == Method::GET && is_navigation(request.headers());
    let caller = request.extensions().get::<Caller>();
    let state = caller.map_or(AuthState::SignedOut, Caller::state);
    let page = is_asked_for.then(|| Page::at(&request, &state)).flatten();
    let response = next.run(request).await;
    let Some(page) = page.filter(|_| response.status() == StatusCode::NOT_FOUND) else {
        return response;
    };
    match page {
        // The page is for a browser without a session.
        Page::SignedOut { .. } if state.identity().is_some() => Redirect::to("/").into_response(),
        page => page.into_response(),
    }
}

impl Page {
    fn at(request: &Request, state: &AuthState) -> Option<Self> {
        let uri = request.uri();
        let query = uri.query().unwrap_or_default();
        let query: HashMap<_, _> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let get = |name: &str| query.get(name).cloned();
        Some(match uri.path() {
            paths::SIGNED_OUT => {
                let (name, value) = paths::STILL_AT_AUTHKIT;
                Self::SignedOut {
                    still_at_authkit: get(name).as_deref() == Some(value),
                }
            }
            paths::SIGN_IN_FAILED => {
                Self::SignInFailed(Box::new(SignInFailed::of(uri, request.extensions())))
            }
            paths::CONFIRM_SIGN_IN => {
                let hints = Hints::read(get);
                let own = ["screen", "return_to", "state"]
                    .into_iter()
                    .filter_map(|name| Some((name, get(name)?)));
                let fields = own.chain(hints.pairs().map(|(name, value)| (name, value.to_owned())));
                Self::ConfirmSignIn {
                    fields: fields.collect(),
                    email: state.identity().map(|identity| identity.user.email.clone()),
                    hints: Box::new(hints),
                }
            }
            _ => return None,
        })
    }

    fn title(&self) -> &'static str {
        match self {
            Self::SignedOut { .. } => "You are signed out",
            Self::SignInFailed(failed) => failed.title,
            Self::ConfirmSignIn { .. } => "Do you want to sign in like this?",
            Self::Forbidden => "You may not see this page",
            Self::Unavailable => "Your session can’t be checked right now",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::SignInFailed(failed) => failed.status(),
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::OK,
        }
    }

    fn body(&self) -> Markup {
        match self {
            Self::SignedOut { still_at_authkit } => html! {
                script { (PreEscaped(TELL_TABS.as_str())) }
                p { "Your session here has ended." }
                @if *still_at_authkit {
                    p {
                        "AuthKit does not answer right now, so its own session in this browser may still be alive: the "
                        "next person who signs in here could be let in as you, without a question. On a computer that "
                        "others use, come back later, sign in, and sign out once more."
                    }
                }
                p { a.button href=(paths::SIGN_IN) { "Sign in again" } " " a href="/" { "Go home" } }
            },
            Self::SignInFailed(failed) => html! {
                p { (failed.text) }
                p { small { "Code: " code { (failed.reason) } } }
                p {
                    a.button href=(failed.try_again) { (failed.try_again_says) }
                    " " a href="/" { "Go home" }
                }
            },
            Self::ConfirmSignIn {
                fields,
                hints,
                email,
            } => html! {
                @if hints.max_age.is_some() && hints.pairs().count() == 1 {
                    p { "The page that you are going to wants a sign-in of the last minutes. Go on if that is what you want." }
                } @else {
                    p {
                        "A link from outside of this app asks for a sign-in with these choices. Go on only if you expected \
                         it."
                    }
                }
                ul {
                    @for (name, value) in hints.pairs() {
                        li { (name.replace('_', " ")) ": " code { (value.chars().take(80).collect::<String>()) } }
                    }
                }
                @if let Some(email) = email {
                    p {
                        "You are signed in as " strong { (email) } ". This may sign you in as somebody else, or move you "
                        "to another organization."
                    }
                }
                form method="post" action=(paths::CONTINUE_SIGN_IN) {
                    @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                    p { button type="submit" { "Go on to sign in" } " " a href="/" { "Go home" } }
                }
            },
            Self::Forbidden => html! {
                p { "You are signed in, and your account may not see it. An administrator can change that." }
                form method="post" action=(paths::SIGN_OUT) {
                    p { a.button href="/" { "Go home" } " " button type="submit" { "Sign out" } }
                }
            },
            Self::Unavailable => html! {
                p { "AuthKit does not answer, so this app can’t be sure who you are. You have not been signed out." }
                p { a.button href="" { "Try again" } " " a href="/" { "Go home" } }
            },
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title()) }
                    link rel="icon" href="data:,";
                    style { (PreEscaped(STYLE)) }
                }
                body { main { h1 { (self.title()) } (self.body()) } }
            }
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        // What the page says stands in its address, so the status is all that is left to add.
        (self.status(), headers, page).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn asked(uri: &str) -> Request {
        Request::get(uri).body(Body::empty()).unwrap()
    }

    #[test]
    fn what_stands_in_the_address_is_escaped() {
        let uri = "/confirm-sign-in?login_hint=%3Cscript%3E&return_to=%22%3E%3Cb%3E";
        let page = Page::at(&asked(uri), &AuthState::SignedOut).unwrap();
        let html = page.body().into_string();
        assert!(html.contains("&lt;script&gt;"), "{html}");
        assert!(
            !html.contains("<script>") && !html.contains("<b>"),
            "{html}"
        );
    }

    #[test]
    fn other_addresses_have_no_page() {
        for path in ["/", "/signed-out/", "/sign-in", "/signed-outs"] {
            assert!(Page::at(&asked(path), &AuthState::SignedOut).is_none());
        }
    }
}
