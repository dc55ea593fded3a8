//! What the people meet: an emulator, a PostgreSQL, and two processes of the app at addresses that stay, each of which
//! can be restarted. There is no balancer: who sends a request chooses a process, as a balancer would.

use crate::{
    postgres::{Postgres, free_port},
    process::Process,
    record::Record,
    support::App,
    trouble::Plan,
};
use authkit_emulator::Webhook;
use authkit_live::Revision;
use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, watch},
    time::sleep_until,
};
use tokio_util::sync::CancellationToken;

/// So many processes.
pub const PROCESSES: usize = 2;
/// Signs webhooks, at the emulator and in the processes.
const WEBHOOK_SECRET: &str = "whsec_for_the_soak";
/// How long an access token lives: people renew several times a minute. In seconds.
pub const TOKEN_LIFE: i64 = 30;
/// How long the stopped database is away.
const DATABASE_AWAY: Duration = Duration::from_secs(8);

/// All of it.
pub struct Setting {
    /// The emulator, and the public origin of the app, which the processes have as theirs.
    pub host: App,
    /// What was seen.
    pub record: Record,
    /// Cancelled when people should stop.
    pub people_stop: CancellationToken,
    /// What watchers should see before they stop.
    pub last_revision: watch::Sender<Option<Revision>>,
    /// URL of the database.
    pub database: String,
    postgres: Mutex<Postgres>,
    places: Vec<Place>,
    logs: PathBuf,
}

/// Where a process is.
struct Place {
    addr: SocketAddr,
    process: Mutex<Option<Process>>,
    /// Odd while the process is stopped, or being started.
    lives: AtomicU64,
}

/// When a request was sent: to tell whether the process was there all the time.
#[derive(Clone, Copy)]
pub struct Life(u64);

impl Setting {
    /// Everything up and running.
    pub async fn start() -> Arc<Self> {
        let host = App::start().await;
        host.control.set_access_token_lifetime(TOKEN_LIFE);
        let postgres = Postgres::start().await;
        let logs = tempfile::tempdir().expect("a folder for the logs").keep();
        let place = |_| Place {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())),
            process: Mutex::default(),
            lives: AtomicU64::new(1),
        };
        let setting = Self {
            host,
            record: Record::default(),
            people_stop: CancellationToken::new(),
            last_revision: watch::channel(None).0,
            database: postgres.database().await,
            postgres: Mutex::new(postgres),
            places: (0..PROCESSES).map(place).collect(),
            logs,
        };
        for at in 0..PROCESSES {
            setting.start_process(at).await;
        }
        setting.host.control.set_webhook(Some(Webhook {
            url: format!("http://{}/webhooks/workos", setting.address(0)),
            secret: WEBHOOK_SECRET.to_owned(),
        }));
        Arc::new(setting)
    }

    /// The app's public origin.
    pub fn origin(&self) -> &str {
        self.host.authkit.origin()
    }

    /// Where a process listens.
    pub fn address(&self, at: usize) -> SocketAddr {
        self.places[at].addr
    }

    /// Where the processes log.
    pub fn logs(&self) -> &Path {
        &self.logs
    }

    /// For [`was_there_since`](Self::was_there_since).
    pub fn life(&self, at: usize) -> Life {
        Life(self.places[at].lives.load(Ordering::SeqCst))
    }

    /// Whether the process has been up all the time since then.
    pub fn was_there_since(&self, at: usize, Life(then): Life) -> bool {
        then.is_multiple_of(2) && self.places[at].lives.load(Ordering::SeqCst) == then
    }

    async fn start_process(&self, at: usize) {
        let place = &self.places[at];
        let log = self.logs.join(format!("process-{at}.log"));
        let log = File::options().create(true).append(true).open(log);
        let variables = [
            ("DATABASE_URL", self.database.as_str()),
            ("LEPTOS_ENV", "DEV"),
            ("RUST_LOG", "warn"),
            ("TRUSTED_PROXIES", "127.0.0.0/8"),
            ("WORKOS_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ];
        let log = log.expect("a file for the log").into();
        let process =
            Process::start_at(crate::PROGRAM, place.addr, &self.host, &variables, log).await;
        *place.process.lock().await = Some(process);
        place.lives.fetch_add(1, Ordering::SeqCst);
    }

    /// Stops a process as a deployment does, and starts another in its place.
    pub async fn restart_process(&self, at: usize) {
        let place = &self.places[at];
        place.lives.fetch_add(1, Ordering::SeqCst);
        let process = place.process.lock().await.take();
        if let Some(process) = process
            && !process.stop().await
        {
            self.record.outside("a process did not stop well");
        }
        self.start_process(at).await;
    }

    /// Stops the database as a crash would, and starts it again after a while.
    pub async fn restart_database(&self) {
        let mut postgres = self.postgres.lock().await;
        postgres.stop().await;
        tokio::time::sleep(DATABASE_AWAY).await;
        postgres.start_again().await;
    }

    /// Asks all people to stop.
    pub fn stop_people(&self) {
        self.people_stop.cancel();
    }

    /// Asks all watchers to stop once they have seen this.
    pub fn stop_watchers(&self, last: Revision) {
        self.last_revision.send_replace(Some(last));
    }

    /// The resident memory of the processes, in kB. 0 for one that is not there.
    pub async fn memory(&self) -> Vec<Memory> {
        let mut all = Vec::new();
        for place in &self.places {
            let process = place.process.lock().await;
            let id = process.as_ref().map(Process::id);
            all.push(Memory {
                kilobytes: id.map_or(0, resident),
                life: place.lives.load(Ordering::SeqCst),
            });
        }
        all
    }

    /// For the line that says how far it is.
    pub fn so_far(&self) -> String {
        let mut memory = String::new();
        for place in &self.places {
            let process = place.process.try_lock();
            let id = process
                .ok()
                .and_then(|process| process.as_ref().map(Process::id));
            let resident = id.map_or("away".to_owned(), |id| {
                format!("{} MB", resident(id) / 1024)
            });
            memory = format!("{memory} {resident}");
        }
        format!("{},{memory}", self.record.so_far())
    }
}

/// The memory of one process at one moment.
#[derive(Clone, Copy)]
pub struct Memory {
    /// Resident.
    pub kilobytes: u64,
    /// Another after each restart.
    pub life: u64,
}

/// At a quarter, half, three quarters and the end.
pub async fn sample_memory(setting: Arc<Setting>, plan: Plan) -> Vec<Vec<Memory>> {
    let mut samples = Vec::new();
    for quarter in 1..=4 {
        sleep_until(plan.at(f64::from(quarter) / 4.0)).await;
        samples.push(setting.memory().await);
    }
    samples
}

/// As `ps` says it, in kB, on Linux and macOS.
fn resident(id: u32) -> u64 {
    let said = Command::new("ps")
        .args(["-o", "rss=", "-p", &id.to_string()])
        .output()
        .map(|output| output.stdout);
    let said = String::from_utf8(said.unwrap_or_default()).unwrap_or_default();
    said.trim().parse().unwrap_or(0)
}
