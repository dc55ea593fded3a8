//! One query, many who follow it, a write every so often: how long from the commit to the arrival, beside
//! the same bytes broadcast by hand.

use super::{
    child::Child,
    latency::Latency,
    subscriber::{self, Arrival, Arrived},
};
use bench_report::{Report, Wanted};
use std::{collections::HashMap, sync::atomic::Ordering, time::Duration};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const SUBSCRIBERS: u64 = 1_000;
const WRITES: u64 = 300;
const INTERVAL: Duration = Duration::from_millis(100);
/// How long the last answers may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// What an answer with 20 numbers weighs: the baseline sends as much.
const BYTES: usize = 3_100;
const OF_BROADCAST: f64 = 1.2;

/// Measures it.
pub async fn measure(report: &mut Report) {
    eprintln!("fan-out: {SUBSCRIBERS} subscribers, {WRITES} writes, one every {INTERVAL:?}, twice");
    let (ours, complete, runs) = subject().await;
    let baseline = baseline().await;
    let by_hand = format!("broadcast by hand: {baseline}");
    report.note(
        "commit to arrival, p50 / p99 / longest",
        ours.to_string(),
        by_hand,
    );
    let ratio = ours.p99.as_secs_f64() / baseline.p99.as_secs_f64();
    let what = "p99 of the arrival, of a broadcast's by hand";
    report.require(
        what,
        format!("{ratio:.2}"),
        "",
        format!("at most {OF_BROADCAST}"),
        ratio <= OF_BROADCAST,
    );
    report.bar(what, ratio, Some(Wanted::AtMost(OF_BROADCAST)));
    report.require(
        "subscribers that saw every version or a newer one",
        complete.to_string(),
        "",
        SUBSCRIBERS.to_string(),
        complete == SUBSCRIBERS,
    );
    let per_write = runs as f64 / WRITES as f64;
    let what = "query executions for each write";
    report.require(
        what,
        format!("{per_write:.2}"),
        "",
        "at most 1",
        per_write <= 1.0,
    );
    report.bar(what, per_write, Some(Wanted::AtMost(1.0)));
}

async fn subject() -> (Latency, u64, u64) {
    let mut child = Child::start("subject");
    let arrived = Arrived::default();
    let mut each = Vec::new();
    // As many numbers as the list has from the start, so that all answers are of one size.
    for _ in 0..20 {
        child.ask("write");
    }
    for nth in 0..SUBSCRIBERS {
        let (sender, receiver) = unbounded_channel();
        subscriber::follow(&child.greeting, nth, &arrived, sender).await;
        each.push(receiver);
    }
    until(&arrived, SUBSCRIBERS).await;
    let runs_before = runs(&mut child);
    let mut commits = HashMap::new();
    let mut last = 0;
    let mut ticks = tokio::time::interval(INTERVAL);
    for _ in 0..WRITES {
        ticks.tick().await;
        let answer = child.ask("write");
        let (number, at) = answer.split_once(' ').expect("revision and moment");
        last = number.parse().expect("a number");
        commits.insert(last, at.parse::<u64>().expect("a moment"));
    }
    let mut samples = Vec::new();
    let mut complete = 0;
    for receiver in &mut each {
        complete += u64::from(take(receiver, last, &commits, &mut samples).await);
    }
    let runs = runs(&mut child) - runs_before;
    (Latency::of(samples), complete, runs)
}

fn runs(child: &mut Child) -> u64 {
    child.ask("runs").parse().expect("a number")
}

async fn baseline() -> Latency {
    let mut child = Child::start("baseline");
    let arrived = Arrived::default();
    let mut each = Vec::new();
    for _ in 0..SUBSCRIBERS {
        let (sender, receiver) = unbounded_channel();
        subscriber::listen(&child.greeting, &arrived, sender).await;
        each.push(receiver);
    }
    let mut commits = HashMap::new();
    let mut ticks = tokio::time::interval(INTERVAL);
    let bytes = "x".repeat(BYTES);
    for number in 1..=WRITES {
        ticks.tick().await;
        let sent = child.ask(&format!("{number} {bytes}"));
        commits.insert(number, sent.parse::<u64>().expect("a moment"));
    }
    let mut samples = Vec::new();
    for receiver in &mut each {
        take(receiver, WRITES, &commits, &mut samples).await;
    }
    Latency::of(samples)
}

/// What one subscriber got: the time of each, and whether the last one is among them, in order.
async fn take(
    receiver: &mut UnboundedReceiver<Arrival>,
    last: u64,
    commits: &HashMap<u64, u64>,
    samples: &mut Vec<u64>,
) -> bool {
    // What each had from the start.
    let mut newest = commits.keys().min().map_or(0, |first| first - 1);
    while newest < last {
        let arrival = tokio::time::timeout(PATIENCE, receiver.recv()).await;
        let Ok(Some(Arrival { number, at })) = arrival else {
            return false;
        };
        if number < newest {
            return false;
        }
        // Those that were left out for a newer one have arrived with it.
        let arrived = newest + 1..=number;
        newest = number;
        // The answer may be there before the writer has heard of its own commit.
        let commits = arrived.filter_map(|number| commits.get(&number));
        samples.extend(commits.map(|commit| at.saturating_sub(*commit)));
    }
    true
}

async fn until(arrived: &Arrived, count: u64) {
    while arrived.load(Ordering::Relaxed) < count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
