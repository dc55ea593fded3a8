//! The Rust of README.md and `docs/` compiles: each block of a page is a doctest here, or a part of a file that is
//! compiled.
//!
//! Read by `cargo test` only, and by `script/docs --check`, which refuses a page with Rust that is neither.

// For every block, which saves pages the line.
#![doc(test(attr(recursion_limit = "256")))]
#![recursion_limit = "256"]

pub mod existing_app;
pub mod ticked_task;

/// Declares a page whose blocks stand alone.
macro_rules! page {
    ($name:ident, $file:literal) => {
        #[cfg(doctest)]
        #[doc = include_str!(concat!("../../../docs/", $file))]
        struct $name;
    };
}

page!(Authorization, "authorization.md");
page!(FromAuthkitNextjs, "from-authkit-nextjs.md");
page!(Organizations, "organizations.md");
page!(Users, "users.md");
