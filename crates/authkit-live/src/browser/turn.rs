//! [`take`]: one turn of the stream over HTTP, for when no socket gets through.
//!
//! Called by `stream`. Only carries; when a turn is taken, and what its messages mean, is decided there.

use crate::{connection::STREAM, message::ToServer};
use authkit_leptos::browser::post_text;
use leptos::serde_json;

/// How soon the next turn is taken, in seconds.
const NEXT: f64 = 3.0;
/// The same after one that came to nothing.
const NEXT_FAILED: f64 = 10.0;
/// A message in each line.
const MEDIA_TYPE: &str = "application/x-ndjson";

/// What a turn came to.
pub enum Turn {
    /// The server has said this: messages with an empty line between them.
    Heard(String),
    /// The server knows nobody who might ask.
    SessionOver,
    /// No answer, or none that helps.
    Nothing,
}

/// Says all this, and hears what the server has to say to it.
pub async fn take(said: impl Iterator<Item = ToServer>) -> Turn {
    let lines: Vec<_> = said
        .filter_map(|message| serde_json::to_string(&message).ok())
        .collect();
    match post_text(STREAM, MEDIA_TYPE, &lines.join("\n")).await {
        Ok((200, messages)) => Turn::Heard(messages),
        Ok((401, _)) => Turn::SessionOver,
        _ => Turn::Nothing,
    }
}

/// How many seconds to wait for the next turn. `chance`, from 0 to 1, keeps pages from coming all at the same moment.
pub fn wait(was_good: bool, chance: f64) -> f64 {
    let wait = if was_good { NEXT } else { NEXT_FAILED };
    wait * (0.8 + 0.4 * chance)
}
