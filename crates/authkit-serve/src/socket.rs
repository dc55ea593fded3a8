//! [`Socket`]: a client's TCP connection with its permit, a deadline on the progress of writes, and one on the heads
//! of requests.
//!
//! Made by `accept`. The permit lives here and not in the serving task: an upgraded connection outlives that
//! task.

use crate::{connections::ConnectionPermit, head_deadline::HeadDeadline};
use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_io_timeout::TimeoutStream;

/// A connection that is being served.
pub struct Socket {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    head: HeadDeadline,
    #[expect(dead_code, reason = "held, not read")]
    permit: ConnectionPermit,
}

impl Socket {
    /// A write fails when the client accepts no byte for `stalled_after`.
    ///
    /// Other reads have deadlines elsewhere: idle connections in hyper, bodies in the router. A WebSocket may be
    /// silent.
    pub fn new(
        stream: TcpStream,
        permit: ConnectionPermit,
        stalled_after: Duration,
        head: HeadDeadline,
    ) -> Self {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(stalled_after));
        let stream = Box::pin(stream);
        Self {
            stream,
            head,
            permit,
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match self.stream.as_mut().poll_read(context, buffer) {
            Poll::Pending => self.head.poll_passed(context).map(Err),
            ready => {
                if buffer.filled().len() > before {
                    self.head.has_read();
                }
                ready
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
