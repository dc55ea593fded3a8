//! The HTML document around every page, and its Content-Security-Policy.
//!
//! Takes the app as a parameter, which the route table passes. Knows no route and no page.

use authkit_leptos::{
    AuthState, WatchScripts, paths,
    server::{self, config::FrameAncestors},
};
use axum::http::{HeaderValue, header::CONTENT_SECURITY_POLICY, request::Parts};
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use leptos_meta::{HashedStylesheet, MetaTags};

/// Settings of the server that pages depend on.
#[derive(Clone, Debug)]
pub struct PageContext {
    /// The names of the site's files.
    pub options: LeptosOptions,
    /// Which sites may show pages in a frame.
    pub frame_ancestors: FrameAncestors,
    /// Origin of AuthKit's API, to which forms may lead.
    pub authkit_origin: String,
    /// Address of the emulator, when sign-in uses the one of this server.
    pub emulator_url: Option<String>,
    /// Whether the server has the debug page, [`DEBUG`](crate::debug::DEBUG).
    pub debug: bool,
}

/// The document with `app` as its body.
pub fn document<V: IntoView + 'static>(
    context: PageContext,
    app: impl FnOnce() -> V,
) -> impl IntoView {
    set_content_security_policy(&context);
    let options = context.options;
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <WatchScripts />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <HashedStylesheet options=options.clone() id="style" />
                {comes_back()}
                <AutoReload options=options.clone() />
                <HydrationScripts options islands=true />
                <MetaTags />
            </head>
            <body>
                {app()}
            </body>
        </html>
    }
}

/// Reloads a page without scripts every five seconds while the session can't be verified. With scripts the library
/// reloads it when that helps. Where scripts fail to run, [`WatchScripts`] takes this out of the `<noscript>`.
fn comes_back() -> Option<impl IntoView> {
    matches!(server::auth_state(), AuthState::Unavailable(_)).then(|| {
        view! {
            <noscript>
                <meta http-equiv="refresh" content="5" />
            </noscript>
        }
    })
}

/// Allows scripts with this page's nonce only, and nothing inline (CSP Level 3).
fn set_content_security_policy(context: &PageContext) {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    // `cargo leptos watch` sends its reload signal on a port of its own.
    let reload = match std::env::var("LEPTOS_WATCH") {
        Ok(_) => format!(
            " ws://localhost:{0} ws://127.0.0.1:{0}",
            context.options.reload_port
        ),
        Err(_) => String::new(),
    };
    // Browsers check each redirect that answers a form against form-action. Signing out and switching organizations
    // redirect to AuthKit, its custom domain, and customers' identity providers, whose addresses are not known here.
    let on_this_machine = match context.authkit_origin.strip_prefix("http://") {
        Some(host) => format!(" http://{host} http://localhost:* http://127.0.0.1:*"),
        None => String::new(),
    };
    // A sign-in that has to be confirmed may have been begun by another site: that site must not frame the page.
    let asks = use_context::<Parts>().is_some_and(|it| it.uri.path() == paths::CONFIRM_SIGN_IN);
    let frame_ancestors = match asks {
        true => FrameAncestors::default(),
        false => context.frame_ancestors.clone(),
    };
    let policy = format!(
        "default-src 'none'; \
         script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self' https:; connect-src 'self'{reload}; \
         form-action 'self' https:{on_this_machine}; base-uri 'none'; frame-ancestors {frame_ancestors}"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}
