//! What a server knows of a session or of a token, for a page of developers; and the tables in it, for any page.
//!
//! An app puts [`Inspect`] into a page of its own and [`inspect_form`] beside it, both where only developers come. A token
//! is never in a URL, and never in an answer.

mod claims;
mod table;
mod view;

pub use claims::{Claim, Claims, claims};
pub use table::Table;
pub use view::ShowId;

use crate::{app::AppRoute, app_context::AppContext, pages::PageContext};
use authkit_leptos::server;
use axum::{
    Form,
    body::Body,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use leptos::prelude::*;
use secrecy::SecretString;
use serde::Deserialize;
use view::Found;

/// The form.
#[derive(Deserialize)]
struct Pasted {
    #[serde(default)]
    token: String,
}

/// The token of the form, which the page shows the contents of.
#[derive(Clone)]
struct PastedToken(SecretString);

/// Whom this server takes the caller for, and why; and a box to check any other token. `path` is the page's own, where
/// [`inspect_form`] answers the box. Nothing, where pages for developers are not served
/// ([`PageSettings::debug`](crate::PageSettings::debug)).
///
/// It has a heading of the first level, and the classes of the template's style sheet: `stack`, `section`, `facts`,
/// `status`, `field`, `hint`, `button`, `table`.
///
/// ```
/// use authkit_app::inspect::Inspect;
/// use leptos::prelude::*;
///
/// fn page() -> impl IntoView {
///     let show_id = |id: String, _what: &'static str| view! { <code>{id}</code> }.into_any();
///     view! { <Inspect path="/debug" show_id /> }
/// }
/// ```
#[component]
pub fn Inspect(
    /// The address of the page, such as `/debug/auth`.
    path: &'static str,
    /// How an id looks.
    show_id: ShowId,
) -> impl IntoView {
    let is_served = with_context(|pages: &PageContext| pages.debug).unwrap_or_default();
    is_served.then(|| view! { <Inspection path show_id /> })
}

#[component]
fn Inspection(path: &'static str, show_id: ShowId) -> impl IntoView {
    let inspection = server::inspect();
    let pasted = use_context::<PastedToken>().map(|PastedToken(token)| server::examine(token));
    view! {
        <Suspense>
            {Suspend::new(async move {
                let pasted = match pasted {
                    Some(examined) => examined.await,
                    None => None,
                };
                inspection.await.map(|inspection| view! { <Found path show_id inspection pasted /> })
            })}
        </Suspense>
    }
}

/// The route of the form in [`Inspect`], without a method where that is not served. `shell` renders the app, as
/// [`App::shell`](crate::App::shell) does.
pub fn inspect_form<V: IntoView + 'static>(
    path: &'static str,
    shell: impl Fn(&PageContext) -> V + Clone + Send + Sync + 'static,
) -> AppRoute {
    AppRoute::new(path, |context| {
        if !context.pages.debug {
            return MethodRouter::new();
        }
        let context = context.clone();
        post(move |request| check_pasted(context.clone(), shell.clone(), request))
    })
}

/// Answers the form.
async fn check_pasted<V: IntoView + 'static>(
    context: AppContext,
    shell: impl Fn(&PageContext) -> V + Clone + Send + Sync + 'static,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let form = Request::from_parts(parts.clone(), body);
    let token = match Form::<Pasted>::from_request(form, &()).await {
        Ok(Form(Pasted { token })) => PastedToken(token.trim().into()),
        Err(rejection) => return rejection.into_response(),
    };
    let pages = context.pages.clone();
    let provide = move || {
        context.provide();
        provide_context(token.clone());
    };
    let render = leptos_axum::render_app_async_with_context(provide, move || shell(&pages));
    render(Request::from_parts(parts, Body::empty())).await
}
