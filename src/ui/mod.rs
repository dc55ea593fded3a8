//! What pages share, each made once: the frame around a page, the pieces within, and the islands of both.
//!
//! Islands run in the browser; they and what they use are on both sides. The rest is HTML, made on the server.

mod avatar;
mod chip;
#[cfg(feature = "ssr")]
mod entry;
#[cfg(feature = "ssr")]
mod feature_page;
#[cfg(feature = "ssr")]
mod head;
pub mod islands;
#[cfg(feature = "ssr")]
mod layout;
mod message;
#[cfg(feature = "ssr")]
pub mod request;

#[cfg(feature = "ssr")]
pub use authkit_app::inspect::Table;
pub use avatar::{Avatar, PersonAvatar};
pub use chip::Chip;
#[cfg(feature = "ssr")]
pub use entry::Entry;
#[cfg(feature = "ssr")]
pub use feature_page::FeaturePage;
#[cfg(feature = "ssr")]
pub use head::{Head, PRODUCT};
#[cfg(feature = "ssr")]
pub use layout::{Layout, Notice};
pub use message::{Codes, Message};
