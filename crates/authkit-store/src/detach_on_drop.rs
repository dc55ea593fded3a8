//! [`DetachOnDrop`]: a future that runs to its end although its caller hangs up.
//!
//! Every transaction begins in one. Costs no task of its own unless the caller hangs up.

use futures_util::future::BoxFuture;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::runtime::Handle;

/// Runs a future to its end. Dropped half-way, the rest becomes a task of its own.
///
/// Needed for the beginning of a transaction: dropped half-way, `sqlx` 0.8 would hand out the connection again with the
/// transaction open (launchbadge/sqlx#4393). What the rest comes to is dropped, so a transaction is rolled back.
#[must_use = "does nothing before it is awaited"]
pub struct DetachOnDrop<T: Send + 'static>(Option<BoxFuture<'static, T>>);

impl<T: Send + 'static> DetachOnDrop<T> {
    /// Runs nothing before it is awaited.
    pub fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<T: Send + 'static> std::fmt::Debug for DetachOnDrop<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DetachOnDrop")
    }
}

impl<T: Send + 'static> Future for DetachOnDrop<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(work) = &mut self.0 else {
            return Poll::Pending;
        };
        let output = ready!(work.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(output)
    }
}

impl<T: Send + 'static> Drop for DetachOnDrop<T> {
    fn drop(&mut self) {
        if let (Some(rest), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(rest);
        }
    }
}
