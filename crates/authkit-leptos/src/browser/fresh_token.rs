//! An access token with time left: the page's own, or one fetched from the server.
//!
//! Called by `use_access_token`. Any number of callers at the same time make one call.

use super::{ask, page::Page, stopwatch::Stopwatch, token::Kept};
use crate::error::AuthError;
use leptos::wasm_bindgen::JsValue;
use std::rc::Rc;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// A token with fewer seconds left is fetched again,
const SOON: f64 = 20.0;
/// and so is one with less than this share of its life.
const SHARE: f64 = 0.1;

/// The access token of a page, with time left.
///
/// # Errors
/// [`AuthError::SignedOut`], or why the server did not give one.
pub async fn fresh_token(page: Rc<Page>) -> Result<String, AuthError> {
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
            // The session is another user's by now, and the page is about to find out.
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
