//! The route table: which address shows which page, and who may see it.
//!
//! The process serves [`routes`], each in the document that [`shell`] makes, to whom [`protection`] lets. A
//! page's status is decided by its handler.

use crate::{
    account,
    admin::{self, Admin},
    debug::{self, DEBUG, PARTS},
    document::document,
    features::features,
    home, states,
    ui::{Layout, Notice, PRODUCT, request},
};
use authkit_app::PageContext;
use authkit_leptos::server::{self, Protection, guard::HasRole};
use authkit_live::STREAM;
use leptos::prelude::*;
use leptos_axum::{AxumRouteListing, generate_route_list_with_exclusions};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    any_nested_route::AnyNestedRoute,
    components::{FlatRoutes, Route, Router},
    path,
};

/// Every page is sent once it is complete. Streamed out of order, its late parts would need a script to be shown.
const WHOLE: SsrMode = SsrMode::Async;

/// The routes, collected once before serving; with those for developers, if `debug`.
pub fn routes(debug: bool) -> Vec<AxumRouteListing> {
    let absent = (!debug).then(|| vec![DEBUG.to_owned(), PARTS.to_owned()]);
    generate_route_list_with_exclusions(App, absent)
}

/// Who may see what: what is not public needs a sign-in, without a word in the page. Features add their own.
pub fn protection() -> Protection {
    Protection::new()
        .unauthenticated_paths(["/", "/account-deleted", DEBUG, PARTS])
        // Server functions, queries and mutations have guards of their own, and so has the stream.
        .unauthenticated_paths(["/api/**", STREAM])
        .require::<HasRole<Admin>>(["/admin/**"])
}

/// The document with the app in it.
pub fn shell(pages: &PageContext) -> impl IntoView + use<> {
    document(pages, App)
}

/// The document for an address without a route, which everybody may see. Without a router too: Leptos's resolves an
/// address such as `/x/%2e%2e/admin` before it compares it.
pub fn not_found(pages: &PageContext) -> impl IntoView + use<> {
    document(pages, || view! { <Frame>{states::not_found()}</Frame> })
}

/// All pages. None has another in it, which would take Leptos's `<Routes>`, and a twentieth more for each page.
#[component]
fn App() -> impl IntoView {
    view! {
        <Frame>
            <Router>
                <FlatRoutes fallback=states::not_found>
                    <Route path=path!("/") view=home::page ssr=WHOLE />
                    <Route path=path!("/account") view=account::page ssr=WHOLE />
                    <Route path=path!("/account/organizations") view=account::organizations ssr=WHOLE />
                    <Route path=path!("/admin") view=admin::page ssr=WHOLE />
                    <FeatureRoutes />
                    <Route path=path!("/debug/auth") view=debug::page ssr=WHOLE />
                    <Route path=path!("/debug/parts") view=debug::parts ssr=WHOLE />
                    <Route path=path!("/account-deleted") view=states::account_deleted ssr=WHOLE />
                    <Route path=path!("/confirm-sign-in") view=states::confirm_sign_in ssr=WHOLE />
                    <Route path=path!("/forbidden") view=states::forbidden ssr=WHOLE />
                    <Route path=path!("/signed-out") view=states::signed_out ssr=WHOLE />
                    <Route path=path!("/sign-in-failed") view=states::sign_in_failed ssr=WHOLE />
                    <Route path=path!("/unavailable") view=states::unavailable ssr=WHOLE />
                </FlatRoutes>
            </Router>
        </Frame>
    }
}

/// The pages of features.
#[component(transparent)]
fn FeatureRoutes() -> AnyNestedRoute {
    features().routes()
}

/// What is around each page.
#[component]
fn Frame(children: Children) -> impl IntoView {
    provide_meta_context();
    let notice = Notice {
        debug: debug::is_served().then_some(DEBUG),
        emulator_url: with_context(|pages: &PageContext| pages.emulator_url.clone()).flatten(),
    };
    let links = features().links().collect();
    view! {
        <Title formatter=|title: String| format!("{title} · {PRODUCT}") />
        <Layout auth=server::auth_state() notice links path=request::path()>
            {children()}
        </Layout>
    }
}

#[cfg(test)]
mod tests {
    use super::{SsrMode, routes};

    #[test]
    fn no_page_needs_a_script_to_show_what_it_waited_for() {
        let pages = routes(true);
        assert!(pages.len() > 10, "{pages:?}");
        for page in pages {
            assert_eq!(page.mode(), &SsrMode::Async, "{}", page.path());
        }
    }
}
