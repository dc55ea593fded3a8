//! `script/bench pages`: the home page, signed in and signed out, plain and compressed, beside a page by Leptos alone; the
//! memory of the server, its start, and the size of the page.

use super::{
    bare_axum, bare_leptos,
    child::Child,
    cores::Cores,
    person,
    report::{Report, cell, part},
    rounds::{Figures, Plan, Subject},
    server::{Program, Server, WorkOs},
    target::Target,
};
use authkit_emulator::{Config, Emulator};
use bench_report::{Wanted, median, sorted, thousands};
use std::sync::Arc;
use test_support::postgres::free_port;
use url::Url;

/// Who signs in.
pub const USER: &str = "ada@example.com";
/// What browsers send.
pub const BROWSER: &str = "gzip, deflate, br, zstd";
const GZIP: &str = "gzip";

const SIGNED_IN: &str = "signed-in /";
const SIGNED_OUT: &str = "signed-out /";
const COMPRESSED: &str = "signed-in /, compressed as browsers ask";
const GZIPPED: &str = "signed-in /, gzip";
const LEPTOS: &str = "bare Leptos page";
const AXUM: &str = "bare axum, 8 kB";

/// At least so much of a page by Leptos alone.
const OF_BARE: f64 = 0.7;
/// At least so much of the uncompressed page.
const OF_PLAIN: f64 = 0.8;
const STARTS: usize = 5;
/// In seconds. As long as the tokens of WorkOS's own emulator.
const TOKEN_LIFE: i64 = 3_600;
/// Bytes.
pub const MIB: f64 = 1024.0 * 1024.0;

/// Measures it.
pub async fn measure(cores: Cores, program: &Program) -> Report {
    eprintln!("pages: {}", cores.described());
    let port = free_port();
    let emulator = emulator(port).await;
    let workos = WorkOs::emulated_by(&emulator);
    let mut starts = Vec::new();
    for _ in 1..STARTS {
        let server = program.start_at(port, cores, &workos, &[]).await;
        starts.push(server.first_page_after.as_secs_f64() * 1e3);
    }
    let server = program.start_at(port, cores, &workos, &[]).await;
    starts.push(server.first_page_after.as_secs_f64() * 1e3);
    let starts = sorted(starts);
    let idle = server.process().resident();

    let leptos = Child::start(cores, bare_leptos::ROLE);
    let axum = Child::start(cores, bare_axum::ROLE);
    let cookie = person::sign_in(&server.origin, USER).await;
    let signed_in = page_of(&server.origin, &cookie, USER);
    let signed_out = page(&server.origin, USER);
    let bare = Target::page(&leptos.origin, "/").containing(bare_leptos::TEXT);
    let mut sizes = Vec::new();
    for target in [&signed_in, &signed_out, &bare] {
        sizes.push(target.check().await);
    }
    let compressed = signed_in.clone().encoded(BROWSER);
    let gzipped = signed_in.clone().encoded(GZIP);
    let small = [compressed.check().await, gzipped.check().await];

    let subject = |name, target: &Target, connections| Subject {
        name,
        target: Arc::new(target.clone()),
        connections,
        server: server.process(),
    };
    let subjects = [
        subject(SIGNED_IN, &signed_in, &[1, 16, 64]),
        Subject {
            server: leptos.process(),
            ..subject(LEPTOS, &bare, &[1, 16, 64])
        },
        subject(SIGNED_OUT, &signed_out, &[1, 16, 64]),
        subject(COMPRESSED, &compressed, &[16, 64]),
        subject(GZIPPED, &gzipped, &[16, 64]),
        Subject {
            server: axum.process(),
            ..subject(AXUM, &Target::page(&axum.origin, "/"), &[16, 64])
        },
    ];
    let figures = Plan::read().measure(&subjects).await;

    let mut report = Report::new("pages", cores);
    speed(&mut report, &figures);
    let kilobytes = |bytes: usize| format!("{:.1} kB", bytes as f64 / 1000.0);
    report.note(
        "size of /: signed in, signed out",
        format!("{}, {}", kilobytes(sizes[0]), kilobytes(sizes[1])),
        format!("{LEPTOS}: {}", kilobytes(sizes[2])),
    );
    report.note(
        "compressed: as browsers ask, gzip",
        format!("{}, {}", kilobytes(small[0]), kilobytes(small[1])),
        "",
    );
    memory(&mut report, idle, &server);
    let start = median(&starts);
    report.require(
        format!("start to first page, median of {STARTS}"),
        format!("{start:.0} ms"),
        "",
        "at most 20 ms",
        start <= 20.0,
    );
    let size = program.size() as f64 / 1e6;
    report.require(
        "size of the program",
        format!("{size:.1} MB"),
        "",
        "at most 15 MB",
        size <= 15.0,
    );
    report
}

