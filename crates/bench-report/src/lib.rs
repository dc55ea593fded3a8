//! What a group of benchmarks has found: one table, beside it what was compared and what is wanted. Also as JSON and as a
//! chart.
//!
//! Filled by the benchmarks of the workspace and by this crate's program. It measures nothing.

mod chart;
mod table;

use chart::Bar;
pub use chart::{Measure, Wanted};

use serde_json::{Map, Value, json};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};
use table::Row;

/// The results of a group.
#[derive(Debug)]
pub struct Report {
    group: String,
    measure: Measure,
    rows: Vec<Row>,
    bars: Vec<Bar>,
    details: Map<String, Value>,
    below: String,
}

impl Report {
    /// An empty one. `measure` says what the bars of its chart measure.
    #[must_use]
    pub fn new(group: impl Into<String>, measure: Measure) -> Self {
        Self {
            group: group.into(),
            measure,
            rows: Vec::new(),
            bars: Vec::new(),
            details: Map::new(),
            below: String::new(),
        }
    }

    /// A row that is worth knowing.
    pub fn note(
        &mut self,
        what: impl Into<String>,
        found: impl Into<String>,
        beside: impl Into<String>,
    ) {
        self.rows
            .push(Row::new(what.into(), found.into(), beside.into()));
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
        let row = Row::new(what.into(), found.into(), beside.into());
        self.rows.push(row.requiring(wanted.into(), reached));
    }

    /// A bar of the chart, and where a mark on it says what is wanted.
    pub fn bar(&mut self, name: impl Into<String>, value: f64, wanted: Option<Wanted>) {
        self.bars.push(Bar {
            name: name.into(),
            value,
            wanted,
        });
    }

    /// What only the JSON has.
    pub fn detail(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.details.insert(name.into(), value.into());
    }

    /// What is printed below the table.
    pub fn below(&mut self, text: impl Into<String>) {
        self.below = text.into();
    }

    /// Prints the table and writes the files; with `keep`, the chart into the docs too. 1 if something was missed.
    #[must_use]
    pub fn finish(self, keep: bool) -> ExitCode {
        println!(
            "\n{}\n{}",
            table::markdown(&self.group, &self.rows),
            self.below
        );
        if let Err(error) = self.write(keep) {
            eprintln!("The files can't be written: {error}");
            return ExitCode::FAILURE;
        }
        match self.rows.iter().all(Row::is_reached) {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        }
    }

    fn write(&self, keep: bool) -> io::Result<()> {
        let folder = folder();
        fs::create_dir_all(&folder)?;
        let mut json = json!({
            "group": self.group,
            "processor": processor(),
            "rows": self.rows.iter().map(Row::json).collect::<Vec<_>>(),
        });
        if let Value::Object(all) = &mut json {
            all.extend(self.details.clone());
        }
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
            let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance");
            fs::create_dir_all(&docs)?;
            fs::write(docs.join(format!("{}.svg", self.group)), &chart)?;
        }
        Ok(())
    }
}

/// Where the files of all groups are: beside what cargo builds.
fn folder() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    target.unwrap_or(workspace).join("bench")
}

/// A number with a comma before each three digits.
#[must_use]
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

/// Values in order, the smallest first.
pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The middle one of values in order.
///
/// # Panics
/// Where there is none.
#[must_use]
pub fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

/// The name of the processor.
fn processor() -> Option<String> {
    let read = fs::read_to_string("/proc/cpuinfo").ok()?;
    let mut lines = read.lines();
    let line = lines.find_map(|line| line.strip_prefix("model name"))?;
    let (_, name) = line.split_once(':')?;
    Some(name.trim().to_owned())
}
