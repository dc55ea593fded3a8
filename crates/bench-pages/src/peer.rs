//! `script/bench peer FOLDER`: the home page here beside the same page of another implementation, both signed in at the
//! emulator of WorkOS's npm package that the folder brings, with the same load, in the same run.
//!
//! The folder is started by its own scripts: `run.sh` starts and stops the emulator and the app, `env.sh` says where they
//! listen. What they need is built before, by `script/bench`.

use super::{
    burst::{self, Burst},
    cores::Cores,
    pages::{BROWSER, MIB, page, page_of},
    person,
    process::Process,
    report::{Report, cell},
    rounds::{Figures, Plan, Ratio, Subject},
    server::{Program, WorkOs},
    target::Target,
};
use bench_report::Wanted;
use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use test_support::postgres::free_port;
use url::Url;

/// Who signs in at both.
pub const USER: &str = "alice@example.com";

const HERE: &str = "signed-in /";
const THERE: &str = "the peer's signed-in /";
const HERE_OUT: &str = "signed-out /";
const THERE_OUT: &str = "the peer's signed-out /";
const HERE_SMALL: &str = "signed-in /, compressed";
const THERE_SMALL: &str = "the peer's signed-in /, compressed";

/// So many times as fast.
const WANTED: f64 = 50.0;
/// For the peer's just-in-time compiler.
const WARM_UP: Duration = Duration::from_secs(8);
/// A token's life in seconds, where it has to have expired, and how long that takes.
const SHORT_LIFE: u32 = 2;
const EXPIRED: Duration = Duration::from_millis(3_500);
/// The life that the peer's emulator begins with.
const LONG_LIFE: u32 = 3_600;

/// The peer's app and emulator; dropped, they are stopped.
pub struct Peer {
    folder: PathBuf,
    variables: BTreeMap<String, String>,
    /// Where the app is.
    pub origin: Url,
}

/// Measures it. `None` where `script/bench` named no folder.
pub async fn measure(cores: Cores, program: &Program) -> Option<Report> {
    let peer = Peer::read()?;
    eprintln!("peer: {}", cores.described());
    peer.run("stop");
    peer.run("emu-start");
    let there_started = peer.start().await;
    let port = free_port();
    let workos = peer.workos();
    let server = program.start_at(port, cores, &workos, &[]).await;
    let there = peer.process();
    let idle = [server.process(), there].map(Process::resident);

    let cookie = person::sign_in(&server.origin, USER).await;
    let peers_cookie = person::sign_in(&peer.origin, USER).await;
    let subject = |name, target: Target, server| Subject {
        name,
        target: Arc::new(target),
        connections: match name {
            HERE_SMALL | THERE_SMALL => &[16],
            _ => &[1, 16, 64],
        },
        server,
    };
    let signed_in = page_of(&server.origin, &cookie, USER);
    let peers = page_of(&peer.origin, &peers_cookie, USER);
    let subjects = [
        subject(HERE, signed_in.clone(), server.process()),
        subject(THERE, peers.clone(), there),
        subject(HERE_OUT, page(&server.origin, USER), server.process()),
        subject(THERE_OUT, page(&peer.origin, USER), there),
        subject(HERE_SMALL, signed_in.encoded(BROWSER), server.process()),
        subject(THERE_SMALL, peers.encoded(BROWSER), there),
    ];
    let plan = Plan {
        warm_up: WARM_UP,
        ..Plan::read()
    };
    let figures = plan.measure(&subjects).await;
    let after = [server.process(), there].map(Process::resident);

    let mut report = Report::new("peer", cores);
    speed(&mut report, &figures);
    for (origin, name) in [(&server.origin, "here"), (&peer.origin, "the peer")] {
        expired(&mut report, &peer, origin, name).await;
    }
    let mebibytes = |of: usize| [idle[of], after[of]].map(|bytes| bytes as f64 / MIB);
    let ([idle, after], [peers_idle, peers_after]) = (mebibytes(0), mebibytes(1));
    report.note(
        "memory: idle, after load",
        format!("{idle:.0}, {after:.0} MiB"),
        format!("{peers_idle:.0}, {peers_after:.0} MiB"),
    );
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    report.note(
        "start to first page",
        format!("{:.0} ms", milliseconds(server.first_page_after)),
        format!("{:.0} ms", milliseconds(there_started)),
    );
    Some(report)
}

