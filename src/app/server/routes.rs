//! The route table: which address shows which page.

use super::PageContext;
use crate::{
    app::{
        pages::{AccountPage, HomePage, NotFoundPage, SignInFailedPage, SignedOutPage, UnavailablePage},
        parts::{Layout, Notice},
    },
    authkit::{AuthError, ReturnTo, SignInFailure, paths, server},
};
use axum::http::{StatusCode, request::Parts};
use leptos::{either::Either, prelude::*};
use leptos_axum::{AxumRouteListing, ResponseOptions, generate_route_list};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{Route, Router, Routes},
    hooks::use_query_map,
    path,
};

/// The routes, collected once before serving.
pub fn routes() -> Vec<AxumRouteListing> {
    generate_route_list(App)
}

/// Every page there is.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let notice = Notice {
        emulator_url: use_context::<PageContext>().and_then(|context| context.emulator_url),
    };
    view! {
        <Title formatter=|title: String| match title.as_str() {
            "" => "authkit-leptos".to_owned(),
            title => format!("{title} · authkit-leptos"),
        } />
        <Router>
            <Layout auth=server::auth_state() notice>
                <Routes fallback=not_found>
                    <Route path=path!("/") view=home />
                    <Route path=path!("/account") view=account />
                    <Route path=path!("/signed-out") view=signed_out />
                    <Route path=path!("/sign-in-failed") view=sign_in_failed />
                </Routes>
            </Layout>
        </Router>
    }
}

fn home() -> impl IntoView {
    view! {
        <Title text="" />
        <HomePage />
    }
}

/// Only for the user themselves: somebody signed out is sent to sign in and comes back here.
fn account() -> impl IntoView {
    match server::page_user() {
        Ok(identity) => {
            let claims = server::verified_claims()
                .and_then(|claims| serde_json::to_value(&*claims).ok())
                .and_then(|claims| claims.as_object().cloned())
                .into_iter()
                .flatten()
                .map(|(name, value)| match value {
                    serde_json::Value::String(text) => (name, text),
                    other => (name, other.to_string()),
                })
                .collect();
            Either::Left(view! {
                <Title text="Account" />
                <AccountPage identity claims />
            })
        }
        Err(AuthError::SignedOut) => Either::Right(None),
        Err(_) => Either::Right(Some(view! {
            <Title text="Temporarily unavailable" />
            <UnavailablePage />
        })),
    }
}

fn signed_out() -> impl IntoView {
    view! {
        <Title text="Signed out" />
        <SignedOutPage />
    }
}

fn sign_in_failed() -> impl IntoView {
    let query = use_query_map().read_untracked();
    let failure = SignInFailure::from_code(&query.get("reason").unwrap_or_default());
    let return_to = ReturnTo::or_home(query.get("return_to").as_deref());
    set_status(failure.status());
    view! {
        <Title text=failure.explanation().title />
        <SignInFailedPage failure return_to request_id=request_id() />
    }
}

fn not_found() -> impl IntoView {
    set_status(404);
    view! {
        <Title text="Page not found" />
        <NotFoundPage />
    }
}

fn set_status(status: u16) {
    if let (Some(response), Ok(status)) = (
        use_context::<ResponseOptions>(),
        StatusCode::from_u16(status),
    ) {
        response.set_status(status);
    }
}

/// What support can find this request in the log by.
fn request_id() -> Option<String> {
    let parts = use_context::<Parts>()?;
    let id = parts.headers.get("x-request-id")?.to_str().ok()?;
    Some(id.to_owned())
}
