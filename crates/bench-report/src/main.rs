//! The loop of a developer, from saving a file to the browser showing it: prints what was found, and writes JSON and a
//! chart. Run by `script/bench loop` with the file into which its edits have written their times. It measures nothing.

use bench_report::{Measure, Report, Wanted, median, sorted};
use serde::Deserialize;
use std::{env, error::Error, fs, process::ExitCode};

/// Seconds at most, on two cores.
const WANTED: [(&str, f64); 3] = [("A page", 5.0), ("An island", 8.0), ("The stylesheet", 1.0)];

/// Seconds that edits of one kind took.
#[derive(Deserialize)]
struct Edits {
    what: String,
    seconds: Vec<f64>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let times = arguments
        .next()
        .ok_or("Run script/bench loop: it makes the edits.")?;
    let keep = arguments.any(|it| it == "--keep");
    let all: Vec<Edits> = serde_json::from_str(&fs::read_to_string(times)?)?;
    let mut report = Report::new("loop", Measure::Seconds);
    for (kind, most) in WANTED {
        if !all
            .iter()
            .any(|it| it.what == kind && !it.seconds.is_empty())
        {
            report.require(kind, "nothing", "", format!("{most} s"), false);
        }
    }
    for Edits { what, seconds } in all {
        let seconds = sorted(seconds);
        let (Some(least), Some(most)) = (seconds.first(), seconds.last()) else {
            continue;
        };
        let median = median(&seconds);
        let found = format!("{median:.1} s");
        let range = format!("{least:.1} to {most:.1} s in {} edits", seconds.len());
        let wanted = WANTED.iter().find(|(kind, _)| *kind == what);
        let wanted = wanted.map(|(_, seconds)| *seconds);
        match wanted {
            Some(wanted) => {
                let reached = median <= wanted;
                report.require(&what, found, range, format!("{wanted} s"), reached);
            }
            None => report.note(&what, found, range),
        }
        report.bar(&what, median, wanted.map(Wanted::AtMost));
        report.detail(what, seconds);
    }
    report.below("Medians, from saving the file to the browser showing it.");
    Ok(report.finish(keep))
}
