//! The route table: which address shows which page.
//!
//! The router of the process serves [`routes`], each in the document that [`shell`] makes. A page's status, and
//! who may see it, is decided by its handler.

use crate::{
    account,
    debug::{self, DEBUG},
    document::{PageContext, document},
    home, numbers, states,
    ui::{Layout, Notice, request},
};
use authkit_leptos::server;
use leptos::prelude::*;
use leptos_axum::{AxumRouteListing, generate_route_list_with_exclusions};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// The routes, collected once before serving.
pub fn routes(pages: &PageContext) -> Vec<AxumRouteListing> {
    let absent = (!pages.debug).then(|| vec![DEBUG.to_owned()]);
    generate_route_list_with_exclusions(App, absent)
}

/// The document with the app in it.
pub fn shell(pages: PageContext) -> impl IntoView {
    document(pages, App)
}

/// All pages.
#[component]
fn App() -> impl IntoView {
    provide_meta_context();
    let context = use_context::<PageContext>();
    let notice = Notice {
        debug: debug::is_served().then_some(DEBUG),
        emulator_url: context.and_then(|context| context.emulator_url),
    };
    view! {
        <Title formatter=|title: String| format!("{title} · authkit-leptos") />
        <Router>
            <Layout auth=server::auth_state() notice path=request::path()>
                <Routes fallback=states::not_found>
                    <Route path=path!("/") view=home::page />
                    <Route path=path!("/account") view=account::page />
                    <Route path=path!("/account/organizations") view=account::organizations ssr=SsrMode::Async />
                    <Route path=path!("/live") view=numbers::page ssr=SsrMode::Async />
                    <Route path=path!("/debug/auth") view=debug::page ssr=SsrMode::Async />
                    <Route path=path!("/account-deleted") view=states::account_deleted />
                    <Route path=path!("/confirm-sign-in") view=states::confirm_sign_in />
                    <Route path=path!("/signed-out") view=states::signed_out />
                    <Route path=path!("/sign-in-failed") view=states::sign_in_failed />
                </Routes>
            </Layout>
        </Router>
    }
}
