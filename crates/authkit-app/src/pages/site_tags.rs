//! [`SiteTags`]: the tags in the head of every page that name the site's files, made once and not for each page.
//!
//! Leptos's components for them read `hash.txt` from the disk each time: twice a page, a fifth of the time that a page takes.
//! Made when the server starts; [`PageContext`](super::PageContext) gives it to documents. Goes when Leptos remembers the names itself.

use authkit_leptos::WatchScripts;
use leptos::{WasmSplitManifest, config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos::{nonce::provide_nonce, tachys::html::InertElement};
use leptos_meta::HashedStylesheet;
use std::{fmt, sync::Arc};

/// The tags, with a gap for each use of a page's nonce.
#[derive(Clone)]
pub struct SiteTags {
    pieces: Arc<[String]>,
    /// Which parts of the WASM there are to load early.
    parts: Option<WasmSplitManifest>,
}

impl SiteTags {
    /// The tags for the files of this site. Scripts are for a page of islands.
    pub fn new(options: &LeptosOptions) -> Self {
        Owner::new().with(|| {
            provide_nonce();
            let options = options.clone();
            let tags = view! {
                <WatchScripts />
                <HashedStylesheet options=options.clone() id="style" />
                <AutoReload options=options.clone() />
                <HydrationScripts options islands=true />
            };
            let html = tags.to_html();
            let nonce = use_nonce().map(|nonce| nonce.to_string());
            let pieces = match &nonce {
                Some(nonce) => html.split(nonce.as_str()).map(str::to_owned).collect(),
                None => Arc::from([html]),
            };
            let parts = use_context::<WasmSplitManifest>();
            Self { pieces, parts }
        })
    }

    /// The tags, with the nonce of the page that is being rendered.
    pub fn view(&self) -> impl IntoView + use<> {
        // What Leptos's component does beside its tags: what is outside of islands is not brought to life.
        if let Some(page) = Owner::current_shared_context() {
            page.set_is_hydrating(false);
        }
        if let Some(parts) = &self.parts {
            provide_context(parts.clone());
        }
        let nonce = use_nonce().map(|nonce| nonce.to_string());
        InertElement::new(self.pieces.join(&nonce.unwrap_or_default()))
    }
}

impl fmt::Debug for SiteTags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SiteTags({:?})", self.pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_its_own_nonce_in_the_tags_and_no_other() {
        let options = LeptosOptions::builder().output_name("app").build();
        let tags = SiteTags::new(&options);
        let page = || {
            Owner::new().with(|| {
                provide_nonce();
                let nonce = use_nonce().unwrap().to_string();
                (tags.view().to_html(), nonce)
            })
        };
        let ((first, nonce), (second, other)) = (page(), page());
        assert_ne!(nonce, other);
        assert_eq!(first.replace(&nonce, &other), second);
        assert!(first.contains(&format!("nonce=\"{nonce}\"")), "{first}");
        assert!(
            first.contains("/pkg/app.css") && first.contains("/pkg/app.js"),
            "{first}"
        );
    }
}
