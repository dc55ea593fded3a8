//! The route table: which address shows which page, and with what status.

use super::{PageContext, RefusedForms, account::account_page};
use crate::app::{
    DEBUG,
    numbers::{LiveIntroduction, LivePage, LiveUnavailable, NumbersError, model::ListNumbers},
    pages::{
        ConfirmSignInPage, HomePage, NotFoundPage, OrganizationsPage, RefusedPage,
        SignInFailedPage, SignedOutPage, UnavailablePage,
    },
    parts::{Layout, Notice},
};
use authkit_leptos::server;
use authkit_leptos::{AuthError, AuthState, Hints, ReturnTo, SignInFailure, paths};
use authkit_live::server::Live;
use axum::http::{StatusCode, request::Parts};
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
    server_fn::error::ServerFnUrlError,
};
use leptos_axum::{AxumRouteListing, generate_route_list_with_exclusions};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    hooks::use_query_map,
    path,
};
use std::time::{SystemTime, UNIX_EPOCH};

/// The routes, collected once before serving.
pub fn routes(pages: &PageContext) -> Vec<AxumRouteListing> {
    let absent = (!pages.debug).then(|| vec![DEBUG.to_owned()]);
    generate_route_list_with_exclusions(App, absent)
}

/// Every page there is.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let context = use_context::<PageContext>();
    let notice = Notice {
        debug: has_debug_page(),
        emulator_url: context.and_then(|context| context.emulator_url),
    };
    view! {
        <Title formatter=|title: String| format!("{title} · authkit-leptos") />
        <Router>
            <Layout auth=server::auth_state() notice path=request_path()>
                <Routes fallback=not_found>
                    <Route path=path!("/") view=home />
                    <Route path=path!("/account") view=account />
                    <Route
                        path=path!("/account/organizations")
                        view=organizations
                        ssr=SsrMode::Async
                    />
                    <Route path=path!("/live") view=live ssr=SsrMode::Async />
                    <Route path=path!("/debug/auth") view=debug ssr=SsrMode::Async />
                    <Route path=path!("/confirm-sign-in") view=confirm_sign_in />
                    <Route path=path!("/signed-out") view=signed_out />
                    <Route path=path!("/sign-in-failed") view=sign_in_failed />
                </Routes>
            </Layout>
        </Router>
    }
}

fn home() -> impl IntoView {
    view! {
        <Title text="Home" />
        <HomePage />
    }
}

/// Only for the user themselves: somebody signed out is sent to sign in and comes back here.
fn account() -> impl IntoView {
    match server::page_user() {
        Ok(identity) => Either::Left(view! {
            <Title text="Account" />
            {account_page(identity)}
        }),
        Err(error) => Either::Right(instead(error)),
    }
}

/// Only for the user themselves. Rendered when AuthKit has answered, so that it needs no script.
fn organizations() -> impl IntoView {
    match server::page_user() {
        Ok(identity) => {
            let memberships = server::memberships();
            Either::Left(view! {
                <Title text="Your organizations" />
                <Suspense>
                    {Suspend::new(async move {
                        let memberships = memberships.await.ok();
                        if memberships.is_none() {
                            set_status(503);
                        }
                        view! { <OrganizationsPage identity memberships /> }
                    })}
                </Suspense>
            })
        }
        Err(error) => Either::Right(instead(error)),
    }
}

