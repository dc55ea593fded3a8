//! `script/bench auth`: the authentication layer without a page, the server without the layer, one renewal for fifty requests
//! at once, and whether many sessions or many issuers of tokens make a server slower.

use super::{
    burst::{self, Burst},
    cores::Cores,
    layer,
    load::{self, Until},
    pages::{MIB, USER, emulator, page_of},
    person, providers,
    report::{Report, cell},
    rounds::{Plan, Subject, blocking, variable},
    server::{Program, Server, WorkOs},
    sessions::Minter,
    target::Target,
};
use authkit_emulator::{Control, Emulator, Endpoint};
use bench_report::{Wanted, thousands};
use hyper::header::HeaderValue;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use test_support::postgres::free_port;

const SESSION: &str = "GET /auth/session";
const HEALTH: &str = "GET /healthz";
const FEW: &str = "/ with 10 sessions";
const SOME: &str = "/ with 10,000 sessions";
const MANY: &str = "/ with the most sessions";
const ONE_ISSUER: &str = "/ with 1 provider";
const TEN_ISSUERS: &str = "/ with 10 providers";
const FIFTY_ISSUERS: &str = "/ with 50 providers";

/// Microseconds for unsealing a cookie and verifying its token, at the most.
const OPENED_IN: f64 = 25.0;
/// Microseconds for finding out the same of a session that was seen before, at the most.
const REMEMBERED_IN: f64 = 2.0;
/// Requests a second that the layer alone has to reach.
const LAYER_RATE: f64 = 40_000.0;
/// Sessions of [`SOME`].
const SOME_SESSIONS: usize = 10_000;

/// Measures it.
pub async fn measure(cores: Cores, program: &Program) -> Report {
    eprintln!("auth: {}", cores.described());
    let port = free_port();
    let emulator = emulator(port).await;
    let workos = WorkOs::emulated_by(&emulator);
    let server = program.start_at(port, cores, &workos, &[]).await;
    let minter = Arc::new(Minter::default());
    let mut report = Report::new("auth", cores);
    layer_alone(&mut report, &workos, &minter, emulator.control()).await;
    expired(&mut report, &server, &minter, emulator.control()).await;
    without_pages(&mut report, &server).await;
    drop(server);
    issuers(&mut report, cores, program, &workos, &minter, &emulator).await;
    growth(
        &mut report,
        cores,
        program,
        &workos,
        &minter,
        emulator.control(),
    )
    .await;
    report
}

async fn layer_alone(
    report: &mut Report,
    workos: &WorkOs,
    minter: &Arc<Minter>,
    control: &Control,
) {
    eprintln!("  the layer alone");
    let (minting, granting) = (Arc::clone(minter), control.clone());
    let mint = move || minting.mint(&granting, USER);
    let cost = layer::measure(workos, Arc::clone(minter), mint).await;
    let microseconds = |time: Duration| time.as_secs_f64() * 1e6;
    let opened = microseconds(cost.opened);
    report.require(
        "unsealing and verifying, nothing remembered",
        format!("{opened:.1} µs"),
        "in the benchmark's own process",
        format!("{OPENED_IN} µs"),
        opened <= OPENED_IN,
    );
    let first = format!("{:.1} µs", microseconds(cost.first));
    report.note("the layer, a session seen for the first time", first, "");
    let remembered = microseconds(cost.again.saturating_sub(cost.nobody));
    report.require(
        "the layer, a session seen before",
        format!("{remembered:.1} µs"),
        format!(
            "more than the {:.1} without a cookie",
            microseconds(cost.nobody)
        ),
        format!("{REMEMBERED_IN} µs"),
        remembered <= REMEMBERED_IN,
    );
}

async fn expired(report: &mut Report, server: &Server, minter: &Minter, control: &Control) {
    let cookie = minter.mint_expired(control, USER);
    let calls = || control.calls_of(Endpoint::Authenticate);
    let before = calls();
    let page = page_of(&server.origin, &cookie, USER);
    let burst = Burst::send(&page, USER).await;
    let renewals = calls() - before;
    let (pages, all) = (burst.pages, burst::REQUESTS);
    let milliseconds = burst.lasted.as_secs_f64() * 1e3;
    report.require(
        format!("{all} requests at once on an expired token"),
        format!("{renewals} renewals, {pages} pages, {milliseconds:.0} ms"),
        "",
        format!("1 renewal, {all} pages"),
        renewals == 1 && pages == all,
    );
}

async fn without_pages(report: &mut Report, server: &Server) {
    let cookie = person::sign_in(&server.origin, USER).await;
    let session = Target::page(&server.origin, "/auth/session").for_scripts();
    let session = session.with_cookie(&cookie).containing(USER);
    let health = Target::page(&server.origin, "/healthz");
    let subject = |name, target| Subject {
        name,
        target: Arc::new(target),
        connections: &[16, 64],
        server: server.process(),
    };
    let subjects = [subject(SESSION, session), subject(HEALTH, health)];
    let figures = Plan::read().measure(&subjects).await;
    report.keep(&figures.0, &[HEALTH]);
    for connections in [16, 64] {
        let figure = figures.of(SESSION, connections);
        let health = figures.of(HEALTH, connections);
        let what = format!("signed-in {SESSION}, {connections} at once");
        let wanted = format!("{} /s", thousands(LAYER_RATE));
        let reached = figure.rate >= LAYER_RATE;
        let beside = format!("{HEALTH}, without the layer: {}", cell(health));
        report.require(&what, cell(figure), beside, wanted, reached);
        report.bar(what, figure.rate, Some(Wanted::AtLeast(LAYER_RATE)));
        report.bar(
            format!("{HEALTH}, {connections} at once"),
            health.rate,
            None,
        );
    }
}

