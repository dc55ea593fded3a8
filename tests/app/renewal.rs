//! Access tokens live five minutes, sessions longer: the server renews, once per refresh token.

use super::{
    postgres,
    support::{ADA, ALAN, App, Browser, GRACE, SESSION},
};
use authkit_app::DatabaseSettings;
use authkit_emulator::{Endpoint, Fault};
use authkit_leptos::server::core::session::{Purpose, Session};
use futures_util::future::join_all;
use sqlx::{Connection, PgConnection};
use std::time::Duration;

#[tokio::test]
async fn an_expired_token_is_renewed_without_anybody_noticing() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let before = browser.cookies[SESSION].clone();
    app.advance(400);
    assert!(browser.is_signed_in().await);
    assert_ne!(browser.cookies[SESSION], before);
    assert!(browser.is_signed_in().await, "the new cookie works");
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        2,
        "sign-in and one refresh"
    );
}

#[tokio::test]
async fn a_token_about_to_expire_is_renewed_ahead_of_time() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.advance(260);
    browser.is_signed_in().await;
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 1);
    app.advance(280);
    browser.is_signed_in().await;
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);
}

#[tokio::test]
async fn two_hundred_parallel_requests_on_an_expired_token_cause_one_refresh() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.advance(400);
    app.control.set_fault(
        Endpoint::Authenticate,
        Fault::latency(Duration::from_millis(300)),
    );
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let mut tab = browser.clone();
        requests.spawn(async move { tab.is_signed_in().await });
    }
    let answers = requests.join_all().await;
    assert_eq!(answers, [true; 200]);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);

    let mut late = browser.clone();
    assert!(
        late.is_signed_in().await,
        "a late request with the old cookie"
    );
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);
}

#[tokio::test]
async fn a_session_ended_at_authkit_ends_here_at_the_next_renewal() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.control.end_sessions_of(ADA).unwrap();
    app.advance(400);
    assert!(!browser.is_signed_in().await);
    assert!(
        !browser.cookies.contains_key(SESSION),
        "the cookie is cleared"
    );
}

#[tokio::test]
async fn a_browser_that_hangs_up_during_a_renewal_loses_nothing() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.advance(400);
    app.control.set_fault(
        Endpoint::Authenticate,
        Fault::latency(Duration::from_millis(500)),
    );
    let mut hasty = browser.clone();
    let gave_up = tokio::time::timeout(Duration::from_millis(200), hasty.get("/")).await;
    assert!(gave_up.is_err(), "the first request is cut off");
    let mut patient = browser.clone();
    assert!(patient.is_signed_in().await);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 2);
}

#[tokio::test]
async fn an_answer_that_comes_too_late_for_one_request_serves_the_next() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.advance(400);
    app.control.set_fault(
        Endpoint::Authenticate,
        Fault::latency(Duration::from_millis(4_500)),
    );
    let mut tab = browser.clone();
    assert_eq!(tab.get("/account").await.status.as_u16(), 503);
    assert!(tab.cookies.contains_key(SESSION));
    assert!(tab.is_signed_in().await);
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        2,
        "asked once"
    );
}

#[tokio::test]
async fn a_renewal_refused_ahead_of_time_costs_nothing_while_the_token_is_good() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.control.end_sessions_of(ADA).unwrap();
    app.advance(280);
    assert!(browser.is_signed_in().await);
    assert!(browser.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn a_token_whose_key_is_gone_is_renewed() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.control.rotate_keys(false).await.unwrap();
    app.advance(2_000);
    // Another user's sign-in makes the server fetch the new keys.
    app.signed_in(ALAN).await;
    let mut tab = browser.clone();
    assert!(tab.is_signed_in().await);
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), 3);
}

#[tokio::test]
async fn a_refusal_that_is_not_about_the_token_signs_nobody_out() {
    use serde_json::json;
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.advance(400);
    for (status, code) in [(403, "forbidden"), (404, "not_found"), (422, "invalid")] {
        let fault = Fault::status(status).json(json!({"code": code, "message": "no"}));
        app.control.set_fault(Endpoint::Authenticate, fault);
        let mut tab = browser.clone();
        assert_eq!(tab.get("/account").await.status.as_u16(), 503, "{code}");
        assert!(tab.cookies.contains_key(SESSION), "{code}");
    }
}

