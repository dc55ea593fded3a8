//! `/debug/auth`, in development only: the session, its token, and a box for any other token.
//!
//! GET is a page like the others. POST is the box's form: the same page, with the token it was sent. A
//! token must never be in a URL, and never comes back in the answer.

mod view;

use super::{PageContext, shell};
use authkit_leptos::server;
use axum::{
    Form,
    body::Body,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use leptos_meta::Title;
use secrecy::SecretString;
use serde::Deserialize;
use view::DebugPage;

/// The box's form.
#[derive(Deserialize)]
struct Pasted {
    #[serde(default)]
    token: String,
}

/// The token in the box, for the page to look at.
#[derive(Clone)]
struct PastedToken(SecretString);

/// The page.
pub fn debug() -> impl IntoView {
    let inspection = server::inspect();
    let pasted = use_context::<PastedToken>().map(|PastedToken(token)| server::examine(token));
    view! {
        <Title text="Session and tokens" />
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

/// Answers the form.
pub async fn check_pasted(pages: PageContext, request: Request) -> Response {
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
    let render = leptos_axum::render_app_async_with_context(context, move || shell(pages.clone()));
    render(Request::from_parts(parts, Body::empty())).await
}
