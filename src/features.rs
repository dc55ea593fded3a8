//! The features of this app: each is a folder, and a line here.
//!
//! Read by the route table, the frame around pages, the database and the live queries of the process, and by tests. A
//! feature says in its own folder what belongs to it.

use crate::{notes, numbers};
use authkit_live::server::Features;

/// In the order of the navigation.
#[must_use]
pub fn features() -> Features {
    Features::new([numbers::feature(), notes::feature()])
}
