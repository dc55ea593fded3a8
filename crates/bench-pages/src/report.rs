//! The report of these groups: figures of requests in its cells and in its JSON, and whether a server had its core to itself.
//!
//! Filled by a group, printed by `main`. Figures that are compared come out of one run.

use super::{
    cores::Cores,
    rounds::{Figure, Figures, Ratio},
};
use bench_report::{Measure, Wanted, thousands};
use std::process::ExitCode;

/// The part of its core that a busy server gets on a machine that does nothing else.
const QUIET: f64 = 0.9;

/// At least so much of what is done with little.
const GROWN: f64 = 0.9;

/// The results of a group.
pub struct Report {
    report: bench_report::Report,
    cores: Cores,
    figures: Vec<Figure>,
    least_share: f64,
}

impl Report {
    /// An empty one, whose bars are requests a second.
    pub fn new(group: &'static str, cores: Cores) -> Self {
        Self::measuring(group, cores, Measure::RequestsASecond)
    }

    /// An empty one.
    pub fn measuring(group: &'static str, cores: Cores, measure: Measure) -> Self {
        Self {
            report: bench_report::Report::new(group, measure),
            cores,
            figures: Vec::new(),
            least_share: 1.0,
        }
    }

    /// A row that is worth knowing.
    pub fn note(
        &mut self,
        what: impl Into<String>,
        found: impl Into<String>,
        beside: impl Into<String>,
    ) {
        self.report.note(what, found, beside);
    }

    /// A row that has to be something, and whether it is.
    pub fn require(
        &mut self,
        what: impl Into<String>,
        found: impl Into<String>,
        beside: impl Into<String>,
        wanted: impl Into<String>,
        reached: bool,
    ) {
        self.report.require(what, found, beside, wanted, reached);
    }

    /// A bar of the chart, and where a mark on it says what is wanted.
    pub fn bar(&mut self, name: impl Into<String>, value: f64, wanted: Option<Wanted>) {
        self.report.bar(name, value, wanted);
    }

    /// Figures for the JSON. At 16 connections and more a server has always something to do, but for those that may be
    /// faster than the load.
    pub fn keep(&mut self, figures: &[Figure], fast: &[&str]) {
        let busy = figures
            .iter()
            .filter(|it| it.connections > 1 && !fast.contains(&it.name));
        let shares = busy.map(|it| it.server_core);
        self.least_share = shares.fold(self.least_share, f64::min);
        self.figures.extend_from_slice(figures);
    }

    /// Rows of what has to be nearly as fast as the first, at 16 connections.
    pub fn nearly_as_fast(
        &mut self,
        figures: &Figures,
        first: &'static str,
        others: &[&'static str],
        named: impl Fn(&str) -> String,
    ) {
        self.keep(&figures.0, &[]);
        let first = figures.of(first, 16);
        self.note(format!("signed-in {}", first.name), cell(first), "");
        self.bar(format!("signed-in {}", first.name), first.rate, None);
        for name in others {
            let figure = figures.of(name, 16);
            let ratio = figure.to(first);
            let what = format!("signed-in {}", named(name));
            let beside = first.name.trim_start_matches("/ ");
            self.require(
                &what,
                cell(figure),
                format!("{} of that {beside}", part(ratio)),
                format!("{GROWN} of it"),
                ratio.rate >= GROWN,
            );
            self.bar(what, figure.rate, Some(Wanted::AtLeast(GROWN * first.rate)));
        }
    }

    /// Prints the table and writes the files; with `keep`, the chart into the docs too. 1 if something was missed.
    pub fn finish(mut self, keep: bool) -> ExitCode {
        let quiet = match self.least_share {
            share if share < QUIET => format!(
                "NOT QUIET: a server got {share:.2} of its core in one run. Compare by time, or run it again."
            ),
            _ => "Nothing else took time from a server.".to_owned(),
        };
        self.report.below(format!(
            "Medians over the rounds; µs each: the server's own time for a request, and by time: a ratio of these. {}. {quiet}",
            self.cores.described()
        ));
        self.report.detail("pinned", self.cores.pinned);
        self.report.detail("least_share", self.least_share);
        let figures = serde_json::to_value(&self.figures);
        self.report.detail("figures", figures.unwrap_or_default());
        self.report.finish(keep)
    }
}

/// A figure in a cell.
pub fn cell(figure: &Figure) -> String {
    let rate = thousands(figure.rate);
    let (each, p50, p99) = (figure.server_us, figure.p50_ms, figure.p99_ms);
    format!("{rate} /s, {each:.0} µs each, p50 {p50:.2}, p99 {p99:.2} ms")
}

/// A ratio in a cell.
pub fn part(ratio: Ratio) -> String {
    format!("{:.2} (by time {:.2})", ratio.rate, ratio.by_time)
}
