//! What fails during the soak, and when: answers of WorkOS, its keys, the two processes, the database, and sessions that
//! are revoked. A process is stopped as a deployment stops it; what `kill -9` may cost one session is said in
//! docs/sessions.md ("What can still go wrong"), and so is what an answer of WorkOS that is lost does. Neither is here.

use crate::{person::Person, setting::Setting};
use authkit_emulator::{Endpoint, Fault};
use rand::Rng;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, sleep_until};

/// From when to when.
#[derive(Clone, Copy)]
pub struct Plan {
    started: Instant,
    duration: Duration,
}

impl Plan {
    /// From now on.
    pub fn new(duration: Duration) -> Self {
        Self {
            started: Instant::now(),
            duration,
        }
    }

    /// When this part of it has passed.
    pub fn at(self, part: f64) -> Instant {
        self.started + self.duration.mul_f64(part)
    }

    pub fn end(self) -> Instant {
        self.at(1.0)
    }

    pub fn elapsed(self) -> Duration {
        self.started.elapsed()
    }
}

/// What is restarted.
enum Restart {
    Process(usize),
    Database,
}

/// When, in parts of the whole. The first process is left alone from then on, so that it is seen whether its memory
/// grows. Never two at once, so that there is time to store what one was still holding.
const RESTARTS: [(f64, Restart); 7] = [
    (0.125, Restart::Process(0)),
    (0.2, Restart::Database),
    (0.375, Restart::Process(1)),
    (0.45, Restart::Database),
    (0.625, Restart::Process(1)),
    (0.7, Restart::Database),
    (0.875, Restart::Process(1)),
];

/// Restarts of processes and of the database.
pub async fn restarts(setting: Arc<Setting>, plan: Plan) {
    for (part, restart) in RESTARTS {
        sleep_until(plan.at(part)).await;
        match restart {
            Restart::Process(at) => {
                setting
                    .record
                    .trouble(format!("restart of process {}", at + 1));
                setting.restart_process(at).await;
            }
            Restart::Database => {
                setting
                    .record
                    .trouble("restart of the database, as by a crash");
                setting.restart_database().await;
            }
        }
    }
}

/// What WorkOS answers wrongly, by a name for the table.
fn faults() -> [(&'static str, Endpoint, Fault); 10] {
    use Endpoint::{Authenticate, OrganizationMemberships, Revoke};
    let second = Duration::from_secs(1);
    let html = "<html><h1>Bad gateway</h1></html>";
    let busy = json!({"message": "Too many requests"});
    let busy = Fault::status(429).json(busy).retry_after(2);
    let no_answer = Fault::reset().after(60 * second);
    [
        ("tokens: 500", Authenticate, Fault::status(500)),
        (
            "tokens: slow by 0.7 s",
            Authenticate,
            Fault::latency(second * 7 / 10),
        ),
        (
            "tokens: 502 with HTML",
            Authenticate,
            Fault::status(502).html(html),
        ),
        ("tokens: connection broken", Authenticate, Fault::reset()),
        ("ends of sessions: 500", Revoke, Fault::status(500)),
        ("tokens: 429 with Retry-After", Authenticate, busy),
        ("tokens: no answer", Authenticate, no_answer),
        (
            "tokens: 503 with Retry-After",
            Authenticate,
            Fault::status(503).retry_after(3),
        ),
        (
            "organizations: 500",
            OrganizationMemberships,
            Fault::status(500),
        ),
        (
            "organizations: slow by 5 s",
            OrganizationMemberships,
            Fault::latency(5 * second),
        ),
    ]
}

/// The faults of WorkOS, one after the other, each for a while and with a pause after it; and every so often new keys,
/// in a pause.
pub async fn emulator_faults(setting: Arc<Setting>) {
    let control = &setting.host.control;
    let between = |from: u64, to| Duration::from_secs(rand::rng().random_range(from..to));
    // People have to be there first.
    sleep(Duration::from_secs(10)).await;
    let mut keys = KEYS.iter().cycle();
    let mut rotated = Instant::now();
    for (name, endpoint, fault) in faults().iter().cycle() {
        setting.record.trouble(*name);
        control.set_fault(*endpoint, fault.clone());
        let lasting = between(4, 10);
        sleep(lasting).await;
        control.clear_faults();
        if rotated.elapsed() > KEY_INTERVAL
            && let Some(rotation) = keys.next()
        {
            rotated = Instant::now();
            rotate_keys(&setting, *rotation).await;
        }
        let pause = between(3, 8);
        sleep(pause).await;
    }
}

/// New signing keys come more often than any provider makes them, but keys that are not known are fetched every half a
/// minute at most.
const KEY_INTERVAL: Duration = Duration::from_secs(40);

/// What there is about new keys.
#[derive(Clone, Copy)]
enum Keys {
    /// The old ones are listed, too.
    Added,
    /// The same, but the list is not to be had at first.
    Hidden,
    /// The old ones are listed no longer.
    Withdrawn,
}

const KEYS: [Keys; 3] = [Keys::Added, Keys::Hidden, Keys::Withdrawn];

async fn rotate_keys(setting: &Setting, keys: Keys) {
    let control = &setting.host.control;
    setting.record.trouble(match keys {
        Keys::Added => "keys: a new one",
        Keys::Hidden => "keys: a new one, and the list answers 500",
        Keys::Withdrawn => "keys: a new one, the old ones withdrawn",
    });
    if let Keys::Hidden = keys {
        // Of each process.
        control.set_fault(Endpoint::Jwks, Fault::status(500).times(4));
    }
    let rotated = control.rotate_keys(!matches!(keys, Keys::Withdrawn));
    rotated.await.expect("a key can be made");
}

/// Ends of sessions that their people have not asked for.
pub async fn revocations(setting: Arc<Setting>, people: Vec<Arc<Person>>) {
    loop {
        sleep(Duration::from_secs(4)).await;
        let nth = rand::rng().random_range(0..people.len());
        if people[nth].revoke().await {
            setting.record.trouble("session revoked at WorkOS");
        }
    }
}
