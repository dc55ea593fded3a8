//! [`ToTheEnd`]: beginning a transaction, whoever waits for it.
//!
//! Called by `store` for every transaction. Costs no task of its own unless the caller hangs up.

use futures_util::future::BoxFuture;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::runtime::Handle;

/// Begins a transaction, and does so to the end: whoever waits for it may hang up, and `sqlx` 0.8 would then
/// hand out the connection again with the transaction open. The rest is a task of its own in that case, and
/// what it comes to is rolled back.
pub struct ToTheEnd<T: Send + 'static>(Option<BoxFuture<'static, Result<T, sqlx::Error>>>);

impl<T: Send + 'static> ToTheEnd<T> {
    /// Nothing is begun before it is awaited.
    pub fn new(begin: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static) -> Self {
        Self(Some(Box::pin(begin)))
    }
}

impl<T: Send + 'static> Future for ToTheEnd<T> {
    type Output = Result<T, sqlx::Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(begin) = &mut self.0 else {
            return Poll::Pending;
        };
        let begun = ready!(begin.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(begun)
    }
}

impl<T: Send + 'static> Drop for ToTheEnd<T> {
    fn drop(&mut self) {
        if let (Some(rest), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(rest);
        }
    }
}