async fn issuers(
    report: &mut Report,
    cores: Cores,
    program: &Program,
    workos: &WorkOs,
    minter: &Minter,
    emulator: &Emulator,
) {
    let folder = tempfile::tempdir().expect("a folder for the lists");
    let cookie = minter.mint(emulator.control(), USER);
    let mut subjects = Vec::new();
    let mut servers = Vec::new();
    for (name, count) in [(ONE_ISSUER, 1), (TEN_ISSUERS, 10), (FIFTY_ISSUERS, 50)] {
        let list = folder.path().join(format!("{count}.toml"));
        providers::write(&list, count);
        let list = list.to_string_lossy().into_owned();
        let variables = match count {
            1 => Vec::new(),
            _ => vec![("AUTH_PROVIDERS", list.as_str())],
        };
        let server = program
            .start_at(free_port(), cores, workos, &variables)
            .await;
        subjects.push(Subject {
            name,
            target: Arc::new(page_of(&server.origin, &cookie, USER)),
            connections: &[16],
            server: server.process(),
        });
        servers.push(server);
    }
    let figures = Plan::read().measure(&subjects).await;
    report.nearly_as_fast(
        &figures,
        ONE_ISSUER,
        &[TEN_ISSUERS, FIFTY_ISSUERS],
        |name| name.to_owned(),
    );
}

async fn growth(
    report: &mut Report,
    cores: Cores,
    program: &Program,
    workos: &WorkOs,
    minter: &Arc<Minter>,
    control: &Control,
) {
    let most: usize = variable("SESSIONS", 100_000);
    eprintln!("  {most} sessions are granted and sealed");
    let (minting, granting) = (Arc::clone(minter), control.clone());
    let cookies = blocking(move || mint_all(&minting, &granting, most)).await;
    let granting = control.clone();
    let sign_ins = move || mint_all(&Minter::of_sign_ins(), &granting, SOME_SESSIONS.min(most));
    let sign_ins = blocking(sign_ins).await;
    let server = program.start_at(free_port(), cores, workos, &[]).await;
    // What is remembered of few is not pushed out by many.
    let of_some = program.start_at(free_port(), cores, workos, &[]).await;
    let before = server.process().resident();
    let of = |server: &Server, cookies: &[HeaderValue]| {
        let page = Target::page(&server.origin, "/").containing(USER);
        page.with_cookies(cookies.to_vec())
    };
    let see_each = async |server: &Server, cookies: &[HeaderValue]| {
        let count = cookies.len();
        eprintln!("  {count} of them are seen once");
        let each = Arc::new(of(server, cookies));
        blocking(move || load::run(&each, 16, Until::Sent(count))).await
    };
    see_each(&of_some, &cookies[..SOME_SESSIONS.min(most)]).await;
    let once = see_each(&server, &cookies).await;
    let after = server.process().resident();
    let subject = |name, server: &Server, count: usize| Subject {
        name,
        target: Arc::new(of(server, &cookies[..count.min(most)]).at_random()),
        connections: &[16],
        server: server.process(),
    };
    let subjects = [
        subject(FEW, &of_some, 10),
        subject(SOME, &of_some, SOME_SESSIONS),
        subject(MANY, &server, most),
    ];
    let figures = Plan::read().measure(&subjects).await;
    // Last: they push out what is remembered.
    let signed_in = see_each(&of_some, &sign_ins).await;
    let many = format!("/ with {} sessions", thousands(most as f64));
    let named = |name: &str| match name {
        MANY => many.clone(),
        other => other.to_owned(),
    };
    report.nearly_as_fast(&figures, FEW, &[SOME, MANY], named);
    report.note(
        format!("{many}, each seen for the first time"),
        format!("{} /s", thousands(once.rate())),
        format!(
            "of sessions that were not renewed yet: {} /s",
            thousands(signed_in.rate())
        ),
    );
    let grown = after.saturating_sub(before) as f64 / MIB;
    report.require(
        format!("memory that {} sessions take", thousands(most as f64)),
        format!("{grown:.0} MiB"),
        format!("{:.0} MiB without", before as f64 / MIB),
        "at most 100 MB",
        grown * MIB <= 100e6,
    );
}

/// Grants and seals them, and says how far it is.
fn mint_all(minter: &Minter, control: &Control, count: usize) -> Vec<HeaderValue> {
    let mut said = Instant::now();
    let mut cookies = Vec::with_capacity(count);
    for nth in 0..count {
        let cookie = minter.mint(control, USER);
        cookies.push(cookie.parse().expect("a cookie is ASCII"));
        if said.elapsed() > Duration::from_secs(10) {
            said = Instant::now();
            eprintln!("  {nth} of {count}");
        }
    }
    cookies
}
