//! [`Recorder`] and [`Exporter`]: keep the figures of the process, and show them to Prometheus at an address of their own.
//!
//! The app makes the recorder and gives it to the exporter. The exporter listens at an address of its own: only operators
//! should reach the figures, also while the app is busy.

use super::describe;
use authkit_local::listeners::Listeners;
use axum::{
    Router,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::future::{BoxFuture, join_all};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::{
    convert::Infallible, future::IntoFuture, io, net::SocketAddr, sync::Arc, time::Duration,
};
use tokio::{net::TcpListener, time::interval};

/// How often samples are summed up. Until then each is kept by itself.
const UPKEEP: Duration = Duration::from_secs(5);
/// Where Prometheus asks.
const PATH: &str = "/metrics";
/// Prometheus's text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Upper ends of what times are counted in, in seconds: from a page to a call that was given up.
const SECONDS: [f64; 13] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 3.0, 10.0,
];

/// Keeps what is counted in this process.
#[derive(Clone)]
pub struct Recorder {
    kept: PrometheusHandle,
}

/// Why nothing is counted.
#[derive(Debug, thiserror::Error)]
#[error("metrics can't be kept: {0}")]
pub struct RecorderError(#[from] BuildError);

impl Recorder {
    /// Counts from now on. Once in a process: what counts is the same for all its threads.
    ///
    /// # Errors
    /// [`RecorderError`] if something counts already.
    pub fn install() -> Result<Self, RecorderError> {
        let times = Matcher::Suffix("_seconds".to_owned());
        let kept = PrometheusBuilder::new()
            .set_buckets_for_metric(times, &SECONDS)?
            .install_recorder()?;
        describe();
        Ok(Self { kept })
    }
}

/// Measures something at the moment of being asked.
type Gauge = dyn Fn() -> BoxFuture<'static, ()> + Send + Sync;

/// Serves the figures at an address of its own.
///
/// ```no_run
/// # async fn body() -> Result<(), Box<dyn std::error::Error>> {
/// use authkit_serve::{Listeners, metrics::{Exporter, Recorder}};
///
/// let exporter = Exporter::new(Listeners::bind("127.0.0.1:9464".parse()?)?, Recorder::install()?)
///     .gauge(|| async { metrics::gauge!("queue_length").set(3.0) });
/// tokio::spawn(exporter.run());
/// # Ok(()) }
/// ```
#[must_use]
pub struct Exporter {
    listeners: Listeners,
    recorder: Recorder,
    gauges: Vec<Box<Gauge>>,
}

impl Exporter {
    /// Of what the recorder keeps.
    pub fn new(listeners: Listeners, recorder: Recorder) -> Self {
        Self {
            listeners,
            recorder,
            gauges: Vec::new(),
        }
    }

    /// Calls this each time it is asked, before it answers: for what is measured and not counted.
    pub fn gauge<F>(mut self, measure: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.gauges.push(Box::new(move || Box::pin(measure())));
        self
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.listeners.addr
    }

    /// Serves until it is dropped.
    ///
    /// # Errors
    /// When a socket can't be used.
    pub async fn run(self) -> io::Result<()> {
        let upkeep = upkeep(self.recorder.clone());
        tokio::select! {
            served = self.serve() => served,
            never = upkeep => match never {},
        }
    }

    async fn serve(self) -> io::Result<()> {
        let shared = Arc::new((self.recorder, self.gauges));
        let app = Router::new().route(PATH, get(figures)).with_state(shared);
        let mut serving = Vec::new();
        for socket in self.listeners.sockets {
            let listener = TcpListener::from_std(socket)?;
            serving.push(axum::serve(listener, app.clone()).into_future());
        }
        join_all(serving).await.into_iter().collect()
    }
}

/// Sums up what was measured, whether or not anybody asks for it.
async fn upkeep(recorder: Recorder) -> Infallible {
    let mut interval = interval(UPKEEP);
    loop {
        interval.tick().await;
        recorder.kept.run_upkeep();
    }
}

async fn figures(State(shared): State<Arc<(Recorder, Vec<Box<Gauge>>)>>) -> Response {
    let (recorder, gauges) = &*shared;
    join_all(gauges.iter().map(|measure| measure())).await;
    ([(CONTENT_TYPE, TEXT)], recorder.kept.render()).into_response()
}
