//! The HTML document around every page, and its Content-Security-Policy.
//!
//! Takes the app as a parameter, which the route table passes. Knows no route and no page.

mod site_tags;

use authkit_leptos::{
    AuthState, paths,
    server::{self, config::FrameAncestors},
};
use axum::{
    extract::FromRef,
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY, request::Parts},
};
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;
use site_tags::SiteTags;
use std::{ops::Deref, sync::Arc};

/// Settings of the server that pages depend on. Clones share them.
#[derive(Clone, Debug)]
pub struct PageContext(Arc<Shared>);

/// What is in a [`PageContext`].
#[derive(Debug)]
pub struct Shared {
    /// What the server was told.
    pub settings: PageSettings,
    site_tags: SiteTags,
    /// The policy of every page, and of the one that no other site may show in a frame.
    policies: [Policy; 2],
}

/// What pages depend on.
#[derive(Debug)]
pub struct PageSettings {
    /// The names of the site's files.
    pub options: LeptosOptions,
    /// The public origin, such as `https://app.example.com`.
    pub origin: String,
    /// Which sites may show pages in a frame.
    pub frame_ancestors: FrameAncestors,
    /// Origin of AuthKit's API, to which forms may lead.
    pub authkit_origin: String,
    /// Address of the emulator, when sign-in uses the one of this server.
    pub emulator_url: Option<String>,
    /// Whether the server has the debug page, [`DEBUG`](crate::debug::DEBUG).
    pub debug: bool,
}

impl PageContext {
    /// With what is the same for every page made once.
    pub fn new(settings: PageSettings) -> Self {
        let policies = [settings.frame_ancestors.clone(), FrameAncestors::default()];
        Self(Arc::new(Shared {
            site_tags: SiteTags::new(&settings.options),
            policies: policies.map(|ancestors| Policy::new(&settings, &ancestors)),
            settings,
        }))
    }
}

/// Leptos's routes clone their state for each request: this one, which is cheap.
impl FromRef<PageContext> for LeptosOptions {
    fn from_ref(pages: &PageContext) -> Self {
        pages.options.clone()
    }
}

impl Deref for PageContext {
    type Target = PageSettings;

    fn deref(&self) -> &PageSettings {
        &self.0.settings
    }
}

/// The document with `app` as its body.
pub fn document<V: IntoView + 'static, App: FnOnce() -> V>(
    context: &PageContext,
    app: App,
) -> impl IntoView + use<V, App> {
    set_content_security_policy(context);
    let site_tags = context.0.site_tags.view();
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
    // A sign-in that has to be confirmed may have been begun by another site: that site must not frame the page.
    let asks = with_context::<Parts, _>(|it| it.uri.path() == paths::CONFIRM_SIGN_IN);
    let [every_page, in_no_frame] = &context.0.policies;
    let policy = if asks == Some(true) {
        in_no_frame
    } else {
        every_page
    };
    if let Ok(policy) = HeaderValue::from_str(&policy.for_page(&nonce)) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// A Content-Security-Policy, but for the nonce.
#[derive(Debug)]
struct Policy {
    after_nonce: String,
}

impl Policy {
    fn new(pages: &PageSettings, frame_ancestors: &FrameAncestors) -> Self {
        // `cargo leptos watch` sends its reload signal on a port of its own.
        let reload = match std::env::var("LEPTOS_WATCH") {
            Ok(_) => format!(
                " ws://localhost:{0} ws://127.0.0.1:{0}",
                pages.options.reload_port
            ),
            Err(_) => String::new(),
        };
        // Browsers check each redirect that answers a form against form-action. Signing out and switching organizations
        // redirect to AuthKit, its custom domain, and customers' identity providers, whose addresses are not known here.
        let on_this_machine = match pages.authkit_origin.strip_prefix("http://") {
            Some(host) => format!(" http://{host} http://localhost:* http://127.0.0.1:*"),
            None => String::new(),
        };
        let after_nonce = format!(
            "' 'strict-dynamic' 'wasm-unsafe-eval'; \
             style-src 'self'; img-src 'self' https:; connect-src 'self'{reload}; \
             form-action 'self' https:{on_this_machine}; base-uri 'none'; frame-ancestors {frame_ancestors}"
        );
        Self { after_nonce }
    }

    fn for_page(&self, nonce: &str) -> String {
        format!(
            "default-src 'none'; script-src 'nonce-{nonce}{}",
            self.after_nonce
        )
    }
}
