//! A page with one message: what happened, what it means, what to do now.

use leptos::prelude::*;

/// Status word, heading and text; the children are links and buttons.
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

/// For support: the reason code, and the id under which the log has the request.
#[component]
pub fn Codes(#[prop(into)] reason: String, request_id: Option<String>) -> impl IntoView {
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
