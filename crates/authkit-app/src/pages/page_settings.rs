//! [`PageSettings`]: what the server was told, as far as pages depend on it.
//!
//! Made by `Server::build`; pages read them through their [`PageContext`](super::PageContext).

use authkit_leptos::server::config::FrameAncestors;
use leptos::config::LeptosOptions;

/// What the server was told, as far as pages depend on it.
#[derive(Debug)]
#[non_exhaustive]
pub struct PageSettings {
    /// The names of the site's files.
    pub options: LeptosOptions,
    /// The public origin, such as `https://app.example.com`.
    pub origin: String,
    /// Which sites may show pages in a frame.
    pub frame_ancestors: FrameAncestors,
    /// Origin of AuthKit's API, to which forms may lead.
    pub authkit_origin: String,
    /// Address of the emulator, when sign-in uses the one of this server.
    pub emulator_url: Option<String>,
    /// Whether the server has the pages for developers.
    pub debug: bool,
}
