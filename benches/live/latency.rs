//! Times from a commit to its arrival, and their percentiles.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Microseconds since the epoch: one clock for both processes, as they are on one machine.
pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_micros()).unwrap_or(u64::MAX))
}

/// The 50th, 99th and 100th percentile.
#[derive(Clone, Copy)]
pub struct Latency {
    median: Duration,
    /// The 99th.
    pub p99: Duration,
    longest: Duration,
}

impl Latency {
    /// Of so many microseconds each.
    pub fn of(mut samples: Vec<u64>) -> Self {
        samples.sort_unstable();
        let at = |percent: usize| {
            let index = (samples.len() * percent / 100).min(samples.len().saturating_sub(1));
            Duration::from_micros(samples.get(index).copied().unwrap_or(u64::MAX))
        };
        Self {
            median: at(50),
            p99: at(99),
            longest: at(100),
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, p99, longest] =
            [self.median, self.p99, self.longest].map(|it| it.as_secs_f64() * 1e3);
        write!(f, "{median:.1} / {p99:.1} / {longest:.1} ms")
    }
}
