//! The page on which a user switches to another of their organizations, `/account/organizations`.
//!
//! Plain forms: works without scripts.

use crate::ui::{Head, Message, Table};
use authkit_leptos::{Identity, Membership, SwitchOrganizationForm, server};
use axum::http::StatusCode;
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
};

/// For users only, as the account page. Rendered once AuthKit has answered, so that the list needs no script.
pub fn organizations() -> impl IntoView {
    server::page_user().ok().map(|identity| {
        let memberships = server::memberships();
        view! {
            <Head title="Your organizations" description="The organizations you belong to, and the one you are in." />
            <Suspense>
                {Suspend::new(async move {
                    let memberships = memberships.await.ok();
                    if memberships.is_none() {
                        server::set_status(StatusCode::SERVICE_UNAVAILABLE);
                    }
                    view! { <OrganizationsPage identity memberships /> }
                })}
            </Suspense>
        }
    })
}

/// The page. `memberships` is `None` when AuthKit did not answer.
#[component]
fn OrganizationsPage(identity: Identity, memberships: Option<Vec<Membership>>) -> impl IntoView {
    let Some(memberships) = memberships else {
        return EitherOf3::A(view! {
            <Message
                tone="warn"
                status="Unavailable"
                title="Your organizations can’t be listed right now"
                text=|| "AuthKit did not answer. You are still signed in. Wait a moment and try again."
            >
                <div class="row">
                    <a class="button primary big" href="">
                        "Try again"
                    </a>
                    " "
                    <a href="/account">"Back to your account"</a>
                </div>
            </Message>
        });
    };
    if memberships.is_empty() {
        return EitherOf3::B(view! {
            <Message
                status="No organization"
                title="You belong to no organization"
                text=|| "Ask an administrator of one for an invitation. It brings you here when you accept it."
            >
                <div class="row">
                    <a class="button primary big" href="/account">
                        "Back to your account"
                    </a>
                </div>
            </Message>
        });
    }
    let current = identity.organization_id;
    let rows = memberships
        .into_iter()
        .map(|membership| {
            let is_current = current.as_ref() == Some(&membership.organization_id);
            view! { <Row membership is_current /> }
        })
        .collect_view();
    let columns = ["Organization", "Your role", "Session"];
    EitherOf3::C(view! {
        <h1 id="organizations">"Your organizations"</h1>
        <section class="section" aria-labelledby="where">
            <div>
                <h2 id="where">"This session"</h2>
                <p>
                    "Is in one organization at a time, with the role and permissions you have there. "
                    <a href="/account">"Back to your account"</a>
                </p>
            </div>
            <Table label="organizations" columns rows />
        </section>
    })
}

#[component]
fn Row(membership: Membership, is_current: bool) -> impl IntoView {
    let Membership {
        organization_id,
        organization_name: name,
        role,
        ..
    } = membership;
    let label = format!("Switch to {name}");
    let choice = if is_current {
        Either::Left(view! { <span class="status good small">"You are here"</span> })
    } else {
        Either::Right(view! {
            <SwitchOrganizationForm organization_id>
                <button class="button" type="submit" aria-label=label>
                    "Switch"
                </button>
            </SwitchOrganizationForm>
        })
    };
    view! {
        <tr aria-current=is_current.then_some("true")>
            <th scope="row">{name}</th>
            <td>{role}</td>
            <td>{choice}</td>
        </tr>
    }
}
