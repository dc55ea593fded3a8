//! Parts of a page that features share: text that changes, a clock, the state of the connection, and news.
//!
//! Islands call them in their bodies, and the server renders them, so that a page without scripts has them as they were when
//! it was made. They know nothing of what a feature shows.

mod alive;
mod clock;
mod connection_state;
#[cfg(feature = "ssr")]
mod moment;
mod news;
mod typed_early;
mod words;

pub use alive::is_alive;
pub use clock::{RelativeTime, ticking};
pub use connection_state::ConnectionState;
#[cfg(feature = "ssr")]
pub use moment::{Moment, Time, moment};
pub use news::{News, NewsRegion, use_news};
pub use typed_early::typed_early;
pub use words::words;
