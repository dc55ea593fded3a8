//! `script/bench growth`: what a database costs that has seen much: a million sessions that were ended, a million refresh
//! tokens that were exchanged, a thousand rows of a live list. And a thousand sessions that are renewed in one second, by two
//! processes that share a PostgreSQL.

use super::{
    cores::Cores,
    load::Load,
    pages::{MIB, USER, emulator, page_of},
    person,
    report::{Report, cell},
    rounds::{Plan, Subject, variable},
    server::{Program, Server, WorkOs},
    sessions::Minter,
    target::Target,
};
use authkit_emulator::{Control, Endpoint, Fault};
use bench_report::{median, sorted, thousands};
use futures_util::future::join_all;
use sqlx::{Connection, Executor, PgConnection};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use test_support::postgres::{self, free_port};
use tokio::time::sleep_until;

const FEW: &str = "/ with none denied";
const MANY: &str = "/ with a million denied";
const LISTS: [(&str, usize); 3] = [
    ("/live of 1 row", 1),
    ("/live of 100 rows", 100),
    ("/live of 1,000 rows", 1_000),
];
/// Rows of each table of the ledger.
const MILLION: usize = 1_000_000;
/// Sessions that are renewed one after the other, with each of two ledgers.
const ONE_BY_ONE: usize = 200;
/// At most so much longer.
const LONGER: f64 = 1.1;
/// Sessions whose token has expired, asked for within a second.
const AT_ONCE: usize = 1_000;
/// One time is not like another on two cores: the middle of so many counts.
const TIMES: usize = 5;
/// What WorkOS takes for a renewal.
const WORKOS_TAKES: Duration = Duration::from_millis(100);
/// At most so much more.
const MORE: Duration = Duration::from_millis(100);

/// Measures it.
pub async fn measure(cores: Cores, program: &Program) -> Report {
    eprintln!("growth: {}", cores.described());
    let port = free_port();
    let emulator = emulator(port).await;
    let control = emulator.control();
    let workos = WorkOs::emulated_by(&emulator);
    let minter = Minter::default();
    let mut report = Report::new("growth", cores);
    let start = async |port, url: &str| {
        let variables = [("DATABASE_URL", url)];
        program.start_at(port, cores, &workos, &variables).await
    };

    let few_url = postgres::shared().await.database().await;
    let many_url = postgres::shared().await.database().await;
    // The first start makes the tables.
    drop(start(free_port(), &many_url).await);
    eprintln!("  {MILLION} rows of each table of the ledger are written");
    fill_the_ledger(&many_url).await;
    let few = start(port, &few_url).await;
    let many = start(free_port(), &many_url).await;
    denied(&mut report, &few, &many, &minter, control).await;
    one_by_one(&mut report, &few, &many, &minter, control).await;
    drop(many);
    let beside = start(free_port(), &few_url).await;
    at_once(&mut report, &[few, beside], &minter, control).await;
    lists(&mut report, start, port, &minter, control).await;
    report
}

async fn fill_the_ledger(url: &str) {
    let in_force = "(extract(epoch FROM now()) + 86400)::bigint";
    let mut connection = PgConnection::connect(url).await.expect("a connection");
    for statement in [
        format!(
            "INSERT INTO authkit_revocation (id, deny_until, recorded_at) \
             SELECT 'session_' || lpad(nth::text, 26, '0'), {in_force}, {in_force} FROM generate_series(1, {MILLION}) AS nth"
        ),
        format!(
            "INSERT INTO authkit_refresh \
                 (fingerprint, holder, beat, outcome, successor_fingerprint, successor, keep_until, keep_at_least) \
             SELECT md5(nth::text), 'nobody', 1, 'granted', md5('then' || nth), repeat('s', 1200), {in_force}, {in_force} \
             FROM generate_series(1, {MILLION}) AS nth"
        ),
        "VACUUM ANALYZE".to_owned(),
    ] {
        connection.execute(statement.as_str()).await.expect("rows");
    }
}

async fn denied(
    report: &mut Report,
    few: &Server,
    many: &Server,
    minter: &Minter,
    control: &Control,
) {
    let cookie = minter.mint(control, USER);
    let subject = |name, server: &Server| Subject {
        name,
        target: Arc::new(page_of(&server.origin, &cookie, USER)),
        connections: &[16],
        server: server.process(),
    };
    let figures = Plan::read()
        .measure(&[subject(FEW, few), subject(MANY, many)])
        .await;
    report.nearly_as_fast(&figures, FEW, &[MANY], |name| name.to_owned());
    let [without, with] = [few, many].map(|it| it.process().resident() as f64 / MIB);
    report.note(
        "memory that a million denials take",
        format!("{:.0} MiB", with - without),
        format!("{without:.0} MiB without"),
    );
    let [without, with] = [few, many].map(|it| it.first_page_after.as_secs_f64() * 1e3);
    report.note(
        "start to first page with a million denials",
        format!("{with:.0} ms"),
        format!("{without:.0} ms without"),
    );
}

