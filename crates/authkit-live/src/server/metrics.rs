//! What is counted of live queries and mutations, by the `metrics` crate: nothing is kept anywhere unless the app installs a
//! recorder.
//!
//! Called by the API for mutations, and by [`Live::measure`](super::Live::measure). A label is a name of the app's or a
//! reason code, never a client's word.

use metrics::{counter, describe_counter, describe_gauge, gauge};

/// Streams that pages have open.
pub const STREAMS: &str = "live_streams";
/// Questions that are followed: several pages that ask the same are one.
pub const ROOMS: &str = "live_rooms";
/// Times that queries were run for those who follow.
pub const QUERY_RUNS: &str = "live_query_runs_total";
/// Mutations asked for, by `mutation` and `outcome`: `done`, or the status of the refusal.
pub const MUTATIONS: &str = "live_mutations_total";

/// Says what the figures are. Call it once there is a recorder.
pub fn describe() {
    describe_gauge!(STREAMS, "Streams that pages have open");
    describe_gauge!(ROOMS, "Questions that are followed");
    describe_counter!(
        QUERY_RUNS,
        "Times that queries were run for those who follow"
    );
    describe_counter!(MUTATIONS, "Mutations asked for, by name and outcome");
}

const DONE: &str = "done";

/// A mutation that was asked for: `Err` is the status of the refusal.
pub(super) fn mutation(name: &'static str, outcome: Result<(), http::StatusCode>) {
    let outcome = match outcome {
        Ok(()) => DONE.to_owned(),
        Err(status) => status.as_u16().to_string(),
    };
    counter!(MUTATIONS, "mutation" => name, "outcome" => outcome).increment(1);
}

/// How much there is to follow, and how often queries were run since the start.
#[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53")]
pub(super) fn followed(streams: usize, rooms: usize, runs: u64) {
    gauge!(STREAMS).set(streams as f64);
    gauge!(ROOMS).set(rooms as f64);
    counter!(QUERY_RUNS).absolute(runs);
}
