//! How long the doctor waits for an answer.
//!
//! Used by every check that asks something over the network.

use std::time::Duration;

/// Timeout of one question.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// The answer to a question; `None` after the timeout.
pub(super) async fn in_time<T>(question: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(PATIENCE, question).await.ok()
}
