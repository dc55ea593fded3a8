//! What becomes of a page whose scripts don't run: they did not arrive, the browser can't run them, or they stopped.
//!
//! [`WatchScripts`] goes into the head of the document, before its stylesheet and Leptos's `HydrationScripts`;
//! [`ScriptsEnded`] into its body. Never makes a page worse than one without scripts: its links and forms are the plain ones then.

use leptos::{nonce::use_nonce, prelude::*};

/// Runs before anything else of the page, and without the WASM. Its words are short: every visitor downloads them.
///
/// First in the head, before the stylesheet: a script waits for those before it, and would miss that one was not there.
///
/// It waits two seconds after the first error before it takes the scripts for missing: the error may be another
/// script's. A page that came by a reload is not loaded again, nor one that the server has no answer for at the moment.
/// Once scripts are over, their listeners, which keep forms from being sent as they are, hear of nothing any more.
const WATCH: &str = include_str!("scripts.js");

/// Notices when the scripts of a page do not start, or stop, and makes it one that works without them.
///
/// - Script, WASM or stylesheet can't be loaded: by a deployment, a blocker, a network. The page is loaded anew, once.
/// - There is no WebAssembly, loading anew has not helped, or the WASM has stopped (a Rust panic, or HTML that somebody
///   has changed on the way): forms and links are plain ones from now on, [`ScriptsEnded`] is shown, `<html>` has
///   `data-scripts="off"` for the stylesheet to hide what is for scripts only, and what the head has for browsers
///   without JavaScript, a refresh above all, is for this page, too.
///
/// The WASM says that it runs by `scripts_run`. The script carries the page's nonce, if there is one (CSP Level 3).
///
/// ```
/// # use authkit_leptos::WatchScripts;
/// # use leptos::{config::LeptosOptions, prelude::*};
/// fn head(options: LeptosOptions) -> impl IntoView {
///     view! {
///         <WatchScripts />
///         <HydrationScripts options islands=true />
///     }
/// }
/// ```
#[component]
pub fn WatchScripts() -> impl IntoView {
    view! { <script nonce=use_nonce()>{WATCH}</script> }
}

/// What is said when the scripts of a page have ended; hidden until then.
///
/// Of its children, those with `data-why` are shown for that reason only: `missing` (not loaded), `unsupported` (no
/// WebAssembly in this browser) or `broken` (stopped).
///
/// ```
/// # use authkit_leptos::ScriptsEnded;
/// # use leptos::prelude::*;
/// fn notice() -> impl IntoView {
///     view! {
///         <ScriptsEnded>
///             <p data-why="unsupported">"This browser has no WebAssembly."</p>
///             <p>"What you see is as old as the page."</p>
///         </ScriptsEnded>
///     }
/// }
/// ```
#[component]
pub fn ScriptsEnded(children: Children) -> impl IntoView {
    view! {
        <aside id="scripts-ended" role="status" hidden>
            {children()}
        </aside>
    }
}

/// Says that the WASM runs. Call it where the page is brought to life, in the function that Leptos calls `hydrate`.
#[cfg(feature = "hydrate")]
pub fn scripts_run() {
    if let Some(html) = document().document_element() {
        let _ = html.set_attribute("data-scripts", "on");
    }
}
