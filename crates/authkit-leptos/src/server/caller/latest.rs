//! [`Latest`]: the caller of a request after the session was renewed within it, so that the rest of the request goes by the
//! new token.
//!
//! Put into each request by the layer, empty. Written where the app renews a session; the layer's own answer stays as it is.

use super::kinds::Caller;
use http::Extensions;
use std::sync::{Arc, OnceLock};

/// The callers that followed the one the layer found, in order. Clones share them.
#[derive(Clone, Default)]
pub(in crate::server) struct Latest(Arc<Link>);

#[derive(Default)]
struct Link(OnceLock<(Caller, Box<Link>)>);

impl Latest {
    /// The caller is this one from now on.
    pub fn set(&self, caller: Caller) {
        let mut link = &*self.0;
        let mut next = (caller, Box::default());
        while let Err(not_set) = link.0.set(next) {
            next = not_set;
            let Some((_, after)) = link.0.get() else {
                return;
            };
            link = after;
        }
    }

    fn get(&self) -> Option<&Caller> {
        let mut latest = None;
        let mut link = &*self.0;
        while let Some((caller, after)) = link.0.get() {
            latest = Some(caller);
            link = after;
        }
        latest
    }
}

impl Caller {
    /// Who sent the request with these extensions, as of now: guards go by this one, and so does whatever is made for the same
    /// person. The extension itself is who sent it as the layer has found out, before the app renewed the session within the
    /// request. `None` outside of the layer.
    ///
    /// ```
    /// # use authkit_leptos::server::Caller;
    /// let organization = |request: &http::request::Parts| {
    ///     let caller = Caller::latest(&request.extensions)?.identity().ok()??;
    ///     caller.organization_id().map(str::to_owned)
    /// };
    /// # let (outside, ()) = http::Request::new(()).into_parts();
    /// # assert_eq!(organization(&outside), None);
    /// ```
    #[must_use]
    pub fn latest(extensions: &Extensions) -> Option<&Self> {
        let renewed = extensions.get::<Latest>().and_then(Latest::get);
        renewed.or_else(|| extensions.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_callers_the_last_counts_in_every_clone() {
        let nobody = |ended: &str| Caller::Nobody {
            ended: Some(ended.to_owned()),
        };
        let latest = Latest::default();
        let mut extensions = Extensions::new();
        extensions.insert(latest.clone());
        assert!(Caller::latest(&extensions).is_none());
        extensions.insert(nobody("found"));
        for id in ["found", "first", "second", "third"] {
            let caller = Caller::latest(&extensions).unwrap();
            assert_eq!(caller.session_id(), Some(id));
            latest.set(nobody(match id {
                "found" => "first",
                "first" => "second",
                _ => "third",
            }));
        }
    }
}
