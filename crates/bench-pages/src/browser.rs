//! `script/bench browser FOLDER`: the home page in the browser of a slow phone that has never been there, beside that of
//! another implementation: when it paints, when it answers or is whole, what it loads.
//!
//! `end2end/slow-phone.mjs` makes the visits. The servers are started here, as for `peer`.

use super::{
    cores::Cores,
    peer::{Peer, USER},
    person,
    report::Report,
    rounds::variable,
    server::Program,
};
use bench_report::{Measure, Wanted, thousands};
use serde::Deserialize;
use serde_json::json;
use std::{collections::BTreeMap, env, path::Path, process::Stdio};
use test_support::postgres::free_port;
use url::Url;

/// The visitors, by what they are here and at the peer.
const VISITORS: [[&str; 2]; 2] = [
    ["signed out", "the peer's, signed out"],
    ["signed in", "the peer's, signed in"],
];
/// Of what it takes the peer.
const WANTED: f64 = 0.5;
/// What a first visit may weigh, in bytes.
const WEIGHT: f64 = 100e3;

/// The panel of the home page says so once it runs in the browser.
const ANSWERS_HERE: &str = "[...document.querySelectorAll('dt')].find((it) => it.textContent === 'Running in')\
     .nextElementSibling.textContent === 'this browser'";
/// React marks the elements that it has taken over.
const ANSWERS_THERE: &str =
    "Object.keys(document.querySelector('h1')).some((key) => key.startsWith('__reactFiber'))";

/// What was found of one visitor: medians.
#[derive(Deserialize)]
struct Found {
    /// Milliseconds until something of the page is painted.
    paint: f64,
    /// Milliseconds until scripts have taken over, where the page tells.
    interactive: f64,
    /// Milliseconds until all that the page loads has come, also what scripts ask for.
    loaded: f64,
    bytes: f64,
}

/// Measures it. `None` where `script/bench` named no folder.
pub async fn measure(cores: Cores, program: &Program) -> Option<Report> {
    let peer = Peer::read()?;
    eprintln!("browser: {}", cores.described());
    peer.run("stop");
    peer.run("emu-start");
    peer.start().await;
    let workos = peer.workos();
    let server = program.start_at(free_port(), cores, &workos, &[]).await;

    let here = person::sign_in(&server.origin, USER).await;
    let there = person::sign_in(&peer.origin, USER).await;
    let visit = |name, origin: &Url, cookie: &str, interactive: Option<&str>| {
        json!({
            "name": name, "url": origin.as_str(), "cookie": cookie, "interactive": interactive,
        })
    };
    let [[out, out_there], [signed_in, signed_in_there]] = VISITORS;
    let visits = [
        // Signed out, no part of the page tells that scripts run.
        visit(out, &server.origin, "", None),
        visit(out_there, &peer.origin, "", None),
        visit(signed_in, &server.origin, &here, Some(ANSWERS_HERE)),
        visit(signed_in_there, &peer.origin, &there, Some(ANSWERS_THERE)),
    ];
    let rounds: usize = variable("ROUNDS", 7);
    let found = visited(cores, &json!({"rounds": rounds, "visits": visits}));

    let mut report = Report::measuring("browser", cores, Measure::Milliseconds);
    for [name, peers] in VISITORS {
        let (here, there) = (&found[name], &found[peers]);
        let then = match name == signed_in {
            true => ("it answers", here.interactive, there.interactive),
            false => ("all has come", here.loaded, there.loaded),
        };
        for (what, here, there) in [("something is painted", here.paint, there.paint), then] {
            let ratio = here / there;
            let what = format!("{name}: until {what}");
            report.require(
                &what,
                format!("{here:.0} ms"),
                format!("peer: {there:.0} ms; {ratio:.2} of it"),
                format!("at most {WANTED} of it"),
                ratio <= WANTED,
            );
            report.bar(what, here, Some(Wanted::AtMost(WANTED * there)));
        }
        report.require(
            format!("{name}: first visit"),
            format!("{} B", thousands(here.bytes)),
            format!("peer: {} B", thousands(there.bytes)),
            format!("at most {} B", thousands(WEIGHT)),
            here.bytes <= WEIGHT,
        );
    }
    Some(report)
}

/// Has a browser make these visits.
fn visited(cores: Cores, visits: &serde_json::Value) -> BTreeMap<String, Found> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end");
    let mut script = cores
        .on_all("node")
        .arg("slow-phone.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js can be run");
    let input = script.stdin.take().expect("it is piped");
    serde_json::to_writer(input, visits).expect("it reads what to visit");
    let answer = script.wait_with_output().expect("it ends");
    assert!(answer.status.success(), "slow-phone.mjs has failed");
    serde_json::from_slice(&answer.stdout).expect("it answers with JSON")
}