/// A request that is cut off once WorkOS has been asked, and before it answers.
async fn gives_up(app: &App, browser: &Browser) {
    let calls = app.control.calls_of(Endpoint::Authenticate);
    let mut hasty = browser.clone();
    let asked = async {
        while app.control.calls_of(Endpoint::Authenticate) == calls {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = hasty.get("/") => panic!("WorkOS has not answered: {answer:?}"),
        () = asked => {}
    }
    assert_eq!(app.control.calls_of(Endpoint::Authenticate), calls + 1);
}

/// A browser that gives up while its token is being renewed, so that the answer never arrives.
async fn loses_an_answer(app: &App, browser: &Browser) {
    let slow = Fault::latency(Duration::from_millis(300)).times(1);
    app.control.set_fault(Endpoint::Authenticate, slow);
    gives_up(app, browser).await;
    // Another request of the same browser waits for the same answer, and loses it too.
    browser.clone().get("/").await;
}

#[tokio::test]
async fn a_successor_that_never_arrived_is_there_days_later_and_after_a_restart() {
    let app = App::start_remembering().await;
    let browser = app.signed_in(ADA).await;
    app.advance(400);
    loses_an_answer(&app, &browser).await;
    let app = app.restart().await;
    app.advance(400 + 3 * 24 * 60 * 60);
    // What signed the successor is gone by then, too.
    app.control.rotate_keys(false).await.unwrap();
    let mut back = browser.clone();
    assert!(back.is_signed_in().await, "with the cookie of before");
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        1,
        "its successor had expired too, and was renewed"
    );
    assert!(back.is_signed_in().await);
}

#[tokio::test]
async fn an_old_cookie_is_worth_nothing_a_minute_after_its_successor_was_seen() {
    let app = App::start_remembering().await;
    let mut browser = app.signed_in(ADA).await;
    let old = browser.clone();
    app.advance(400);
    assert!(browser.is_signed_in().await, "renewed");
    assert!(browser.is_signed_in().await, "seen");
    let app = app.restart().await;
    app.advance(400 + 30);
    assert!(old.clone().is_signed_in().await, "within the minute");
    let app = app.restart().await;
    app.advance(400 + 90);
    assert!(browser.is_signed_in().await, "the new one is good");
    let mut late = old.clone();
    assert!(!late.is_signed_in().await);
    assert!(!late.cookies.contains_key(SESSION));
}

/// Whether the browser's session came of a renewal, by what is sealed in its cookie, at a server with [`App::PASSWORD`].
fn is_renewed(browser: &Browser) -> bool {
    let sealer = App::sealer();
    let session = Session::open(&sealer, Purpose::Cookie(SESSION), &browser.cookies[SESSION]);
    session.unwrap().is_successor
}

#[tokio::test]
async fn a_session_says_whether_it_came_of_a_renewal() {
    let door = App::start().await;
    let app = App::start_against(&door, &[]).await;
    let mut browser = app.signed_in(ADA).await;
    assert!(!is_renewed(&browser), "of a sign-in");
    app.advance(400);
    assert!(browser.is_signed_in().await);
    assert!(is_renewed(&browser));
    app.advance(800);
    assert!(browser.is_signed_in().await);
    assert!(is_renewed(&browser), "of a session that was renewed");
}

