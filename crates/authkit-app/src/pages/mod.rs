//! [`PageContext`]: what pages depend on beside their request.
//!
//! The process makes one and gives it to every page; an app's document asks it for its tags and its policy. Has nothing of a
//! session.

mod early_parts;
mod options;
mod page_settings;
mod policy;
mod site_tags;

pub use early_parts::load_early;
pub use options::leptos_options;
pub use page_settings::PageSettings;

use authkit_leptos::{paths, server::config::FrameAncestors};
use axum::{
    extract::FromRef,
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY, request::Parts},
};
use leptos::{IntoView, config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use policy::Policy;
use site_tags::SiteTags;
use std::{ops::Deref, sync::Arc};

/// What is the same for every page of a server. Clones share it.
#[derive(Clone, Debug)]
pub struct PageContext(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: PageSettings,
    site_tags: SiteTags,
    /// The policy of every page, and of the one that no other site may show in a frame.
    policies: [Policy; 2],
}

impl PageContext {
    /// With what is the same for every page made once.
    pub(crate) fn new(settings: PageSettings) -> Self {
        let policies = [settings.frame_ancestors.clone(), FrameAncestors::default()];
        Self(Arc::new(Shared {
            site_tags: SiteTags::new(&settings.options),
            policies: policies.map(|ancestors| Policy::new(&settings, &ancestors)),
            settings,
        }))
    }

    /// The tags that name the site's files: stylesheet, scripts and WASM, with the nonce of the page that is being
    /// rendered. For the `<head>` of a document of islands.
    pub fn site_tags(&self) -> impl IntoView + use<> {
        self.0.site_tags.view()
    }

    /// Gives the answer that is being rendered its Content-Security-Policy (CSP Level 3): scripts run with this page's
    /// nonce only, and nothing inline. Does nothing where no page is being rendered.
    pub fn set_content_security_policy(&self) {
        let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
            return;
        };
        // A sign-in that has to be confirmed may have been begun by another site: that site must not frame the page.
        let asks = with_context::<Parts, _>(|it| it.uri.path() == paths::CONFIRM_SIGN_IN);
        let [every_page, in_no_frame] = &self.0.policies;
        let policy = if asks == Some(true) {
            in_no_frame
        } else {
            every_page
        };
        if let Ok(policy) = HeaderValue::from_str(&policy.for_page(&nonce)) {
            response.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
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
