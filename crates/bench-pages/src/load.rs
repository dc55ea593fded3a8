//! The load: on each of so many connections that stay open, one request after the other, each answer read to its end.
//!
//! Closed loop: the next request waits for the answer to the last one, so a slow answer lowers the rate rather than being
//! counted several times. hyper's client does the HTTP. Called by `rounds`; checks no content, `target` does that.

use super::target::Target;
use http_body_util::{BodyExt, Empty};
use hyper::{
    body::{Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::JoinSet};

/// What came of a load.
pub struct Load {
    /// How long it really took.
    pub lasted: Duration,
    /// Of each request, unsorted.
    pub latencies: Vec<Duration>,
}

/// When a load ends.
#[derive(Clone, Copy)]
pub enum Until {
    /// After this time.
    Passed(Duration),
    /// After this many requests.
    Sent(usize),
}

/// Runs a load on this thread.
pub fn run(target: &Arc<Target>, connections: usize, until: Until) -> Load {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(async {
        let sent = Arc::new(AtomicUsize::new(0));
        let mut senders = Vec::new();
        for _ in 0..connections {
            senders.push(connect(target).await);
        }
        let begun = Instant::now();
        let mut running = JoinSet::new();
        for (sender, connection) in senders {
            let (target, sent) = (Arc::clone(target), Arc::clone(&sent));
            running.spawn(async move {
                // In one task with its connection: a request needs no other task to be woken.
                let (latencies, _) = tokio::join!(
                    one_after_the_other(sender, target, sent, begun, until),
                    connection
                );
                latencies
            });
        }
        let mut latencies = Vec::new();
        while let Some(of_one) = running.join_next().await {
            latencies.extend(of_one.expect("an answer like the one that was checked"));
        }
        Load {
            lasted: begun.elapsed(),
            latencies,
        }
    })
}

type Sender = http1::SendRequest<Empty<Bytes>>;
type Connection = http1::Connection<TokioIo<TcpStream>, Empty<Bytes>>;

async fn connect(target: &Target) -> (Sender, Connection) {
    let stream = TcpStream::connect(target.addr).await.expect("it listens");
    stream.set_nodelay(true).expect("TCP has the option");
    let connected = http1::handshake(TokioIo::new(stream)).await;
    connected.expect("a new connection")
}

async fn one_after_the_other(
    mut sender: Sender,
    target: Arc<Target>,
    sent: Arc<AtomicUsize>,
    begun: Instant,
    until: Until,
) -> Vec<Duration> {
    let mut latencies = Vec::new();
    let mut at = begun;
    loop {
        let nth = sent.fetch_add(1, Ordering::Relaxed);
        let ended = match until {
            Until::Passed(time) => at.duration_since(begun) >= time,
            Until::Sent(count) => nth >= count,
        };
        if ended {
            return latencies;
        }
        let answer = sender.send_request(target.request(nth)).await;
        let answer = answer.expect("the connection stays open");
        assert_eq!(answer.status(), target.status, "in the middle of a load");
        read(answer.into_body()).await;
        let now = Instant::now();
        latencies.push(now - at);
        at = now;
    }
}

/// Reads a body to its end, and keeps nothing of it.
async fn read(mut body: Incoming) {
    while let Some(frame) = body.frame().await {
        frame.expect("the whole of the body");
    }
}

impl Load {
    /// Requests a second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.lasted.as_secs_f64()
    }

    /// The latency that so many percent of the requests do not exceed.
    pub fn percentile(&mut self, percent: usize) -> Duration {
        self.latencies.sort_unstable();
        let last = self.latencies.len().saturating_sub(1);
        let index = (self.latencies.len() * percent / 100).min(last);
        self.latencies.get(index).copied().unwrap_or(Duration::MAX)
    }
}
