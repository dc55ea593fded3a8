//! What Prometheus asks the process for: each figure that docs/metrics.md lists is there once the thing has happened, and no
//! label has a word of a client.

use super::{
    process::Process,
    support::{ADA, App},
};
use std::{
    collections::BTreeSet,
    fs,
    net::{Ipv4Addr, SocketAddr},
    process::Stdio,
};
use test_support::{postgres::free_port, root};

/// One line of Prometheus's text: a name with its labels, and a value.
struct Figures(String);

impl Figures {
    /// The value of the line that begins so.
    fn value(&self, series: &str) -> f64 {
        let mut lines = self.0.lines();
        let line = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        let line = line.unwrap_or_else(|| panic!("no {series} in\n{}", self.0));
        line.parse().unwrap()
    }

    /// All names, as they are described: those of histograms without their parts.
    fn names(&self) -> BTreeSet<String> {
        let types = self
            .0
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "));
        let names = types.map(|line| line.split(' ').next().unwrap().to_owned());
        names.collect()
    }
}

/// A process that shows its figures, and where.
async fn measured(door: &App) -> (Process, String) {
    let shown = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let folder = tempfile::tempdir().unwrap();
    let (addr, folder) = (shown.to_string(), folder.path().display().to_string());
    let all = [
        ("METRICS_ADDR", addr.as_str()),
        ("DATA_DIR", folder.as_str()),
    ];
    let process = Process::start_alone(crate::PROGRAM, door, &all, Stdio::inherit()).await;
    (process, format!("http://{shown}/metrics"))
}

async fn figures(url: &str) -> Figures {
    Figures(reqwest::get(url).await.unwrap().text().await.unwrap())
}

#[tokio::test]
async fn everything_that_is_documented_is_counted_and_nothing_of_a_client_is_a_label() {
    let door = App::start().await;
    let (process, url) = measured(&door).await;
    let before = figures(&url).await;
    assert_eq!(
        before.value("authkit_sign_ins_total{outcome=\"signed_in\"}"),
        0.0
    );

    let mut ada = process.browser(&door.browser());
    let signed_in = ada.sign_in("/sign-in", ADA).await;
    assert!(signed_in.status.is_success() || signed_in.status.is_redirection());
    for _ in 0..3 {
        assert_eq!(ada.get("/account?secret=17").await.status.as_u16(), 200);
    }
    assert_eq!(ada.get("/nowhere/of-ada").await.status.as_u16(), 404);
    // Refused, and a number is added.
    let refused = ada.get_with("/api/list_numbers", &[("authorization", "Bearer x.y.z")]);
    assert_eq!(refused.await.status.as_u16(), 401);
    let form = ada.get("/live").await;
    assert_eq!(form.status.as_u16(), 200);
    assert_eq!(
        ada.post("/api/add_number?value=1").await.status.as_u16(),
        303
    );
    ada.get("/callback?error=access_denied").await;
    ada.post("/sign-out").await;

    let after = figures(&url).await;
    for (series, value) in [
        ("authkit_sign_ins_total{outcome=\"signed_in\"}", 1.0),
        ("authkit_revocations_total{cause=\"signed_out\"}", 1.0),
        (
            "authkit_workos_calls_total{class=\"exchange\",outcome=\"ok\"}",
            1.0,
        ),
        (
            "authkit_workos_call_duration_seconds_count{class=\"exchange\"}",
            1.0,
        ),
        (
            "http_requests_total{method=\"GET\",route=\"/account\",status=\"200\"}",
            3.0,
        ),
        (
            "http_requests_total{method=\"GET\",route=\"\",status=\"404\"}",
            1.0,
        ),
        ("live_rooms", 0.0),
    ] {
        assert_eq!(after.value(series), value, "{series}\n{}", after.0);
    }
    assert!(
        after.value("authkit_callers_recognized_total") >= 2.0,
        "{}",
        after.0
    );
    for word in [
        "secret",
        "of-ada",
        "ada@",
        "user_0",
        "session_0",
        "wos-session",
    ] {
        assert!(!after.0.contains(word), "{word} in\n{}", after.0);
    }
    let listed = listed();
    let shown = after.names();
    assert!(
        shown.is_subset(&listed),
        "not in docs/metrics.md: {:?}",
        shown.difference(&listed)
    );
}

/// The names that docs/metrics.md lists. Its other tables begin with an address.
fn listed() -> BTreeSet<String> {
    let page = fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.map(|row| row.split('`').next().unwrap());
    let names = names.filter(|name| !name.contains(' '));
    names.map(str::to_owned).collect()
}

#[test]
fn the_page_lists_what_the_libraries_count_and_nothing_else() {
    use authkit_leptos::server::metrics as login;
    use authkit_live::server::metrics as live;
    use authkit_serve::metrics as server;
    use authkit_store::metrics as database;
    let counted = [
        server::REQUESTS,
        server::REQUEST_SECONDS,
        login::SIGN_INS,
        login::REVOCATIONS,
        login::RENEWALS,
        login::RENEWAL_SECONDS,
        login::CALLS,
        login::CALL_SECONDS,
        login::REFUSED_TOKENS,
        login::KEYS_AGE,
        login::REMEMBERED,
        login::REMEMBERED_HITS,
        live::STREAMS,
        live::ROOMS,
        live::QUERY_RUNS,
        live::MUTATIONS,
        database::WRITE_TURN_SECONDS,
        database::CONNECTIONS,
        database::MOST_CONNECTIONS,
    ];
    assert_eq!(listed(), counted.map(str::to_owned).into());
}

#[test]
fn dashboard_and_alerts_name_no_figure_that_there_is_not() {
    let listed = listed();
    for file in ["alerts.yml", "alerts_test.yml", "dashboard.json"] {
        let text = fs::read_to_string(root().join("docs/metrics").join(file)).unwrap();
        let is_word = |c: char| c.is_ascii_lowercase() || c == '_';
        let is_ours = |word: &&str| {
            ["http_", "authkit_", "live_", "database_"]
                .iter()
                .any(|prefix| word.starts_with(prefix))
        };
        let named: BTreeSet<String> = text
            .split(|c| !is_word(c))
            .filter(is_ours)
            .map(|name| name.trim_end_matches("_bucket").to_owned())
            .collect();
        assert!(named.len() > 5, "{named:?}");
        assert!(
            named.is_subset(&listed),
            "{file}: {:?}",
            named.difference(&listed)
        );
    }
}

#[test]
fn each_alert_has_a_test_in_which_it_speaks() {
    let read = |file| fs::read_to_string(root().join("docs/metrics").join(file)).unwrap();
    let (rules, tests) = (read("alerts.yml"), read("alerts_test.yml"));
    let named = |line: &str, key: &str| line.trim().strip_prefix(key).map(str::to_owned);
    let alerts: BTreeSet<String> = rules
        .lines()
        .filter_map(|line| named(line, "- alert: "))
        .collect();
    assert!(alerts.len() > 5, "{alerts:?}");
    let expectations = tests.split("- alertname: ").skip(1);
    let speak: BTreeSet<String> = expectations
        .filter(|it| it.contains("exp_annotations"))
        .filter_map(|it| it.lines().next().map(str::to_owned))
        .collect();
    assert_eq!(alerts, speak);
}

#[tokio::test]
async fn the_app_itself_shows_no_figures() {
    let door = App::start().await;
    let (process, _) = measured(&door).await;
    let answer = process.browser(&door.browser()).get("/metrics").await;
    assert_eq!(answer.status.as_u16(), 404);
}
