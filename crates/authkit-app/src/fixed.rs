//! [`fixed!`](crate::fixed!): a part of pages that is the same in all of them, rendered once.
//!
//! Called by pages. What is rendered has nothing of a request: it is made without one.

use hydration_context::SsrSharedContext;
use leptos::{prelude::*, tachys::html::InertElement};
use std::sync::{Arc, LazyLock};

/// Renders a view when a page first shows it, and gives later pages the same HTML: for one element of text that is the same for
/// everybody, at any time.
///
/// It is rendered outside of the page, so that nothing of a request gets into it: it has no contexts, and no user. An
/// island in it has no state of its own page. For pages that the server renders, in an app with islands.
///
/// ```
/// # use leptos::prelude::*;
/// # const STEPS: [&str; 2] = ["Sign in", "Go on"];
/// # #[component]
/// # fn Steps(steps: [&'static str; 2]) -> impl IntoView { view! { <ol>{steps.map(|it| view! { <li>{it}</li> }).to_vec()}</ol> } }
/// fn page(name: String) -> impl IntoView {
///     view! {
///         <h1>"Hello, " {name}</h1>
///         {authkit_app::fixed!(<Steps steps=STEPS />)}
///     }
/// }
/// assert!(page("Ada".to_owned()).to_html().contains("<li>Go on"));
/// ```
#[macro_export]
macro_rules! fixed {
    ($($view:tt)*) => {{
        static HTML: ::std::sync::LazyLock<::std::string::String> =
            ::std::sync::LazyLock::new(|| $crate::fixed::rendered(|| ::leptos::prelude::view! { $($view)* }));
        $crate::fixed::inert(&HTML)
    }};
}

/// For [`fixed!`](crate::fixed!): a view as HTML, rendered outside of any page.
pub fn rendered<V: IntoView>(view: impl FnOnce() -> V) -> String {
    let page = Owner::current();
    // An island asks it whether it is inside of another one.
    let islands = Arc::new(SsrSharedContext::new_islands());
    let html = Owner::new_root(Some(islands)).with(|| view().into_view().to_html());
    // A new root becomes the current owner, and stays that.
    if let Some(page) = page {
        page.set();
    }
    html
}

/// For [`fixed!`](crate::fixed!): the HTML in a page.
pub fn inert(html: &'static LazyLock<String>) -> InertElement {
    InertElement::new(html.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static TIMES: AtomicUsize = AtomicUsize::new(0);

    #[component]
    fn Counted() -> impl IntoView {
        TIMES.fetch_add(1, Ordering::SeqCst);
        let whose = use_context::<String>();
        view! { <p title="a \"quote\"">{whose} " & more"</p> }
    }

    #[island]
    fn Dialog(children: Children) -> impl IntoView {
        view! { <dialog>{children()}</dialog> }
    }

    #[test]
    fn an_island_keeps_what_the_server_has_written_into_it() {
        let html = fixed!(<Dialog><p>"It is over"</p></Dialog>).to_html();
        let island = html.strip_prefix("<leptos-island data-component=\"Dialog");
        let inside = island
            .and_then(|it| it.split_once('>'))
            .map(|(_, inside)| inside);
        let expected =
            "<dialog><leptos-children><p>It is over</p></leptos-children></dialog></leptos-island>";
        assert_eq!(inside, Some(expected), "{html}");
    }

    #[test]
    fn it_is_rendered_once_and_without_the_page_it_is_in() {
        let page = || {
            Owner::new_root(None).with(|| {
                provide_context("Ada".to_owned());
                view! { <main>{fixed!(<Counted />)} {use_context::<String>()}</main> }.to_html()
            })
        };
        let first = page();
        assert_eq!(first, page());
        assert_eq!(TIMES.load(Ordering::SeqCst), 1);
        assert!(first.contains("&amp; more</p>Ada</main>"), "{first}");
    }
}
