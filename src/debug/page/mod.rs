//! The handlers of the debug page: GET is a page of the app, POST is its form.
//!
//! The answer to the form is the same page, with what is known of the token. A token must never be in a URL, and
//! never be in the answer.

mod parts;
mod view;

use super::{DEBUG, is_served};
use crate::states::not_found;
use crate::ui::Head;
use authkit_app::{AppRoute, PageContext};
use authkit_leptos::server;
use axum::{
    Form,
    body::Body,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
    routing::post,
};
use leptos::{either::Either, prelude::*};
use secrecy::SecretString;
use serde::Deserialize;
use view::DebugPage;

/// The form.
#[derive(Deserialize)]
struct Pasted {
    #[serde(default)]
    token: String,
}

/// The token of the form, which the page shows the contents of.
#[derive(Clone)]
struct PastedToken(SecretString);

/// The page, on servers that have it.
pub fn page() -> impl IntoView {
    where_served(debug)
}

/// The page of parts, on the same servers.
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
    let inspection = server::inspect();
    let pasted = use_context::<PastedToken>().map(|PastedToken(token)| server::examine(token));
    view! {
        <Head title="Session and tokens" description="What this server knows of a session or of a token." />
        <Suspense>
            {Suspend::new(async move {
                let pasted = match pasted {
                    Some(examined) => examined.await,
                    None => None,
                };
                inspection.await.map(|inspection| view! { <DebugPage inspection pasted /> })
            })}
        </Suspense>
    }
}

/// The route of the form, on servers that have the page. `shell` renders the app.
pub fn routes<V: IntoView + 'static>(
    debug: bool,
    shell: impl Fn(&PageContext) -> V + Clone + Send + Sync + 'static,
) -> Vec<AppRoute> {
    let form = AppRoute::new(DEBUG, |pages| {
        let pages = pages.clone();
        post(move |request| check_pasted(pages.clone(), shell.clone(), request))
    });
    debug.then_some(form).into_iter().collect()
}

/// Answers the form.
async fn check_pasted<V: IntoView + 'static>(
    pages: PageContext,
    shell: impl Fn(&PageContext) -> V + Clone + Send + Sync + 'static,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let form = Request::from_parts(parts.clone(), body);
    let token = match Form::<Pasted>::from_request(form, &()).await {
        Ok(Form(Pasted { token })) => PastedToken(token.trim().into()),
        Err(rejection) => return rejection.into_response(),
    };
    let context = {
        let pages = pages.clone();
        move || {
            provide_context(pages.clone());
            provide_context(token.clone());
        }
    };
    let render = leptos_axum::render_app_async_with_context(context, move || shell(&pages));
    render(Request::from_parts(parts, Body::empty())).await
}
