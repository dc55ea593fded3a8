//! [`Token`]: the access token, in the memory of one page for as long as it is good.
//!
//! Fetched when somebody asks, once for all who ask at the same time. Never written anywhere.

use super::{ask, page::Page, stopwatch::Stopwatch};
use crate::{AccessToken, AuthError};
use leptos::wasm_bindgen::JsValue;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// A token with fewer seconds left is fetched again,
const SOON: f64 = 20.0;
/// and so is one with less than this share of its life.
const SHARE: f64 = 0.1;

/// What the page knows about its access token.
#[derive(Default)]
pub struct Token {
    kept: RefCell<Option<Kept>>,
    /// The call that is under way. A promise, because any number of callers can wait for one.
    call: RefCell<Option<js_sys::Promise>>,
    /// Why the last call brought no token.
    refusal: RefCell<Option<AuthError>>,
    /// Counts the sessions: a token that arrives after its session ended is thrown away.
    session: Cell<u32>,
}

struct Kept {
    token: AccessToken,
    /// Since before it was asked for.
    since: Stopwatch,
}

impl Kept {
    fn seconds_left(&self) -> f64 {
        self.life() - self.since.seconds()
    }

    /// Seconds, far below 2⁵³.
    #[allow(clippy::cast_precision_loss)]
    fn life(&self) -> f64 {
        self.token.expires_in as f64
    }
}

impl Token {
    /// A token with time left.
    pub async fn get(page: Rc<Page>) -> Result<String, AuthError> {
        let this = &page.token;
        if let Some(token) = this.with_time_left(|life| SOON.max(SHARE * life)) {
            return Ok(token);
        }
        let under_way = this.call.borrow().clone();
        let call = under_way.unwrap_or_else(|| {
            let call = future_to_promise(fetch(Rc::clone(&page)));
            this.call.replace(Some(call.clone()));
            call
        });
        let _ = JsFuture::from(call).await;
        this.with_time_left(|_| 0.0).ok_or_else(|| {
            let refusal = this.refusal.borrow().clone();
            refusal.unwrap_or(AuthError::Unavailable)
        })
    }

    /// The session changed or ended: its token is nobody's any more.
    pub fn forget(&self) {
        self.session.set(self.session.get().wrapping_add(1));
        self.kept.replace(None);
        self.call.replace(None);
        self.refusal.replace(None);
    }

    /// The token, if it has more seconds left than `enough` says of its life.
    fn with_time_left(&self, enough: impl Fn(f64) -> f64) -> Option<String> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref()?;
        (kept.seconds_left() > enough(kept.life())).then(|| kept.token.token.clone())
    }
}

async fn fetch(page: Rc<Page>) -> Result<JsValue, JsValue> {
    let this = &page.token;
    let session = this.session.get();
    let since = Stopwatch::start();
    let answer = ask::access_token().await;
    if session == this.session.get() {
        this.call.replace(None);
        match answer {
            Ok(token) if page.is_made_for(&token) => {
                this.refusal.replace(None);
                this.kept.replace(Some(Kept { token, since }));
            }
            // Somebody else is signed in by now, and this page is about to find out.
            Ok(_) => {
                this.kept.replace(None);
                this.refusal.replace(Some(AuthError::SignedOut));
                page.ask_soon();
            }
            Err(refusal) => {
                if refusal == AuthError::SignedOut {
                    this.kept.replace(None);
                    page.ask_soon();
                }
                // A token that is still good is given all the same.
                this.refusal.replace(Some(refusal));
            }
        }
    }
    Ok(JsValue::UNDEFINED)
}
