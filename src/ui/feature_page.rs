//! [`FeaturePage`]: the page of a feature: what it shows to whom, and what is shown while it can't be.
//!
//! Called by the routes of features.

use super::{Head, Message};
use crate::states;
use authkit_app::load_early;
use authkit_leptos::{AuthError, Identity, SignInLink, server::auth_state};
use authkit_live::{
    PageStart, Preloaded, Refused,
    server::{List, Opened, Query, live_page},
};
use leptos::prelude::*;

/// The page of a query. Each case but the first has words of its own already.
#[must_use]
pub struct FeaturePage<Q: Query> {
    title: &'static str,
    description: Option<&'static str>,
    listed: bool,
    query: Q,
    island: Option<&'static str>,
    ready: Box<dyn FnOnce(Preloaded<Q>, PageStart) -> AnyView + Send>,
    signed_out: fn(Option<String>) -> AnyView,
    refused: fn(AuthError) -> AnyView,
    unavailable: &'static str,
}

impl<Q: Query> FeaturePage<Q> {
    /// A page with an island for users, which is given the answer, and what the page's forms start from.
    pub fn new<V: IntoView + 'static>(
        title: &'static str,
        query: Q,
        ready: impl FnOnce(Preloaded<Q>, PageStart) -> V + Send + 'static,
    ) -> Self {
        Self {
            title,
            description: None,
            listed: false,
            query,
            island: None,
            ready: Box::new(move |preloaded, start| ready(preloaded, start).into_any()),
            signed_out,
            refused,
            unavailable: "This can’t be shown right now",
        }
    }

    /// A page of a list whose rows the server renders, for users: shows the answer.
    pub fn list<V: IntoView + 'static>(
        title: &'static str,
        query: Q,
        ready: fn(Preloaded<Q>) -> V,
    ) -> Self
    where
        Q: List,
    {
        Self::new(title, query, move |preloaded, _| ready(preloaded)).island("LiveRows")
    }

    /// What the page is about, in a sentence.
    pub fn description(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// Search engines may list the page: it is for strangers, too.
    pub fn listed(mut self) -> Self {
        self.listed = true;
        self
    }

    /// The lazy island that the page has for users: the browser loads its part of the WASM with the page.
    pub fn island(mut self, name: &'static str) -> Self {
        self.island = Some(name);
        self
    }

    /// For visitors who are not signed in, with what went wrong with a form that they sent all the same.
    pub fn signed_out(mut self, view: fn(Option<String>) -> AnyView) -> Self {
        self.signed_out = view;
        self
    }

    /// For users who do not pass the query's guard, and why. By default those whose sign-in is too old are led to a new one, those
    /// whose session is in no organization to choose one, and others read that they lack a right.
    pub fn refused(mut self, view: fn(AuthError) -> AnyView) -> Self {
        self.refused = view;
        self
    }

    /// The heading while the database does not answer.
    pub fn unavailable(mut self, title: &'static str) -> Self {
        self.unavailable = title;
        self
    }

    /// The page.
    pub fn view(self) -> impl IntoView {
        let (ready, signed_out, refused) = (self.ready, self.signed_out, self.refused);
        let Self {
            title,
            description,
            listed,
            island,
            unavailable,
            ..
        } = self;
        let shown = move |opened| match opened {
            Opened::Ready(preloaded, start) => {
                (island.map(load_early), ready(preloaded, start)).into_any()
            }
            Opened::SignedOut(start) => {
                let form = start.refused;
                signed_out(form.map(|form| format!("Nothing was changed. {}", form.refused)))
            }
            Opened::Refused(why) => refused(why),
            Opened::SessionUnavailable => states::unavailable().into_any(),
            Opened::DatabaseUnavailable(form) => {
                view! { <Unavailable title=unavailable form /> }.into_any()
            }
        };
        view! {
            <Head title description listed />
            {live_page(self.query, shown)}
        }
    }
}

fn signed_out(problem: Option<String>) -> AnyView {
    view! {
        <Message
            status="Signed out"
            title="Sign in to see this page"
            text=move || problem.clone().unwrap_or_default()
        >
            <div class="row">
                <SignInLink {..} class="button primary big">
                    "Sign in"
                </SignInLink>
            </div>
        </Message>
    }
    .into_any()
}

fn refused(why: AuthError) -> AnyView {
    let auth = auth_state();
    let is_in_one = |me: &Identity| me.organization_id.is_some();
    match why {
        AuthError::SignInTooOld { max_age } => view! { <Confirm max_age /> }.into_any(),
        _ if auth.identity().is_some_and(is_in_one) => states::forbidden().into_any(),
        _ => states::no_organization().into_any(),
    }
}

/// For users who have signed in too long ago.
#[component]
fn Confirm(max_age: u64) -> impl IntoView {
    view! {
        <Message
            status="Signed in a while ago"
            title="Confirm that it is you"
            text=|| "This page is shown to those only who have signed in just now."
        >
            <div class="row">
                <SignInLink max_age {..} class="button primary big">
                    "Sign in again"
                </SignInLink>
            </div>
        </Message>
    }
}

/// When the database does not answer, and what came of a form that was sent then.
#[component]
fn Unavailable(title: &'static str, form: Option<Refused>) -> impl IntoView {
    let text = form.map_or_else(
        || "The database did not answer. Wait a moment and try again.".to_owned(),
        |form| form.message,
    );
    view! {
        <Message
            tone="warn"
            status="Unavailable"
            title
            text=move || text.clone()
        >
            <div class="row">
                // The same address, with all that is in it.
                <a class="button primary big" href="">
                    "Try again"
                </a>
                " "
                <a href="/">"Go home"</a>
            </div>
        </Message>
    }
}
