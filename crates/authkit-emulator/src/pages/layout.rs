//! The document around every page: head, striped edge, footer, mark. Caller: [`Page`](super::Page).
//! It must always say that this is not the real AuthKit.

use maud::{DOCTYPE, Markup, html};

/// The whole document around a page's main part.
pub fn document(title: &str, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · AuthKit emulator" }
                link rel="stylesheet" href="/emulator.css";
                link rel="icon" href="/favicon.svg" type="image/svg+xml";
            }
            body {
                header.edge { p { strong { "Development" } " · an AuthKit on your own machine" } }
                main { (main) }
                footer.bottom {
                    div.in {
                        p { "Accounts here are for development only." }
                        p { a href="/" { "About this emulator" } }
                    }
                }
            }
        }
    }
}

/// The product's mark. It repeats the heading, so screen readers skip it.
pub fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 24 24" aria-hidden="true" {
            path.arch d="M4.1 22V11.4a7.9 7.9 0 0 1 15.8 0V22" {}
            path.key d="M12 8.2a3.4 3.4 0 0 1 1.7 6.3L15 22H9l1.3-7.5A3.4 3.4 0 0 1 12 8.2Z" {}
        }
    }
}
