//! What comes of fifty requests at once with one session whose token has expired: how often it is renewed, and how many of
//! the answers are the page.
//!
//! Called by `auth`, with a cookie that expires, and by `peer`.

use super::target::Target;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// So many at once.
pub const REQUESTS: usize = 50;

/// What came of it.
pub struct Burst {
    /// Answers that are the page of a signed-in user.
    pub pages: usize,
    /// Until the last answer.
    pub lasted: Duration,
}

impl Burst {
    /// Sends them, each on a connection of its own, and counts answers that contain `text`.
    pub async fn send(target: &Target, text: &str) -> Self {
        let begun = Instant::now();
        let mut asking = JoinSet::new();
        for _ in 0..REQUESTS {
            let target = target.clone();
            asking.spawn(async move { target.ask().await });
        }
        let mut pages = 0;
        while let Some(asked) = asking.join_next().await {
            let answer = asked.expect("no panic").expect("an answer");
            let body = String::from_utf8_lossy(&answer.body);
            pages += usize::from(answer.status.is_success() && body.contains(text));
        }
        Self {
            pages,
            lasted: begun.elapsed(),
        }
    }
}
