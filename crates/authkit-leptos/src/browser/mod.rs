//! The browser half: keeps an open page true to the session on the server.
//!
//! `AuthProvider` opens one [`Page`], which asks the server when the page wakes up, comes back
//! online or hears from another tab. Decides nothing by itself and keeps everything in memory: no
//! storage, no cookie.

mod ask;
mod form;
mod fresh_token;
mod page;
mod reload;
mod stopwatch;
mod tabs;
mod timer;
mod token;

pub use ask::{post, post_text, submit_text};
pub use form::send_form;
pub use fresh_token::fresh_token;
pub use page::Page;
pub use stopwatch::Stopwatch;
pub use timer::Timer;