fn speed(report: &mut Report, figures: &Figures) {
    report.keep(&figures.0, &[AXUM]);
    for connections in [1, 16, 64] {
        let at = |name| figures.of(name, connections);
        let bare = at(LEPTOS);
        for name in [SIGNED_IN, SIGNED_OUT] {
            let here = at(name);
            let what = format!("{name}, {connections} at once");
            let ratio = here.to(bare);
            let beside = format!("{} of the {LEPTOS}: {}", part(ratio), cell(bare));
            if name == SIGNED_IN && connections > 1 {
                let (wanted, reached) = (format!("{OF_BARE} of it"), ratio.rate >= OF_BARE);
                report.require(&what, cell(here), beside, wanted, reached);
                report.bar(what, here.rate, Some(Wanted::AtLeast(OF_BARE * bare.rate)));
            } else {
                report.note(&what, cell(here), beside);
                report.bar(what, here.rate, None);
            }
        }
    }
    for connections in [16, 64] {
        let at = |name| figures.of(name, connections);
        let plain = at(SIGNED_IN);
        for name in [COMPRESSED, GZIPPED] {
            let here = at(name);
            let what = format!("{name}, {connections} at once");
            let ratio = here.to(plain);
            let beside = format!("{} of the uncompressed", part(ratio));
            let (wanted, reached) = (format!("{OF_PLAIN} of it"), ratio.rate >= OF_PLAIN);
            report.require(&what, cell(here), beside, wanted, reached);
            report.bar(
                what,
                here.rate,
                Some(Wanted::AtLeast(OF_PLAIN * plain.rate)),
            );
        }
    }
    for connections in [16, 64] {
        let bare = figures.of(LEPTOS, connections);
        report.bar(format!("{LEPTOS}, {connections} at once"), bare.rate, None);
        let calibration = figures.of(AXUM, connections);
        let fastest = figures.0.iter().filter(|it| it.name != AXUM);
        let fastest = fastest.map(|it| it.rate).fold(0.0, f64::max);
        report.require(
            format!("the load itself: {AXUM}, {connections} at once"),
            cell(calibration),
            format!("fastest page: {} /s", thousands(fastest)),
            "more than any page",
            calibration.rate > fastest,
        );
    }
}

fn memory(report: &mut Report, idle: u64, server: &Server) {
    let after = server.process().resident();
    let [idle, after] = [idle, after].map(|bytes| bytes as f64 / MIB);
    report.require(
        "memory: idle, after load",
        format!("{idle:.0}, {after:.0} MiB"),
        "",
        "at most 25, 27 MiB",
        idle <= 25.5 && after <= 27.5,
    );
}

/// The home page, signed out.
pub fn page(origin: &Url, user: &str) -> Target {
    let page = Target::page(origin, "/");
    page.containing("Sign in").lacking(user)
}

/// The home page with a session of this user.
pub fn page_of(origin: &Url, cookie: &str, user: &str) -> Target {
    let page = Target::page(origin, "/");
    page.with_cookie(cookie).containing(user)
}

/// An emulator that knows the server at this port, with tokens that outlive the run: renewals are measured by themselves.
pub async fn emulator(port: u16) -> Emulator {
    let origin = format!("http://localhost:{port}");
    let emulator = Emulator::start(Config {
        redirect_uris: vec![format!("{origin}/callback")],
        sign_out_uris: vec![format!("{origin}/signed-out")],
        ..Config::default()
    });
    let emulator = emulator.await.expect("an emulator");
    emulator.control().set_access_token_lifetime(TOKEN_LIFE);
    emulator
}
