//! [`Tabs`]: what the pages of this app in one browser tell each other, over a `BroadcastChannel`.
//!
//! A page says which session it knows of. Nobody believes it: hearing of another one is a reason to
//! ask the server, and nothing else.

use crate::{auth::AuthState, channel};
use leptos::wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

/// The other tabs.
pub struct Tabs(Option<BroadcastChannel>);

impl Tabs {
    /// Joins them. A browser without `BroadcastChannel`, or one that forbids it, has no other tabs.
    pub fn join(heard: impl Fn(String) + 'static) -> Self {
        let channel = BroadcastChannel::new(channel::NAME).ok();
        if let Some(channel) = &channel {
            let listener = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
                if let Some(session) = message.data().as_string() {
                    heard(session);
                }
            });
            channel.set_onmessage(Some(listener.into_js_value().unchecked_ref()));
        }
        Self(channel)
    }

    /// Tells them which session this page knows of.
    pub fn tell(&self, state: &AuthState) {
        if let (Some(channel), Some(session)) = (&self.0, session(state)) {
            let _ = channel.post_message(&JsValue::from_str(&session));
        }
    }

    /// Leaves them.
    pub fn leave(&self) {
        if let Some(channel) = &self.0 {
            channel.set_onmessage(None);
            channel.close();
        }
    }
}

/// A session within its organization; empty for no session, `None` when it can't be known.
pub fn session(state: &AuthState) -> Option<String> {
    match state {
        AuthState::SignedIn(identity) => {
            let organization = identity.organization_id.as_deref().unwrap_or_default();
            Some(format!("{} {organization}", identity.session_id))
        }
        AuthState::SignedOut => Some(channel::SIGNED_OUT.to_owned()),
        AuthState::Unavailable(_) => None,
    }
}
