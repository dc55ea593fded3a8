//! The address bar: reads it when somebody goes back or forward, and writes it when arguments change.
//!
//! Called by `crate::address_bar`. Browsers refuse to have it changed too often (`WebKit`: 100 times in 30 seconds), so
//! what is typed is written once it has settled. Never loads a page.

use super::settling::Settling;
use crate::{
    address::{Arguments, FromAddress},
    address_bar::AddressBar,
};
use leptos::{prelude::*, wasm_bindgen::JsValue};
use std::sync::{Mutex, PoisonError};

/// The address is written when nothing has been typed for so many seconds.
const QUIET: f64 = 0.4;

/// The address bar, and whether it is still to be written.
pub struct Bar(Mutex<Settling>);

impl Bar {
    pub fn here() -> Self {
        Self(Mutex::new(Settling::new(QUIET)))
    }

    pub fn path(&self) -> String {
        window().location().pathname().unwrap_or_default()
    }

    /// The query string, without its question mark.
    pub fn query(&self) -> String {
        let query = window().location().search().unwrap_or_default();
        query.strip_prefix('?').unwrap_or_default().to_owned()
    }

    fn settling<T>(&self, act: impl FnOnce(&mut Settling) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Goes where the history leads, for as long as the owner it is called under lives.
pub fn follow_history<T: Arguments>(address_bar: AddressBar<T>) {
    let listens = window_event_listener_untyped("popstate", move |_| {
        if let Some(bar) = address_bar.bar() {
            bar.settling(Settling::forget);
            address_bar.set(FromAddress::read(&bar.query()).arguments);
        }
    });
    on_cleanup(move || {
        write_now(address_bar);
        listens.remove();
    });
}

/// Writes the arguments where one is, once they have settled.
pub fn write_soon<T: Arguments>(address_bar: AddressBar<T>) {
    if let Some(bar) = address_bar.bar() {
        bar.settling(|settling| settling.change(move || write_now(address_bar)));
    }
}

/// Writes the arguments where one is, if that is still to be done.
pub fn write_now<T: Arguments>(address_bar: AddressBar<T>) {
    let (Some(bar), Some(address)) = (address_bar.bar(), address_bar.address()) else {
        return;
    };
    let is_pending = bar.settling(|settling| {
        let is_pending = settling.is_pending();
        settling.act();
        is_pending
    });
    if is_pending && let Ok(history) = window().history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        // What a browser refuses, it is told with the next change.
        let _ = history.replace_state_with_url(&state, "", Some(&address));
    }
}

/// Writes the arguments as a new place in the history.
pub fn push<T: Arguments>(address_bar: AddressBar<T>) {
    if let (Some(address), Ok(history)) = (address_bar.address(), window().history()) {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}
