//! Ways in and out: plain links and a plain form, which work before the WASM arrives and without it.

use super::here::{following, here};
use crate::{
    functions::SwitchToOrganization,
    paths::{self, ReturnTo, with_parameter},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// Where these lead: AuthKit's pages show themselves in no frame. In a window without frames it is the window itself.
const WHOLE_WINDOW: &str = "_top";

/// A link that starts a sign-in and comes back to `return_to`, or else to the page it stands on. In an app with
/// client-side routing that is the page the router shows (feature `router`).
///
/// ```
/// # use authkit_leptos::{ReturnTo, SignInLink};
/// # use leptos::prelude::*;
/// fn ways_in() -> impl IntoView {
///     view! {
///         <SignInLink>"Sign in"</SignInLink>
///         <SignInLink return_to=ReturnTo::or_home(Some("/account"))>"Your account"</SignInLink>
///         <SignInLink max_age=300>"Confirm that it is you"</SignInLink>
///     }
/// }
/// ```
#[component]
pub fn SignInLink(
    /// Where to go afterwards.
    #[prop(optional, into)]
    return_to: Option<ReturnTo>,
    /// For a user who is signed in: they are asked again, if they have not signed in within so many seconds.
    #[prop(optional)]
    max_age: Option<u64>,
    /// What the app's `on_sign_in` is told: 2,048 bytes at most.
    #[prop(optional, into)]
    state: Option<String>,
    children: Children,
) -> impl IntoView {
    // `external` keeps Leptos's router from looking for a page of its own there.
    let href = following(move || {
        let start = return_to.clone().unwrap_or_else(here).on(paths::SIGN_IN);
        let start = with_optional(
            start,
            "max_age",
            max_age.map(|it| it.to_string()).as_deref(),
        );
        with_optional(start, "state", state.as_deref())
    });
    view! { <a href=href rel="external nofollow" target=WHOLE_WINDOW>{children()}</a> }
}

fn with_optional(address: String, name: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => with_parameter(&address, name, value),
        None => address,
    }
}

/// A link that starts a sign-in on the sign-up screen and comes back to `return_to`, or else to the
/// page it stands on.
///
/// ```
/// # use authkit_leptos::SignUpLink;
/// # use leptos::prelude::*;
/// fn way_in() -> impl IntoView {
///     view! { <SignUpLink>"Create an account"</SignUpLink> }
/// }
/// ```
#[component]
pub fn SignUpLink(
    /// Where to go afterwards.
    #[prop(optional, into)]
    return_to: Option<ReturnTo>,
    children: Children,
) -> impl IntoView {
    let href = following(move || return_to.clone().unwrap_or_else(here).on(paths::SIGN_UP));
    view! { <a href=href rel="external nofollow" target=WHOLE_WINDOW>{children()}</a> }
}

/// A form that signs out and leads to `return_to`, or else to the signed-out page; its children are the form's content and
/// need a submit button.
///
/// ```
/// # use authkit_leptos::{ReturnTo, SignOutForm};
/// # use leptos::prelude::*;
/// fn ways_out() -> impl IntoView {
///     view! {
///         <SignOutForm><button>"Sign out"</button></SignOutForm>
///         <SignOutForm return_to=ReturnTo::home()><button>"Go home, signed out"</button></SignOutForm>
///     }
/// }
/// ```
#[component]
pub fn SignOutForm(
    /// Where to go afterwards. One registration at WorkOS, of `/signed-out`, is enough.
    #[prop(optional, into)]
    return_to: Option<ReturnTo>,
    children: Children,
) -> impl IntoView {
    let return_to =
        return_to.map(|it| view! { <input type="hidden" name="return_to" value=it.to_string() /> });
    view! {
        <form method="post" action=paths::SIGN_OUT target=WHOLE_WINDOW>
            {return_to}
            {children()}
        </form>
    }
}

/// A form that moves the session to another organization and comes back to the page it stands on, or
/// to where the organization wants the user to go first. Its children are the form's content and need
/// a submit button.
///
/// ```
/// # use authkit_leptos::{Membership, SwitchOrganizationForm};
/// # use leptos::prelude::*;
/// fn switch_to(it: Membership) -> impl IntoView {
///     view! {
///         <SwitchOrganizationForm organization_id=it.organization_id>
///             <button>{it.organization_name}</button>
///         </SwitchOrganizationForm>
///     }
/// }
/// ```
#[component]
pub fn SwitchOrganizationForm(
    /// `org_…`.
    #[prop(into)]
    organization_id: String,
    children: Children,
) -> impl IntoView {
    let return_to = following(|| here().to_string());
    view! {
        <form method="post" action=SwitchToOrganization::PATH target=WHOLE_WINDOW>
            <input type="hidden" name="organization_id" value=organization_id />
            <input type="hidden" name="return_to" value=return_to />
            {children()}
        </form>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use axum::http::Request;

    #[test]
    fn a_link_carries_the_state_of_the_app() {
        let html = Owner::new().with(|| {
            let state = "plan=pro & \"more\"";
            view! { <SignInLink return_to=ReturnTo::home() state>"In"</SignInLink> }.to_html()
        });
        let href = r#"href="/sign-in?state=plan%3Dpro%20%26%20%22more%22""#;
        assert!(html.contains(href), "{html}");
    }

    #[test]
    fn a_form_names_the_organization_and_the_page_it_stands_on() {
        let request = Request::get("/account?tab=2").body(()).unwrap();
        let html = Owner::new().with(|| {
            provide_context(request.into_parts().0);
            view! {
                <SwitchOrganizationForm organization_id="org_1">
                    <button>"Switch"</button>
                </SwitchOrganizationForm>
            }
            .to_html()
        });
        for part in [
            r#"<form method="post" action="/auth/switch-organization" target="_top">"#,
            r#"name="organization_id" value="org_1""#,
            r#"name="return_to" value="/account?tab=2""#,
            "<button>Switch</button>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