async fn one_by_one(
    report: &mut Report,
    few: &Server,
    many: &Server,
    minter: &Minter,
    control: &Control,
) {
    eprintln!("  {ONE_BY_ONE} renewals with each of two ledgers");
    let mut lasted = [Vec::new(), Vec::new()];
    for _ in 0..ONE_BY_ONE {
        for (server, lasted) in [few, many].into_iter().zip(&mut lasted) {
            let cookie = minter.mint_expired(control, USER);
            lasted.push(page_in(&page_of(&server.origin, &cookie, USER)).await);
        }
    }
    let milliseconds = |of: &[Duration]| {
        let all = of.iter().map(|it| it.as_secs_f64() * 1e3);
        median(&sorted(all))
    };
    let [without, with] = [milliseconds(&lasted[0]), milliseconds(&lasted[1])];
    report.require(
        "one renewal beside a million others",
        format!("{with:.2} ms"),
        format!("{without:.2} ms beside none: {:.2} of it", with / without),
        format!("at most {LONGER} of it"),
        with <= LONGER * without,
    );
}

/// A server each, whose database has so many numbers. `port` is one at which the emulator lets people sign in.
async fn lists(
    report: &mut Report,
    start: impl AsyncFn(u16, &str) -> Server,
    port: u16,
    minter: &Minter,
    control: &Control,
) {
    let cookie = minter.mint(control, USER);
    let (mut subjects, mut servers) = (Vec::new(), Vec::new());
    for (name, rows) in LISTS {
        let url = postgres::shared().await.database().await;
        let server = start(port, &url).await;
        // The row of who has added them.
        person::sign_in(&server.origin, USER).await;
        drop(server);
        let numbers = format!(
            "INSERT INTO numbers (id, value, added_by, added_at) \
             SELECT lpad(nth::text, 26, '0'), nth, (SELECT min(id) FROM users), 1 FROM generate_series(1, {rows}) AS nth"
        );
        let mut connection = PgConnection::connect(&url).await.expect("a connection");
        connection.execute(numbers.as_str()).await.expect("rows");
        let server = start(free_port(), &url).await;
        let page = Target::page(&server.origin, "/live").with_cookie(&cookie);
        subjects.push(Subject {
            name,
            target: Arc::new(page.containing(&format!(">{}<", thousands(rows as f64)))),
            connections: &[16],
            server: server.process(),
        });
        servers.push(server);
    }
    let figures = Plan::read().measure(&subjects).await;
    report.keep(&figures.0, &[]);
    let one = figures.of(LISTS[0].0, 16).rate;
    for figure in &figures.0 {
        let beside = format!(
            "{:.2} of that of 1 row; it shows 20 at most",
            figure.rate / one
        );
        report.note(format!("signed-in {}", figure.name), cell(figure), beside);
        report.bar(format!("signed-in {}", figure.name), figure.rate, None);
    }
}

async fn at_once(report: &mut Report, servers: &[Server], minter: &Minter, control: &Control) {
    let many: usize = variable("RENEWALS", AT_ONCE);
    let mut times = Vec::new();
    for nth in 1..=TIMES {
        eprintln!(
            "  {many} renewals within a second, on {} processes: {nth} of {TIMES}",
            servers.len()
        );
        times.push(renew(many, servers, minter, control).await);
    }
    let p99s: Vec<_> = (times.iter().map(|time| time.p99.as_millis().to_string())).collect();
    times.sort_by_key(|time| time.p99);
    let middle = &times[TIMES / 2];
    report.require(
        format!("{many} renewals in a second, {} processes", servers.len()),
        format!(
            "p50 {}, p99 {} ms above WorkOS's {} ms",
            middle.p50.as_millis(),
            middle.p99.as_millis(),
            WORKOS_TAKES.as_millis()
        ),
        format!(
            "{} calls; p99 of {TIMES} times: {} ms; emulator, PostgreSQL and load on one core",
            middle.calls,
            p99s.join(", ")
        ),
        format!("at most {} ms above it", MORE.as_millis()),
        middle.p99 <= MORE,
    );
}

/// What renewals took more than WorkOS does.
struct Renewals {
    p50: Duration,
    p99: Duration,
    calls: u64,
}

/// So many sessions are used whose tokens have expired, one after the other, all within a second.
async fn renew(many: usize, servers: &[Server], minter: &Minter, control: &Control) -> Renewals {
    let pages = (0..many).map(|nth| {
        let server = &servers[nth % servers.len()];
        page_of(&server.origin, &minter.mint_expired(control, USER), USER)
    });
    let pages: Vec<_> = pages.collect();
    control.set_fault(Endpoint::Authenticate, Fault::latency(WORKOS_TAKES));
    let before = control.calls_of(Endpoint::Authenticate);
    let begun = tokio::time::Instant::now();
    let step = Duration::from_secs(1) / u32::try_from(many).unwrap_or(u32::MAX);
    let asked = (0..).zip(pages).map(|(nth, page)| {
        tokio::spawn(async move {
            sleep_until(begun + step * nth).await;
            page_in(&page).await
        })
    });
    let answered = join_all(asked).await.into_iter();
    let mut load = Load {
        latencies: answered.map(|it| it.expect("a page")).collect(),
        lasted: begun.elapsed(),
    };
    let calls = control.calls_of(Endpoint::Authenticate) - before;
    control.clear_faults();
    let [p50, p99] = [50, 99].map(|percent| load.percentile(percent).saturating_sub(WORKOS_TAKES));
    Renewals { p50, p99, calls }
}

/// How long the page takes, which has to be the user's.
async fn page_in(page: &Target) -> Duration {
    let begun = Instant::now();
    page.check().await;
    begun.elapsed()
}
