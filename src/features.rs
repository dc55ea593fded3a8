//! The features of this app: each is a folder, and a line here.
//!
//! Read by the route table, the frame around pages, the database and the live queries of the process, and by tests. A
//! feature says in its own folder what belongs to it.

use crate::{notes, numbers};
use authkit_live::server::Features;
use std::sync::LazyLock;

/// In the order of the navigation. Made once: each page asks for its routes and links.
#[must_use]
pub fn features() -> &'static Features {
    static FEATURES: LazyLock<Features> =
        LazyLock::new(|| Features::new([numbers::feature(), notes::feature()]));
    &FEATURES
}