fn speed(report: &mut Report, figures: &Figures) {
    report.keep(&figures.0, &[]);
    for (name, peers) in [
        (HERE, THERE),
        (HERE_OUT, THERE_OUT),
        (HERE_SMALL, THERE_SMALL),
    ] {
        let connections = figures.0.iter().filter(|it| it.name == name);
        for here in connections {
            let at = here.connections;
            let there = figures.of(peers, at);
            let Ratio { rate, by_time } = here.to(there);
            let what = format!("{name}, {at} at once");
            let times = format!("{rate:.1} times as fast (by time {by_time:.1})");
            let beside = format!("peer: {}; {times}", cell(there));
            if at == 1 || name == HERE_SMALL {
                report.note(&what, cell(here), beside);
                report.bar(&what, here.rate, None);
            } else {
                let wanted = format!("{WANTED} times as fast");
                report.require(&what, cell(here), beside, wanted, rate >= WANTED);
                report.bar(&what, here.rate, Some(Wanted::AtLeast(WANTED * there.rate)));
            }
            report.bar(format!("{peers}, {at} at once"), there.rate, None);
            if name == HERE {
                let wanted = there.p99_ms / WANTED;
                report.require(
                    format!("p99 of {what}"),
                    format!("{:.2} ms", here.p99_ms),
                    format!("peer: {:.0} ms", there.p99_ms),
                    format!("a fiftieth, {wanted:.2} ms"),
                    here.p99_ms <= wanted,
                );
            }
        }
    }
}

/// Fifty requests at once on a token that has expired, at one of the two.
async fn expired(report: &mut Report, peer: &Peer, origin: &Url, name: &str) {
    peer.control(&format!("/ttl?s={SHORT_LIFE}")).await;
    let cookie = person::sign_in(origin, USER).await;
    peer.control(&format!("/ttl?s={LONG_LIFE}")).await;
    tokio::time::sleep(EXPIRED).await;
    peer.control("/reset-stats").await;
    let burst = Burst::send(&page_of(origin, &cookie, USER), USER).await;
    let counts = peer.control("/stats").await;
    let stats = counts["stats"].as_object().cloned().unwrap_or_default();
    let renewals = stats
        .iter()
        .filter(|(call, _)| call.contains("refresh_token"));
    let renewals: u64 = renewals.filter_map(|(_, count)| count.as_u64()).sum();
    let (pages, all) = (burst.pages, burst::REQUESTS);
    let milliseconds = burst.lasted.as_secs_f64() * 1e3;
    let found = format!("{renewals} renewals, {pages} pages, {milliseconds:.0} ms");
    let what = format!("{all} requests at once on an expired token: {name}");
    if name == "here" {
        let reached = renewals == 1 && pages == all;
        report.require(what, found, "", format!("1 renewal, {all} pages"), reached);
    } else {
        report.note(what, "", found);
    }
}

impl Peer {
    /// The one in the folder that `script/bench` named.
    pub fn read() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("PEER")?);
        let listing = Command::new("bash")
            .args(["-c", ". ./env.sh && env -0"])
            .current_dir(&folder)
            .output()
            .expect("bash can be run");
        let listing = String::from_utf8_lossy(&listing.stdout);
        let variables = listing.split('\0').filter_map(|it| it.split_once('='));
        let variables: BTreeMap<_, _> = variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let origin = variables.get("BASE").and_then(|it| it.parse().ok());
        Some(Self {
            folder,
            origin: origin.expect("env.sh says where the app is, in BASE"),
            variables,
        })
    }

    fn variable(&self, name: &str) -> &str {
        let found = self.variables.get(name);
        found.unwrap_or_else(|| panic!("env.sh sets no {name}"))
    }

    /// The WorkOS that its app signs in at.
    pub fn workos(&self) -> WorkOs {
        let port = self.variable("EMU_PORT").parse().expect("a port");
        let [id, key] = ["WORKOS_CLIENT_ID", "WORKOS_API_KEY"].map(|name| self.variable(name));
        WorkOs::at(port, id, key)
    }

    fn script(&self, order: &str) -> Command {
        let mut script = Command::new("./run.sh");
        script.arg(order).current_dir(&self.folder);
        script.stdin(Stdio::null()).stdout(Stdio::null());
        script
    }

    /// Has `run.sh` do this.
    pub fn run(&self, order: &str) {
        let status = self.script(order).status().expect("run.sh can be run");
        assert!(status.success(), "run.sh {order} has failed");
    }

    /// Starts its app. Until its first page.
    pub async fn start(&self) -> Duration {
        let page = Target::page(&self.origin, "/");
        let begun = Instant::now();
        let mut script = self.script("app-start").spawn().expect("run.sh can be run");
        let first_page_after = loop {
            match page.ask().await {
                Ok(answer) if answer.status.is_success() => break begun.elapsed(),
                _ => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        };
        let status = script.wait().expect("it ends once its app answers");
        assert!(status.success(), "run.sh app-start has failed");
        first_page_after
    }

    fn process(&self) -> Process {
        let id = fs::read_to_string(self.folder.join("run/app.pid"));
        let id = id.ok().and_then(|id| id.trim().parse().ok());
        Process(id.expect("run.sh leaves the app's process id in run/app.pid"))
    }

    /// Tells its emulator something, and returns what it counts.
    async fn control(&self, path: &str) -> serde_json::Value {
        let url = format!("http://127.0.0.1:{}{path}", self.variable("CTL_PORT"));
        let client = reqwest::Client::builder().no_proxy().build();
        let sent = client.expect("a client").post(url).send().await;
        let answer = sent.expect("the emulator's control port answers");
        answer.json().await.expect("JSON")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.script("stop").status();
    }
}
