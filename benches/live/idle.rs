//! What somebody costs who only has the page open: resident memory of the server, before and after.

use super::{
    child::Child,
    subscriber::{self, Arrived},
};
use bench_report::{Report, Wanted};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::sync::mpsc::unbounded_channel;

const SUBSCRIBERS: u64 = 10_000;
const MOST: u64 = 12 * 1024;

/// Measures it. Needs more open files than many systems allow at first.
pub async fn measure(report: &mut Report) {
    eprintln!("idle: {SUBSCRIBERS} subscribers");
    let child = Child::start("subject");
    let arrived = Arrived::default();
    let (sender, mut receiver) = unbounded_channel();
    tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    // What the first ones cost is the program warming up.
    let warm = 100;
    let mut before = 0;
    for count in 0..SUBSCRIBERS + warm {
        if count == warm {
            settled(&arrived, warm).await;
            before = child.resident();
        }
        if count % 1_000 == 0 {
            eprintln!("  {count} connected");
        }
        subscriber::follow(&child.greeting, count, &arrived, sender.clone()).await;
    }
    settled(&arrived, SUBSCRIBERS + warm).await;
    let each = child.resident().saturating_sub(before) / SUBSCRIBERS;
    report.require(
        "resident memory of an idle subscriber, of 10,000",
        format!("{:.1} kB", each as f64 / 1024.0),
        "",
        "at most 12 kB",
        each <= MOST,
    );
    let what = "memory of an idle subscriber, of 12 kB";
    report.bar(what, each as f64 / MOST as f64, Some(Wanted::AtMost(1.0)));
}

async fn settled(arrived: &Arrived, count: u64) {
    while arrived.load(Ordering::Relaxed) < count {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
