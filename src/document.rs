//! The HTML document around every page.
//!
//! Takes the app as a parameter, which the route table passes. Knows no route and no page.

use authkit_app::PageContext;
use authkit_leptos::{AuthState, server};
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The document with `app` as its body.
pub fn document<V: IntoView + 'static, App: FnOnce() -> V>(
    context: &PageContext,
    app: App,
) -> impl IntoView + use<V, App> {
    context.set_content_security_policy();
    let site_tags = context.site_tags();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                {site_tags}
                {comes_back()}
                <MetaTags />
            </head>
            <body>
                {app()}
            </body>
        </html>
    }
}

/// Reloads a page without scripts every five seconds while the session can't be verified. With scripts the library
/// reloads it when that helps. Where scripts fail to run, [`WatchScripts`](authkit_leptos::WatchScripts) takes this out of
/// the `<noscript>`.
fn comes_back() -> Option<impl IntoView> {
    matches!(server::auth_state(), AuthState::Unavailable(_)).then(|| {
        view! {
            <noscript>
                <meta http-equiv="refresh" content="5" />
            </noscript>
        }
    })
}
