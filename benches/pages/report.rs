//! One table: what was found, what stands beside it, what is wanted. Also as JSON and as a chart.
//!
//! Filled by a group, printed by `main`. Figures that are compared come out of one run.

use super::{
    chart::{self, Measure},
    cores::Cores,
    rounds::{Figure, Figures, Ratio},
};
use serde_json::json;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The part of its core that a busy server gets on a machine that does nothing else.
const QUIET: f64 = 0.9;

/// At least so much of what is done with little.
const GROWN: f64 = 0.9;

/// The results of a group.
pub struct Report {
    group: &'static str,
    cores: Cores,
    rows: Vec<Row>,
    figures: Vec<Figure>,
    least_share: f64,
    measure: Measure,
    bars: Vec<chart::Bar>,
}

struct Row {
    what: String,
    found: String,
    beside: String,
    wanted: Option<Wanted>,
}

struct Wanted {
    what: String,
    reached: bool,
}

impl Report {
    /// An empty one.
    pub fn new(group: &'static str, cores: Cores) -> Self {
        Self {
            group,
            cores,
            rows: Vec::new(),
            figures: Vec::new(),
            least_share: 1.0,
            measure: Measure::RequestsASecond,
            bars: Vec::new(),
        }
    }

    /// With bars that measure this, and not requests a second.
    pub fn measuring(mut self, measure: Measure) -> Self {
        self.measure = measure;
        self
    }

    /// A row that is worth knowing.
    pub fn note(
        &mut self,
        what: impl Into<String>,
        found: impl Into<String>,
        beside: impl Into<String>,
    ) {
        self.rows.push(Row {
            what: what.into(),
            found: found.into(),
            beside: beside.into(),
            wanted: None,
        });
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
        self.note(what, found, beside);
        if let Some(row) = self.rows.last_mut() {
            let what = wanted.into();
            row.wanted = Some(Wanted { what, reached });
        }
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

    /// A bar of the chart, and where a mark on it says what is wanted.
    pub fn bar(&mut self, name: impl Into<String>, value: f64, wanted: Option<f64>) {
        self.bars.push(chart::Bar {
            name: name.into(),
            value,
            wanted,
        });
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
            self.bar(what, figure.rate, Some(GROWN * first.rate));
        }
    }

    /// Prints the table and writes the files; with `keep`, the chart into the docs too. 1 if something was missed.
    pub fn finish(self, keep: bool) -> ExitCode {
        println!("\n{}", self.table());
        if let Err(error) = self.write(keep) {
            eprintln!("The files can't be written: {error}");
            return ExitCode::FAILURE;
        }
        let mut wanted = self.rows.iter().filter_map(|row| row.wanted.as_ref());
        match wanted.all(|it| it.reached) {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        }
    }

    /// In Markdown, with columns as wide as their widest cell.
    fn table(&self) -> String {
        let heads = [self.group, "found", "beside it", "wanted"].map(str::to_owned);
        let mut lines = vec![heads];
        lines.extend(self.rows.iter().map(|row| {
            let wanted = row.wanted.as_ref().map(Wanted::described);
            let [what, found, beside] = [&row.what, &row.found, &row.beside].map(String::clone);
            [what, found, beside, wanted.unwrap_or_default()]
        }));
        let width = |column: usize| {
            let widths = lines.iter().map(|line| line[column].chars().count());
            widths.max().unwrap_or(0)
        };
        let widths: [usize; 4] = std::array::from_fn(width);
        let line = |cells: &[String; 4]| {
            let cells = cells.iter().zip(widths);
            let padded = cells.map(|(cell, width)| format!(" {cell:<width$} |"));
            format!("|{}\n", padded.collect::<String>())
        };
        let rule = widths.map(|width| "-".repeat(width));
        let mut table = line(&lines[0]) + &line(&rule);
        table.extend(lines[1..].iter().map(line));
        let quiet = match self.least_share {
            share if share < QUIET => format!(
                "NOT QUIET: a server got {share:.2} of its core in one run. Compare by time, or run it again."
            ),
            _ => "Nothing else took time from a server.".to_owned(),
        };
        format!(
            "{table}\nMedians over the rounds; µs each: the server's own time for a request, and by time: a ratio of these. {}. {quiet}",
            self.cores.described()
        )
    }

    fn write(&self, keep: bool) -> io::Result<()> {
        let folder = folder();
        fs::create_dir_all(&folder)?;
        let rows = self.rows.iter().map(|row| {
            let wanted = row.wanted.as_ref();
            json!({
                "what": row.what,
                "found": row.found,
                "beside": row.beside,
                "wanted": wanted.map(|it| &it.what),
                "reached": wanted.map(|it| it.reached),
            })
        });
        let json = json!({
            "group": self.group,
            "processor": processor(),
            "pinned": self.cores.pinned,
            "least_share": self.least_share,
            "rows": rows.collect::<Vec<_>>(),
            "figures": self.figures,
        });
        let chart = chart::draw(self.measure, &self.bars)?;
        let at = |ending: &str| folder.join(format!("{}.{ending}", self.group));
        fs::write(at("json"), format!("{json:#}\n"))?;
        fs::write(at("svg"), &chart)?;
        println!(
            "Also in {} and {}.",
            at("json").display(),
            at("svg").display()
        );
        if keep {
            let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance");
            fs::create_dir_all(&docs)?;
            fs::write(docs.join(format!("{}.svg", self.group)), &chart)?;
        }
        Ok(())
    }
}

impl Wanted {
    fn described(&self) -> String {
        let verdict = match self.reached {
            true => "reached",
            false => "MISSED",
        };
        format!("{}: {verdict}", self.what)
    }
}

/// Where the files of all groups are: beside what cargo builds.
pub fn folder() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"));
    target.join("bench")
}

/// The name of the processor.
fn processor() -> Option<String> {
    let read = fs::read_to_string("/proc/cpuinfo").ok()?;
    let mut lines = read.lines();
    let line = lines.find_map(|line| line.strip_prefix("model name"))?;
    let (_, name) = line.split_once(':')?;
    Some(name.trim().to_owned())
}

/// A number with a comma before each three digits.
pub fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
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
