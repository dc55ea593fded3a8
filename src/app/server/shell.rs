//! The HTML document around every page, and the policy for what it may load.

use super::routes::App;
use authkit_leptos::server::{self, config::FrameAncestors};
use authkit_leptos::{AuthState, WatchScripts, paths};
use axum::http::{HeaderValue, header::CONTENT_SECURITY_POLICY, request::Parts};
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use leptos_meta::{HashedStylesheet, MetaTags};

/// What every page is rendered with, besides the request.
#[derive(Clone, Debug)]
pub struct PageContext {
    /// Names of the site's files.
    pub options: LeptosOptions,
    /// Which sites may show pages in a frame.
    pub frame_ancestors: FrameAncestors,
    /// Where AuthKit's API is: forms may lead there.
    pub authkit_origin: String,
    /// The emulator's address, when sign-in uses the one that runs beside the server.
    pub emulator_url: Option<String>,
    /// Whether there is a page for developers, [`DEBUG`](crate::app::DEBUG).
    pub debug: bool,
}

/// The document.
pub fn shell(context: PageContext) -> impl IntoView {
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
                <App />
            </body>
        </html>
    }
}

/// A page that can't know who is there is asked for again, until it can. With scripts the
/// library does that, and only when it helps; where they don't run, [`WatchScripts`] takes this out of its wrapping.
fn comes_back() -> Option<impl IntoView> {
    matches!(server::auth_state(), AuthState::Unavailable(_)).then(|| {
        view! {
            <noscript>
                <meta http-equiv="refresh" content="5" />
            </noscript>
        }
    })
}

/// Scripts with this page's nonce only, and nothing inline (CSP Level 3).
fn set_content_security_policy(context: &PageContext) {
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    // The reload signal of `cargo leptos watch` has a port of its own.
    let reload = match std::env::var("LEPTOS_WATCH") {
        Ok(_) => format!(
            " ws://localhost:{0} ws://127.0.0.1:{0}",
            context.options.reload_port
        ),
        Err(_) => String::new(),
    };
    // Browsers hold each redirect that answers a form against form-action: signing out and switching pass AuthKit, its
    // own domain, and customers' identity providers, whose addresses nobody can list.
    let on_this_machine = match context.authkit_origin.strip_prefix("http://") {
        Some(host) => format!(" http://{host} http://localhost:* http://127.0.0.1:*"),
        None => String::new(),
    };
    // The page that asks whether a sign-in was meant is there because another site may have begun it.
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