/// Waits until a query counts so many.
async fn becomes(count: &mut impl AsyncFnMut(&str) -> i64, query: &str, expected: i64) {
    let counted = async {
        while count(query).await != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let counted = tokio::time::timeout(Duration::from_secs(20), counted).await;
    assert!(counted.is_ok(), "never {expected}: {query}");
}

/// More than one statement notes at once.
const SESSIONS: usize = 40;

#[tokio::test]
async fn postgresql_finds_what_a_token_came_of_without_reading_the_ledger() {
    let url = postgres::shared().await.database().await;
    let app = App::start_on(DatabaseSettings::Postgres(url.clone().into())).await;
    let mut database = PgConnection::connect(&url).await.unwrap();
    let many = 20_000;
    for statement in [
        // A table whose rows have not been counted yet, as after a busy minute.
        "ALTER TABLE authkit_refresh SET (autovacuum_enabled = false)",
        "INSERT INTO authkit_refresh (fingerprint, holder, beat, outcome, \
             successor_fingerprint, successor, keep_until, keep_at_least) \
         SELECT 'of' || nth, 'me', 0, 'granted', 'to' || nth, '', 4000000000, 0 \
         FROM generate_series(1, 20000) nth",
    ] {
        sqlx::query(statement).execute(&mut database).await.unwrap();
    }
    let mut browsers = Vec::new();
    for _ in 0..SESSIONS {
        browsers.push(app.signed_in(ADA).await);
    }
    app.advance(400);
    for browser in &mut browsers {
        assert!(browser.is_signed_in().await, "renewed");
    }
    let seen = browsers.iter_mut().map(Browser::is_signed_in);
    assert_eq!(join_all(seen).await, [true; SESSIONS]);
    let mut number = async |query: &str| -> i64 {
        let query = sqlx::query_scalar(query);
        query.fetch_one(&mut database).await.unwrap()
    };
    // Those that have not been seen are kept for days.
    let noted = "SELECT COUNT(*) FROM authkit_refresh \
         WHERE outcome = 'granted' AND keep_until < extract(epoch FROM now())::bigint + 3600";
    becomes(&mut number, noted, SESSIONS as i64).await;
    app.stop().await;
    // Each has told what it has counted, once it is gone.
    let connections = "SELECT COUNT(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    becomes(&mut number, connections, 0).await;
    let looked_up = "SELECT idx_scan FROM pg_stat_user_indexes \
         WHERE indexrelname = 'authkit_refresh_successor'";
    assert!(number(looked_up).await > 0, "by what they led to");
    let read = "SELECT idx_tup_read FROM pg_stat_user_indexes \
         WHERE indexrelname = 'authkit_refresh_keep'";
    let gone_through =
        "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'authkit_refresh'";
    for rows in [number(read).await, number(gone_through).await] {
        assert!(rows < many / 2, "{rows} of {many} rows were read");
    }
}

#[tokio::test]
async fn a_failure_that_passes_is_asked_about_once_more() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    for fault in [
        Fault::status(500),
        Fault::reset(),
        Fault::status(429).retry_after(1),
    ] {
        let mut tab = app.signed_in(ADA).await;
        app.advance(400);
        let calls = app.control.calls_of(Endpoint::Authenticate);
        app.control
            .set_fault(Endpoint::Authenticate, fault.clone().times(1));
        assert!(tab.is_signed_in().await, "{fault:?}");
        assert_eq!(
            app.control.calls_of(Endpoint::Authenticate),
            calls + 2,
            "{fault:?}"
        );
        app.advance(0);
    }
    drop(browser);
}

#[tokio::test]
async fn workos_is_left_alone_for_as_long_as_it_asks_several_users() {
    let app = App::start().await;
    let ada = app.signed_in(ADA).await;
    let users = [
        ada.clone(),
        app.signed_in(ALAN).await,
        app.signed_in(GRACE).await,
    ];
    let other = app.signed_in(ADA).await;
    app.advance(400);
    let calls = app.control.calls_of(Endpoint::Authenticate);
    app.control
        .set_fault(Endpoint::Authenticate, Fault::status(429).retry_after(30));
    for browser in users.iter().chain([&other, &ada]) {
        let page = browser.clone().get("/account").await;
        assert_eq!(page.status.as_u16(), 503);
        let seconds: u64 = page.header("retry-after").parse().unwrap();
        assert!((25..=31).contains(&seconds), "{seconds}");
    }
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        calls + 3,
        "asked once for each user"
    );
}