/// The list is for those who are signed in; everybody else is told what it is. Rendered with the list in
/// it, so that it needs no script.
fn live() -> impl IntoView {
    match (server::auth_state(), use_context::<Live>()) {
        (AuthState::SignedIn(_), Some(live)) => {
            // Who was signed out then has signed in since.
            let is_past = |problem: &_| *problem == NumbersError::Auth(AuthError::SignedOut);
            let problem = problem_with_form().filter(|problem| !is_past(problem));
            let ticket = use_query_map().read_untracked().get("refused");
            let refused = ticket.zip(RefusedForms::of_session());
            let preloaded = live.preload(ListNumbers::default());
            EitherOf3::A(view! {
                <Title text="Live numbers" />
                <Suspense>
                    {Suspend::new(async move {
                        let refused = match refused {
                            Some((ticket, (forms, session_id))) => {
                                forms.take(&session_id, &ticket).await
                            }
                            None => None,
                        };
                        let (problem, typed) = match refused {
                            Some(form) => (NumbersError::from_code(&form.reason), form.typed),
                            None => (problem, String::new()),
                        };
                        match preloaded.await {
                            Ok(preloaded) => {
                                Either::Left(
                                    view! { <LivePage preloaded now=now() problem typed /> },
                                )
                            }
                            Err(_) => Either::Right(view! { <LiveUnavailable /> }),
                        }
                    })}
                </Suspense>
            })
        }
        (AuthState::Unavailable(_), _) => {
            set_status(503);
            EitherOf3::B(instead(AuthError::Unavailable))
        }
        _ => EitherOf3::C(view! {
            <Title text="Live numbers" />
            <LiveIntroduction problem=problem_with_form() />
        }),
    }
}

/// What the address says went wrong with a plain form that left nothing: in the words of the feature while the
/// database is away, or in those of Leptos for a form that was refused before it came to the feature.
fn problem_with_form() -> Option<NumbersError> {
    let query = use_query_map().read_untracked();
    let refused = || {
        query
            .get("__err")
            .map(|error| ServerFnUrlError::decode_err(&error))
    };
    match query.get("problem") {
        Some(code) => NumbersError::from_code(&code),
        None => refused(),
    }
}

/// Seconds since the epoch.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

/// What is shown instead of a page that is for its user only.
fn instead(error: AuthError) -> impl IntoView {
    match error {
        // Led to sign in.
        AuthError::SignedOut => EitherOf3::A(()),
        AuthError::Unavailable => EitherOf3::B(view! {
            <Title text="Temporarily unavailable" />
            <UnavailablePage path=request_path() request_id=request_id() />
        }),
        error => EitherOf3::C(view! {
            <Title text="Not for this caller" />
            <RefusedPage error request_id=request_id() />
        }),
    }
}

/// Only for somebody who is: anybody else is led home.
fn signed_out() -> impl IntoView {
    if matches!(server::auth_state(), AuthState::SignedIn(_)) {
        server::redirect("/");
    }
    let (name, value) = paths::STILL_AT_AUTHKIT;
    let query = use_query_map().read_untracked();
    let still_at_authkit = query.get_str(name) == Some(value);
    view! {
        <Title text="Signed out" />
        <SignedOutPage still_at_authkit />
    }
}

fn confirm_sign_in() -> impl IntoView {
    let query = use_query_map().read_untracked();
    let get = |name: &str| query.get(name);
    view! {
        <Title text="Sign in?" />
        <ConfirmSignInPage
            auth=server::auth_state()
            screen=get("screen")
            return_to=get("return_to")
            hints=Hints::read(get)
        />
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

#[cfg(any(debug_assertions, feature = "emulator"))]
fn debug() -> impl IntoView {
    match has_debug_page() {
        true => Either::Left(super::debug::debug()),
        false => Either::Right(not_found()),
    }
}

/// Nothing is there where nobody develops.
#[cfg(not(any(debug_assertions, feature = "emulator")))]
use not_found as debug;

fn has_debug_page() -> bool {
    use_context::<PageContext>().is_some_and(|context| context.debug)
}

fn not_found() -> impl IntoView {
    set_status(404);
    view! {
        <Title text="Page not found" />
        <NotFoundPage path=request_path() />
    }
}

/// With `Retry-After` where it is 503.
fn set_status(status: u16) {
    if let Ok(status) = StatusCode::from_u16(status) {
        server::set_status(status);
    }
}

fn request_path() -> String {
    use_context::<Parts>().map_or_else(|| "/".to_owned(), |parts| parts.uri.path().to_owned())
}

/// What support can find this request in the log by.
fn request_id() -> Option<String> {
    let parts = use_context::<Parts>()?;
    let id = parts.headers.get("x-request-id")?.to_str().ok()?;
    Some(id.to_owned())
}
