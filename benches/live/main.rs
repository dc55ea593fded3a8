//! What live queries cost, measured: run by `script/bench`. Prints a table of figures, each beside the one
//! it has to reach, and exits with 1 if one is missed.
//!
//! The server is a process of its own (this program again, with an argument), so that its memory can be
//! read; the load comes from here, on the same machine. What is compared is measured in the same run.

mod baseline;
mod child;
mod fan_out;
mod idle;
mod latency;
mod report;
mod subject;
mod subscriber;
mod writes;

use report::Report;
use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("subject") => runtime.block_on(subject::serve()),
        Some("baseline") => runtime.block_on(baseline::serve()),
        // What cargo adds (`--bench`), and names of parts to run.
        _ => {
            let wanted = |part: &str| {
                let mut named = arguments
                    .iter()
                    .filter(|it| !it.starts_with('-'))
                    .peekable();
                named.peek().is_none() || named.any(|name| name == part)
            };
            return runtime.block_on(measure(wanted));
        }
    }
    ExitCode::SUCCESS
}

async fn measure(wanted: impl Fn(&str) -> bool) -> ExitCode {
    let mut report = Report::default();
    if wanted("fan-out") {
        fan_out::measure(&mut report).await;
    }
    if wanted("writes") {
        writes::measure(&mut report).await;
    }
    if wanted("idle") {
        idle::measure(&mut report).await;
    }
    report.print()
}