#[tokio::test]
async fn a_429_pauses_the_session_it_is_for_and_no_other() {
    let app = App::start().await;
    let (ada, grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
    app.advance(400);
    let once = Fault::status(429).retry_after(57).times(1);
    app.control.set_fault(Endpoint::Authenticate, once);
    assert_eq!(ada.clone().get("/account").await.status.as_u16(), 503);
    let page = grace.clone().get("/account").await;
    assert_eq!(page.status.as_u16(), 200);
    assert_eq!(ada.clone().get("/account").await.status.as_u16(), 503);
}

#[tokio::test]
async fn after_repeated_failures_workos_is_asked_only_now_and_then() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.advance(400);
    app.control
        .set_fault(Endpoint::Authenticate, Fault::status(500));
    let mut calls = app.control.calls_of(Endpoint::Authenticate);
    loop {
        assert_eq!(browser.clone().get("/account").await.status.as_u16(), 503);
        let after = app.control.calls_of(Endpoint::Authenticate);
        assert!(after < 20, "asked on every request");
        if after == calls {
            break;
        }
        calls = after;
    }
    app.control.clear_faults();
    while !browser.clone().get("/account").await.status.is_success() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn tokens_are_renewed_a_minute_or_half_a_minute_ahead_or_as_configured() {
    let host = App::start().await;
    for (configured, life, early, due) in [
        ("", 300, 265, 272),
        ("", 301, 236, 243),
        ("", 3_600, 3_535, 3_542),
        // Never more than half of a life.
        ("", 40, 15, 22),
        ("120", 300, 175, 182),
        ("0", 300, 295, 301),
    ] {
        let app = App::start_against(&host, &[("WORKOS_REFRESH_BUFFER", configured)]).await;
        app.control.set_access_token_lifetime(life);
        let mut browser = app.signed_in(ADA).await;
        let calls = || app.control.calls_of(Endpoint::Authenticate);
        let before = calls();
        app.advance(early);
        browser.is_signed_in().await;
        assert_eq!(
            calls(),
            before,
            "{configured:?} {life}: too early at {early}"
        );
        app.advance(due);
        browser.is_signed_in().await;
        assert_eq!(calls(), before + 1, "{configured:?} {life}: at {due}");
        app.advance(0);
    }
}

#[tokio::test]
async fn a_good_token_does_not_wait_for_its_successor() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.advance(280);
    app.control.set_fault(
        Endpoint::Authenticate,
        Fault::latency(Duration::from_secs(60)),
    );
    let mut tabs = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mut tab = browser.clone();
        tabs.spawn(async move { tab.is_signed_in().await });
    }
    assert_eq!(tabs.join_all().await, [true; 20]);
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        2,
        "one of them tries"
    );
}

#[tokio::test]
async fn a_clock_ninety_seconds_off_on_either_side_is_noticed_by_nobody() {
    for off in [90, -90] {
        let app = App::start().await;
        // WorkOS is ahead of this server, or behind it.
        app.control.set_clock_offset(off);
        let mut browser = app.signed_in(ADA).await;
        assert!(browser.is_signed_in().await, "{off}");
        for minute in (3..30).step_by(3) {
            app.clock.set_offset(minute * 60);
            app.control.set_clock_offset(minute * 60 + off);
            assert!(browser.is_signed_in().await, "{off}, minute {minute}");
        }
    }
}

#[tokio::test]
async fn a_token_that_has_expired_on_arrival_is_a_wrong_clock_and_signs_nobody_out() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    app.clock.set_offset(1_000);
    assert_eq!(browser.get("/account").await.status.as_u16(), 503);
    assert!(browser.cookies.contains_key(SESSION));
    app.clock.set_offset(0);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_stop_finishes_the_renewals_under_way() {
    let app = App::start_remembering().await;
    let browser = app.signed_in(ADA).await;
    app.advance(400);
    let slow = Fault::latency(Duration::from_millis(500));
    app.control.set_fault(Endpoint::Authenticate, slow);
    gives_up(&app, &browser).await;
    let app = app.restart().await;
    app.advance(400);
    assert!(browser.clone().is_signed_in().await);
    assert_eq!(
        app.control.calls_of(Endpoint::Authenticate),
        0,
        "the stopped server had it"
    );
}

#[tokio::test]
async fn an_answer_lost_between_workos_and_us_ends_the_session_and_only_that() {
    let app = App::start().await;
    let mut browser = app.signed_in(ADA).await;
    let mut alan = app.signed_in(ALAN).await;
    app.advance(400);
    let lost = Fault::lost_answer().times(1);
    app.control.set_fault(Endpoint::Authenticate, lost);
    // WorkOS took the token, and nobody knows what it gave for it.
    assert!(!browser.is_signed_in().await);
    assert!(!browser.cookies.contains_key(SESSION));
    assert!(alan.is_signed_in().await);
}

#[tokio::test]
async fn a_refusal_that_comes_late_leaves_the_cookie_to_the_next_request() {
    let app = App::start().await;
    let browser = app.signed_in(ADA).await;
    app.control.end_sessions_of(ADA).unwrap();
    app.advance(400);
    let slow = Fault::latency(Duration::from_millis(1_200));
    app.control.set_fault(Endpoint::Authenticate, slow);
    let mut tab = browser.clone();
    assert!(!tab.is_signed_in().await);
    assert!(
        tab.cookies.contains_key(SESSION),
        "it may be another's by now"
    );
    let mut next = browser.clone();
    assert!(!next.is_signed_in().await);
    assert!(!next.cookies.contains_key(SESSION));
}
