//! [`Policy`]: the Content-Security-Policy of pages, but for the nonce of each.
//!
//! Made when the server starts; [`PageContext`](super::PageContext) gives it to answers.

use super::page_settings::PageSettings;
use authkit_leptos::server::config::FrameAncestors;

/// A Content-Security-Policy, but for the nonce.
#[derive(Debug)]
pub struct Policy {
    after_nonce: String,
}

impl Policy {
    /// The policy of pages that these sites may show in a frame.
    pub fn new(pages: &PageSettings, frame_ancestors: &FrameAncestors) -> Self {
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

    /// The policy of a page with this nonce.
    pub fn for_page(&self, nonce: &str) -> String {
        format!(
            "default-src 'none'; script-src 'nonce-{nonce}{}",
            self.after_nonce
        )
    }
}
