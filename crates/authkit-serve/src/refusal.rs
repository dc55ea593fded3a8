//! [`Refusals`]: answers 503 on connections beyond the limit, without reading the request.
//!
//! Used by `accept` when `connections` refuses. Only a few run at a time, so that they cost the served
//! connections little.

use crate::{connections::LimitReached, log_pace::LogPace};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};

/// The whole answer.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    retry-after: 5\r\n\
    content-type: text/plain; charset=utf-8\r\n\
    cache-control: no-store\r\n\
    x-content-type-options: nosniff\r\n\
    content-length: 59\r\n\
    connection: close\r\n\r\n\
    Too many connections are open. Try again in a few seconds.\n";
/// Refusals that run at once. Connections beyond that are closed without an answer.
const AT_ONCE: usize = 64;
/// A refusal takes at most this long.
const PATIENCE: Duration = Duration::from_secs(1);

/// The refusals that run now.
pub struct Refusals {
    places: Arc<Semaphore>,
    log_pace: LogPace,
}

impl Refusals {
    /// No refusal runs yet.
    pub fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            log_pace: LogPace::default(),
        }
    }

    /// Answers 503 or closes the connection, in a future to be spawned.
    pub fn refuse(
        &self,
        stream: TcpStream,
        limit: LimitReached,
    ) -> impl Future<Output = ()> + use<> {
        self.log(limit);
        let place = Arc::clone(&self.places).try_acquire_owned();
        async move {
            let Ok(_place) = place else { return };
            let _ = timeout(PATIENCE, tell(stream)).await;
        }
    }

    fn log(&self, limit: LimitReached) {
        if self.log_pace.allows() {
            tracing::warn!(
                reason = "too_many_connections",
                "connections are refused: {limit}"
            );
        }
    }
}

async fn tell(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(BUSY).await?;
    stream.shutdown().await?;
    // Closing a connection with unread bytes resets it, and the client may lose the answer.
    let mut unread = [0; 4096];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_as_long_as_it_says() {
        let text = std::str::from_utf8(BUSY).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let length = format!("content-length: {}\r\n", body.len());
        assert!(head.contains(&length), "{length}");
    }
}
