//! [`Head`]: what a page says of itself to browsers, to search engines, and to sites that show a link to it.
//!
//! Each page has one. Nothing here may depend on who asks: what is listed is kept elsewhere.

use super::request;
use authkit_app::PageContext;
use leptos::prelude::*;
use leptos_meta::{Link, Meta, Title};

/// The name of the product.
pub const PRODUCT: &str = "authkit-leptos";

/// Title and description. Search engines leave the page out, unless it is `listed`.
#[component]
pub fn Head(
    title: &'static str,
    #[prop(into)] description: Option<&'static str>,
    /// Whether the page is for strangers to find, and has a card where others link to it (Open Graph).
    #[prop(optional)]
    listed: bool,
) -> impl IntoView {
    let card = listed.then(|| {
        let origin = with_context(|pages: &PageContext| pages.origin.clone()).unwrap_or_default();
        let url = origin + &request::path();
        view! {
            <Link rel="canonical" href=url.clone() />
            <Meta property="og:url" content=url />
            <Meta property="og:type" content="website" />
            <Meta property="og:site_name" content=PRODUCT />
            <Meta property="og:title" content=title />
            {description.map(|it| view! { <Meta property="og:description" content=it /> })}
        }
    });
    view! {
        <Title text=title />
        {description.map(|it| view! { <Meta name="description" content=it /> })}
        {(!listed).then(|| view! { <Meta name="robots" content="noindex" /> })}
        {card}
    }
}
