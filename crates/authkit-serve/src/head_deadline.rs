//! [`HeadDeadline`]: how long a client may take from the first byte of a request's head to the last.
//!
//! `accept` makes one per connection; the socket asks it when it reads. hyper has one timeout for both, this
//! and the idle time between requests, which has to be longer than that of a proxy that keeps connections.

use axum::body::{Body, Bytes, HttpBody};
use http::{Response, StatusCode};
use hyper::body::{Frame, SizeHint};
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// Whether a request is being served: what is read then is no head.
#[derive(Clone, Default)]
pub struct Serving {
    /// Counts the beginnings and the ends, so it is odd while a request is served.
    turns: Arc<AtomicUsize>,
}

/// The deadline of one connection.
pub struct HeadDeadline {
    patience: Duration,
    serving: Serving,
    /// While a head is being read, and the turn it is read in.
    deadline: Option<(usize, Pin<Box<Sleep>>)>,
}

/// Ends the serving of a request when the last byte of its answer has been taken.
struct Served {
    body: Body,
    serving: Serving,
}

impl Serving {
    /// The head of a request has been read.
    pub fn begin(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// Lasts until the answer is sent; forever on a connection that becomes a WebSocket.
    pub fn until_sent(&self, answer: Response<Body>) -> Response<Body> {
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            return answer;
        }
        let serving = self.clone();
        answer.map(|body| Body::new(Served { body, serving }))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.turns.fetch_add(1, Ordering::Relaxed);
    }
}

impl HttpBody for Served {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl HeadDeadline {
    /// A head may take this long. Nothing has been read yet.
    pub fn new(patience: Duration, serving: Serving) -> Self {
        Self {
            patience,
            serving,
            deadline: None,
        }
    }

    /// The turn in which a head is being read; `None` while a request is served. The deadline of an earlier
    /// turn no longer counts.
    fn turn(&mut self) -> Option<usize> {
        let turn = self.serving.turns.load(Ordering::Relaxed);
        self.deadline.take_if(|(of, _)| *of != turn);
        turn.is_multiple_of(2).then_some(turn)
    }

    /// Called after each read that gave something.
    pub fn has_read(&mut self) {
        if let Some(turn) = self.turn() {
            let until = || (turn, Box::pin(sleep_until(Instant::now() + self.patience)));
            self.deadline.get_or_insert_with(until);
        }
    }

    /// Called where there is nothing to read. Ready when the head has taken too long.
    pub fn poll_passed(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        self.turn();
        let Some((_, deadline)) = &mut self.deadline else {
            return Poll::Pending;
        };
        ready!(deadline.as_mut().poll(context));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}
