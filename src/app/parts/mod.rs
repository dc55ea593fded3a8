//! What pages share, each made once: the frame around a page, and the pieces within.

mod avatar;
mod chip;
mod claims;
mod layout;
mod message;
mod moment;
mod words;

pub use avatar::{Avatar, PersonAvatar};
pub use chip::Chip;
pub use claims::{Claim, Claims};
pub use layout::{Layout, Notice};
pub use message::{Codes, Message};
pub use moment::{Moment, Time};
pub use words::words;
