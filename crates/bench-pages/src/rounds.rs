//! Rounds: each subject in turn, again and again, so that what slows the machine down for a while slows all of them.
//!
//! Called by the groups. What is compared comes out of one call.

use super::{
    load::{self, Until},
    process::Process,
    target::Target,
};
use bench_report::{median, sorted};
use serde::Serialize;
use std::{env, str::FromStr, sync::Arc, time::Duration};

/// One request, at each of these numbers of connections.
pub struct Subject {
    /// How tables and charts call it.
    pub name: &'static str,
    /// The request.
    pub target: Arc<Target>,
    /// The numbers of connections.
    pub connections: &'static [usize],
    /// The server that answers.
    pub server: Process,
}

/// What was found of one subject at one number of connections: medians over the rounds.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Of the subject.
    pub name: &'static str,
    /// Connections at once.
    pub connections: usize,
    /// Requests a second.
    pub rate: f64,
    /// The slowest and the fastest round.
    pub rates: (f64, f64),
    /// The median latency, in milliseconds.
    pub p50_ms: f64,
    /// The 99th percentile, in milliseconds.
    pub p99_ms: f64,
    /// The server's own time for one request, in microseconds: says as much when others took time from it.
    pub server_us: f64,
    /// The part of a core that the server got, at the least: near 1 unless others took it, or it waited for requests.
    pub server_core: f64,
}

/// The figures of one call.
pub struct Figures(pub Vec<Figure>);

/// What one run found.
struct Run {
    rate: f64,
    p50: Duration,
    p99: Duration,
    server_core: f64,
}

/// How many rounds, and how long each run takes.
pub struct Plan {
    /// Rounds.
    pub rounds: usize,
    /// Of each subject at each number of connections, in each round.
    pub run: Duration,
    /// Before the first round.
    pub warm_up: Duration,
}

impl Plan {
    /// Three rounds of three seconds, or what `ROUNDS` and `ROUND_SECONDS` say.
    pub fn read() -> Self {
        let run = variable("ROUND_SECONDS", 3.0);
        Self {
            rounds: variable("ROUNDS", 3).max(1),
            run: Duration::from_secs_f64(run),
            warm_up: Duration::from_secs_f64(run.min(1.0)),
        }
    }

    /// Measures all subjects.
    pub async fn measure(&self, subjects: &[Subject]) -> Figures {
        let kinds = subjects.iter().map(|it| it.connections.len());
        let runs = kinds.sum::<usize>();
        let seconds = self.run.as_secs_f64() * (runs * self.rounds) as f64
            + self.warm_up.as_secs_f64() * subjects.len() as f64;
        eprintln!(
            "  {} rounds of {runs} runs: about {:.0} s",
            self.rounds, seconds
        );
        for Subject { target, .. } in subjects {
            target.check().await;
            let target = Arc::clone(target);
            let until = Until::Passed(self.warm_up);
            blocking(move || load::run(&target, 16, until)).await;
        }
        let mut found: Vec<Vec<Run>> = (0..runs).map(|_| Vec::new()).collect();
        for round in 1..=self.rounds {
            let mut places = found.iter_mut();
            for subject in subjects {
                for &connections in subject.connections {
                    let run = self.run(subject, connections).await;
                    eprintln!(
                        "  round {round} of {}: {}, {connections} at once: {:.0} a second",
                        self.rounds, subject.name, run.rate
                    );
                    let place = places.next().expect("one for each");
                    place.push(run);
                }
            }
        }
        let each = subjects.iter().flat_map(|subject| {
            let connections = subject.connections.iter();
            connections.map(|&connections| (subject.name, connections))
        });
        let figures = each.zip(found);
        Figures(
            figures
                .map(|((name, connections), runs)| Figure::of(name, connections, &runs))
                .collect(),
        )
    }

    async fn run(&self, subject: &Subject, connections: usize) -> Run {
        subject.target.check().await;
        let (target, until) = (Arc::clone(&subject.target), Until::Passed(self.run));
        let before = subject.server.run_time();
        let mut load = blocking(move || load::run(&target, connections, until)).await;
        let ran = subject.server.run_time().saturating_sub(before);
        subject.target.check().await;
        let server_core = ran.as_secs_f64() / load.lasted.as_secs_f64();
        Run {
            rate: load.rate(),
            p50: load.percentile(50),
            p99: load.percentile(99),
            server_core,
        }
    }
}

/// Runs what takes the thread for a while.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = tokio::task::spawn_blocking(work).await;
    done.expect("a run that ends well")
}

impl Figure {
    fn of(name: &'static str, connections: usize, runs: &[Run]) -> Self {
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let rates: Vec<f64> = sorted(runs.iter().map(|run| run.rate));
        Self {
            name,
            connections,
            rate: median(&rates),
            rates: (rates[0], rates[rates.len() - 1]),
            p50_ms: median(&sorted(runs.iter().map(|run| milliseconds(run.p50)))),
            p99_ms: median(&sorted(runs.iter().map(|run| milliseconds(run.p99)))),
            server_us: median(&sorted(
                runs.iter().map(|run| run.server_core / run.rate * 1e6),
            )),
            server_core: sorted(runs.iter().map(|run| run.server_core))[0],
        }
    }
}

/// How one figure stands to another.
#[derive(Clone, Copy)]
pub struct Ratio {
    /// So many times the requests a second.
    pub rate: f64,
    /// So many times as fast by the servers' own time for a request, which says as much on a machine that is not quiet.
    pub by_time: f64,
}

impl Figure {
    /// To another one of the same run.
    pub fn to(&self, other: &Self) -> Ratio {
        Ratio {
            rate: self.rate / other.rate,
            by_time: other.server_us / self.server_us,
        }
    }
}

impl Figures {
    /// The figure of this subject at this number of connections.
    pub fn of(&self, name: &str, connections: usize) -> &Figure {
        let mut all = self.0.iter();
        all.find(|it| it.name == name && it.connections == connections)
            .expect("it was measured")
    }
}

/// What a variable of the environment says.
pub fn variable<T: FromStr>(name: &str, default: T) -> T {
    let set = env::var(name).ok();
    set.and_then(|it| it.parse().ok()).unwrap_or(default)
}
