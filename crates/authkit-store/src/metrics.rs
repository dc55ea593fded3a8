//! What is counted of the database, by the `metrics` crate: nothing is kept anywhere unless the app installs a recorder.
//!
//! Called by [`Store`](crate::Store).

use metrics::{Unit, describe_gauge, describe_histogram, gauge, histogram};
use sqlx::{Database, Pool};
use std::time::Duration;

/// Seconds that a caller waits for its turn to write to an SQLite file.
pub const WRITE_TURN_SECONDS: &str = "database_write_turn_seconds";
/// Connections to the database, by `state`: `used` or `idle`.
pub const CONNECTIONS: &str = "database_connections";
/// Connections that there may be.
pub const MOST_CONNECTIONS: &str = "database_connections_max";

/// Says what the figures are. Call it once there is a recorder.
pub fn describe() {
    describe_histogram!(
        WRITE_TURN_SECONDS,
        Unit::Seconds,
        "Wait for the turn to write to an SQLite file"
    );
    describe_gauge!(CONNECTIONS, "Connections to the database, by state");
    describe_gauge!(MOST_CONNECTIONS, "Connections that there may be");
}

/// A caller who has waited so long for its turn to write.
pub(crate) fn write_turn(waited: Duration) {
    histogram!(WRITE_TURN_SECONDS).record(waited);
}

/// How many connections a pool has, how many of them have nothing to do, and how many there may be.
pub(crate) fn connections<DB: Database>(pool: &Pool<DB>) {
    let open = pool.size();
    let idle = u32::try_from(pool.num_idle()).unwrap_or(open).min(open);
    gauge!(CONNECTIONS, "state" => "idle").set(f64::from(idle));
    gauge!(CONNECTIONS, "state" => "used").set(f64::from(open - idle));
    gauge!(MOST_CONNECTIONS).set(f64::from(pool.options().get_max_connections()));
}
