//! What live queries cost, measured: run by `script/bench`. Prints one table, what is wanted beside what was found, and exits
//! with 1 if something was missed.
//!
//! The server is a process of its own (this program again, with an argument), so that its memory can be
//! read; the load comes from here, on the same machine. What is compared is measured in the same run.

mod baseline;
mod child;
mod fan_out;
mod idle;
mod latency;
mod subject;
mod subscriber;
mod writes;

use bench_report::{Measure, Report};
use std::process::ExitCode;

/// All of it, by the name of its files.
const GROUP: &str = "live";
const PARTS: [&str; 4] = [GROUP, "fan-out", "writes", "idle"];

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("subject") => runtime.block_on(subject::serve()),
        Some("baseline") => runtime.block_on(baseline::serve()),
        _ => {
            // Not what cargo adds: `--bench`.
            let (flags, parts): (Vec<_>, Vec<_>) =
                arguments.into_iter().partition(|it| it.starts_with('-'));
            if let Some(unknown) = parts.iter().find(|it| !PARTS.contains(&it.as_str())) {
                eprintln!(
                    "{unknown} is no part: name some of {}, or none.",
                    PARTS.join(", ")
                );
                return ExitCode::FAILURE;
            }
            let group = match &parts[..] {
                [] => GROUP.to_owned(),
                parts => parts.join("-"),
            };
            let report = runtime.block_on(measure(&group, &parts));
            return report.finish(group == GROUP && flags.iter().any(|it| it == "--keep"));
        }
    }
    ExitCode::SUCCESS
}

/// All, unless some are named.
async fn measure(group: &str, parts: &[String]) -> Report {
    let wanted = |part: &str| group == GROUP || parts.iter().any(|named| named == part);
    let mut report = Report::new(group, Measure::Parts);
    if wanted("fan-out") {
        fan_out::measure(&mut report).await;
    }
    if wanted("writes") {
        writes::measure(&mut report).await;
    }
    if wanted("idle") {
        idle::measure(&mut report).await;
    }
    report
}
