//! Islands that pages share: buttons that copy, and the dialog of a session that has ended.
//!
//! Run in the browser, and rendered by the server. An island of one page only is in the folder of that page.

// The `island` macro makes a type for the props that it does not document.
#![allow(missing_docs)]

use authkit_leptos::{AuthError, paths::SIGN_IN, use_session_ended};
use authkit_live::{is_alive, words};
use leptos::{html, prelude::*, task::spawn_local, wasm_bindgen::JsValue};
use std::{
    future::{Future, ready},
    pin::Pin,
    time::Duration,
};

/// How long "Copied" is shown.
const COPIED_FOR: Duration = Duration::from_secs(2);

/// Whether the browser lets a page copy: only over https or on this machine.
fn can_copy() -> bool {
    cfg!(feature = "hydrate") && window().is_secure_context()
}

/// A button that copies `text`; `label` tells a screen reader what it is.
#[cfg_attr(feature = "split", island(lazy))]
#[cfg_attr(not(feature = "split"), island)]
pub fn CopyButton(text: String, label: String) -> impl IntoView {
    let text = move || ready(Ok(text.clone()));
    copier("script", Some(label), "Copy", move || Box::pin(text()))
}

/// The text that a button copies, once it is there.
pub type Text = Pin<Box<dyn Future<Output = Result<String, AuthError>>>>;

/// A button that copies the result of `text`, and shows whether that worked.
pub fn copier(
    class: &'static str,
    label: Option<String>,
    does: &'static str,
    text: impl Fn() -> Text + 'static,
) -> impl IntoView {
    let alive = is_alive();
    let (copied, set_copied) = signal(false);
    let (failed, set_failed) = signal(false);
    let text: Box<dyn Fn() -> Text> = Box::new(text);
    let copy = move |_| {
        let text = text();
        spawn_local(async move {
            let say = match text.await {
                Ok(text) if to_clipboard(&text).await => set_copied,
                _ => set_failed,
            };
            say.set(true);
            set_timeout(move || say.set(false), COPIED_FOR);
        });
    };
    view! {
        <button
            class=class
            type="button"
            aria-label=label
            disabled=move || !(alive.get() && can_copy())
            on:click=copy
        >
            {words(move || match (copied.get(), failed.get()) {
                (true, _) => "Copied",
                (_, true) => "Not copied",
                _ => does,
            })}
        </button>
    }
}

/// Puts `text` on the clipboard. False when the browser refuses.
async fn to_clipboard(text: &str) -> bool {
    #[cfg(feature = "hydrate")]
    return wasm_bindgen_futures::JsFuture::from(window().navigator().clipboard().write_text(text))
        .await
        .is_ok();
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = text;
        false
    }
}

/// Has the link that signs in lead back to the page as it is now: its address may have changed since the server wrote the
/// link.
fn lead_back(dialog: &web_sys::Element) -> Result<(), JsValue> {
    let Some(link) = dialog.query_selector("a[rel~=nofollow]")? else {
        return Ok(());
    };
    let page = window().location();
    let page = [page.pathname()?, page.search()?, page.hash()?].concat();
    let page = String::from(js_sys::encode_uri_component(&page));
    link.set_attribute("href", &[SIGN_IN, "?return_to=", &page].concat())
}

/// Covers the page when its session has ended: what the page shows is private to that session. The server has written what is
/// said then, so that no visitor downloads the code for it.
#[island]
pub fn SessionEnded(children: Children) -> impl IntoView {
    let ended = use_session_ended();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let (ended, Some(dialog)) = (ended.get(), dialog.get()) else {
            return;
        };
        dialog.set_hidden(!ended);
        if ended {
            let _ = lead_back(&dialog);
            let _ = dialog.show_modal();
        } else {
            // It was not true, if it was open: a later answer knows the session.
            dialog.close();
        }
    });
    // `closedby` is for browsers that close at the second Escape even if `cancel` is prevented.
    view! {
        <dialog
            class="message"
            aria-labelledby="ended"
            aria-describedby="ended-why"
            closedby="none"
            // For what does not know dialogs, such as a browser of text alone.
            hidden
            node_ref=dialog
            on:cancel=|event: leptos::ev::Event| event.prevent_default()
        >
            {children()}
        </dialog>
    }
}
