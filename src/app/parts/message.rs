//! A page that says one thing: what happened, what it means, what to do now.

use leptos::prelude::*;

/// Status word, heading, text; the children are what can be done.
#[component]
pub fn Message(
    /// Class of the status dot: `good`, `warn`, `bad` or nothing.
    #[prop(optional)]
    tone: &'static str,
    status: &'static str,
    title: &'static str,
    #[prop(into)] text: ViewFn,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="message">
            <p class=format!("status {tone}")>{status}</p>
            <h1>{title}</h1>
            <p>{text.run()}</p>
            {children()}
        </div>
    }
}

/// For whoever writes to support: the reason code, and the id to find the request in the log by.
#[component]
pub fn Codes(reason: &'static str, request_id: Option<String>) -> impl IntoView {
    view! {
        <dl class="codes">
            <dt>"Reason"</dt>
            <dd>
                <code>{reason}</code>
            </dd>
            {request_id
                .map(|id| {
                    view! {
                        <dt>"Request"</dt>
                        <dd>
                            <code>{id}</code>
                        </dd>
                    }
                })}
        </dl>
    }
}
