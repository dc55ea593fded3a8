//! The audit trail: who did what, and who was refused, in a table of the app's own, on both databases.

use super::{
    command::run_for,
    population::impersonated,
    postgres,
    revocation::{send, with_webhooks},
    support::{ADA, ALAN, App, Browser, GRACE, Log, emulator_settings, settings},
};
use authkit_app::{DatabaseSettings, TrustedProxies};
use authkit_audit::{AuditLog, Filter, Row};
use authkit_store::Store;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const JSON: [(&str, &str); 1] = [("accept", "application/json")];

async fn trail(app: &App) -> AuditLog {
    let store = Store::sqlite(&app.data().join("app.db")).await.unwrap();
    AuditLog::new(&store)
}

/// The rows, once the last of them has this action.
async fn until(last: &str, log: &AuditLog) -> Vec<Row> {
    let came = async {
        loop {
            let rows = log.rows(&Filter::default()).await.unwrap();
            if rows.last().is_some_and(|it| it.action == last) {
                return rows;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let came = tokio::time::timeout(Duration::from_secs(20), came).await;
    came.unwrap_or_else(|_| panic!("no {last}"))
}

fn actions(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|it| it.action.as_str()).collect()
}

async fn post(browser: &mut Browser, path: &str, form: &[(&str, &str)]) -> u16 {
    let answer = browser.send(Method::POST, path, &JSON, Some(form)).await;
    answer.status.as_u16()
}

/// What a program sends that has this browser's access token.
async fn authorization(browser: &mut Browser) -> String {
    let path = "/auth/access-token";
    let answer = browser.send(Method::POST, path, &JSON, Some(&[])).await;
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    format!("Bearer {}", answer["token"].as_str().unwrap())
}

#[tokio::test]
async fn a_session_from_its_beginning_to_the_end_of_its_user_is_in_the_trail_on_both_databases() {
    let url = postgres::shared().await.database().await;
    let on_file = App::start().await;
    let on_postgres = App::start_on(DatabaseSettings::Postgres(url.clone().into())).await;
    let postgres = AuditLog::new(&Store::postgres(&url).await.unwrap());
    let sqlite = trail(&on_file).await;
    for (app, log) in [(on_file, sqlite), (on_postgres, postgres)] {
        let acme = app.control.organization_id("Acme").unwrap();
        let globex = app.control.organization_id("Globex").unwrap();
        let mut ada = app.signed_in(ADA).await;
        let session = ada.id("session_0").await;
        let user = ada.id("user_0").await;
        let form = [("organization_id", globex.as_str())];
        assert_eq!(
            post(&mut ada, "/auth/switch-organization", &form).await,
            200
        );
        let mut other = app.signed_in(ADA).await;
        assert_eq!(post(&mut other, "/sign-out", &[]).await, 200);
        let rows = until("user.signed_out", &log).await;
        let expected = [
            "user.signed_in",
            "session.organization_switched",
            "user.signed_in",
            "user.signed_out",
        ];
        assert_eq!(actions(&rows), expected);
        let hash = authkit_leptos::server::core::session_hash(&session);
        for row in &rows[..2] {
            assert_eq!(row.user_id.as_ref(), Some(&user));
            assert_eq!(row.session.as_ref(), Some(&hash));
            assert_eq!(row.ip_address.as_deref(), Some("127.0.0.1"));
            assert!(row.request_id.is_some(), "{row:?}");
        }
        assert_eq!(rows[0].organization_id.as_ref(), Some(&acme));
        assert_eq!(rows[1].organization_id.as_ref(), Some(&globex));
        assert_eq!(rows[1].target.as_ref(), Some(&acme), "where it was");
        assert_ne!(rows[3].session.as_ref(), Some(&hash));
        let said = serde_json::to_string(&rows).unwrap();
        assert!(!said.contains("session_0"), "a session id: {said}");

        let form = [("confirmation", "delete")];
        assert_eq!(post(&mut ada, "/api/delete_account", &form).await, 200);
        let rows = until("user.deleted", &log).await;
        assert_eq!(rows.len(), 5);
        for row in &rows {
            let kept = (&row.ip_address, &row.user_agent);
            assert_eq!(kept, (&None, &None), "erased with the user: {row:?}");
            assert_eq!(row.user_id.as_ref(), Some(&user));
        }
    }
}

#[tokio::test]
async fn the_address_is_the_client_s_where_a_trusted_proxy_says_so_and_the_browser_is_what_it_says()
{
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&data, emulator_settings());
    settings.addresses.trusted_proxies = TrustedProxies::parse("127.0.0.0/8").unwrap();
    let app = App::build(settings, data).await;
    app.control.set_webhook(None);
    let mut browser = app.browser();
    let page = browser.open("/sign-in").await;
    let callback = browser.enter_password(&page, ADA).await;
    let long = "x".repeat(2_000);
    let headers = [("x-forwarded-for", "203.0.113.7"), ("user-agent", &long)];
    browser.get_with(callback.as_str(), &headers).await;
    let rows = until("user.signed_in", &trail(&app).await).await;
    assert_eq!(rows[0].ip_address.as_deref(), Some("203.0.113.7"));
    assert_eq!(rows[0].user_agent, Some("x".repeat(256)));
}

#[tokio::test]
async fn who_is_refused_is_in_the_trail_once_a_minute_and_a_stranger_never() {
    let app = App::start().await;
    let log = trail(&app).await;
    let mut stranger = app.browser();
    stranger.get("/admin").await;
    stranger.get("/callback?code=made-up&state=made-up").await;
    stranger
        .get_with("/api/caller", &[("authorization", "Bearer made.up.token")])
        .await;
    let mut grace = app.signed_in(GRACE).await;
    for _ in 0..5 {
        assert_eq!(grace.get("/admin").await.status.as_u16(), 403);
    }
    let rows = until("request.forbidden", &log).await;
    assert_eq!(actions(&rows), ["user.signed_in", "request.forbidden"]);
    assert_eq!(rows[1].user_id, rows[0].user_id);
    assert_eq!(rows[1].target.as_deref(), Some("/admin"));
    let because = rows[1].because.as_deref();
    assert!(
        because.is_some_and(|it| it.contains("admin")),
        "{because:?}"
    );

    // She is not a member there.
    let nowhere = [("organization_id", "org_nowhere")];
    post(&mut grace, "/auth/switch-organization", &nowhere).await;
    let rows = until("session.switch_refused", &log).await;
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!(rows[2].target.as_deref(), Some("org_nowhere"));
}

#[tokio::test]
async fn who_is_not_let_in_is_in_the_trail_with_the_app_s_reason() {
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&data, emulator_settings());
    settings.allowed_domains = Some(vec!["example.org".to_owned()]);
    let app = App::build(settings, data).await;
    app.control.set_webhook(None);
    app.browser().sign_in("/sign-in", ALAN).await;
    let rows = until("user.sign_in_refused", &trail(&app).await).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0].because.as_deref(), Some("app_not_invited"));
    assert!(rows[0].user_id.is_some(), "{rows:?}");
}

#[tokio::test]
async fn a_sign_in_whose_token_is_too_big_is_in_the_trail_as_refused() {
    let app = App::start().await;
    let claims = json!({ "note": "n".repeat(4_200) });
    let template = claims.as_object().unwrap().clone();
    app.control.set_token_template(template).unwrap();
    let mut ada = app.browser();
    let page = ada.open("/sign-in?led_here=1").await;
    let callback = ada.enter_password(&page, ADA).await;
    ada.open(callback.as_str()).await;
    assert!(!ada.is_signed_in().await);
    let rows = until("user.sign_in_refused", &trail(&app).await).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0].because.as_deref(), Some("token_too_big"));
    assert_eq!(rows[0].user_id, app.control.user_id(ADA).ok());
}

#[tokio::test]
async fn an_impersonator_is_named_beside_whom_they_act_as() {
    let app = App::start().await;
    let mut browser = impersonated(&app, ADA).await;
    // By the app, by the login, and by a guard.
    let add = [("value", "42")];
    let path = "/api/add_number";
    let added = browser.send(Method::POST, path, &JSON, Some(&add)).await;
    let added: Value = serde_json::from_str(&added.body).unwrap();
    let removed = [("id", added["answer"]["id"].as_str().unwrap())];
    assert_eq!(
        post(&mut browser, "/api/remove_number", &removed).await,
        200
    );
    let nowhere = [("organization_id", "org_nowhere")];
    post(&mut browser, "/auth/switch-organization", &nowhere).await;
    let confirmed = [("confirmation", "delete")];
    assert_eq!(
        post(&mut browser, "/api/delete_account", &confirmed).await,
        403
    );
    let rows = until("request.forbidden", &trail(&app).await).await;
    let expected = [
        "number.removed",
        "session.switch_refused",
        "request.forbidden",
    ];
    assert_eq!(actions(&rows), expected);
    for row in &rows {
        assert_eq!(row.user_id, app.control.user_id(ADA).ok(), "{row:?}");
        assert_eq!(
            row.impersonator.as_deref(),
            Some("support@example.com"),
            "{row:?}"
        );
    }
}

#[tokio::test]
async fn addresses_of_a_deleted_user_that_could_not_be_erased_are_when_workos_tells_again() {
    let (_host, app) = with_webhooks().await;
    let log = trail(&app).await;
    let mut ada = app.signed_in(ADA).await;
    until("user.signed_in", &log).await;
    let id = ada.id("user_0").await;
    let deleted = json!({"object": "user", "id": id, "email": ADA});
    let store = Store::sqlite(&app.data().join("app.db")).await.unwrap();
    let rename = "ALTER TABLE audit_event RENAME TO away";
    store.execute(sqlx::query(rename)).await.unwrap();
    assert_eq!(send(&app, "user.deleted", deleted.clone()).await, 503);
    let rename = "ALTER TABLE away RENAME TO audit_event";
    store.execute(sqlx::query(rename)).await.unwrap();
    assert!(
        log.rows(&Filter::default()).await.unwrap()[0]
            .ip_address
            .is_some()
    );
    assert_eq!(send(&app, "user.deleted", deleted).await, 200);
    let rows = log.rows(&Filter::default()).await.unwrap();
    for row in rows {
        assert_eq!(
            (&row.ip_address, &row.user_agent),
            (&None, &None),
            "{row:?}"
        );
    }
}

#[tokio::test]
async fn what_workos_ends_is_in_the_trail_and_not_again_what_its_user_has_ended() {
    let (_host, app) = with_webhooks().await;
    let log = trail(&app).await;
    let (mut ended, mut left) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
    let revoked = |id: String| json!({"object": "session", "id": id});
    let left_id = left.id("session_0").await;
    assert_eq!(post(&mut left, "/sign-out", &[]).await, 200);
    // WorkOS says of each session that it has ended, whoever ended it.
    assert_eq!(send(&app, "session.revoked", revoked(left_id)).await, 200);
    let id = ended.id("session_0").await;
    assert_eq!(
        send(&app, "session.revoked", revoked(id.clone())).await,
        200
    );
    let rows = until("session.revoked", &log).await;
    let expected = [
        "user.signed_in",
        "user.signed_in",
        "user.signed_out",
        "session.revoked",
    ];
    assert_eq!(actions(&rows), expected);
    assert_eq!(rows[3].because.as_deref(), Some("workos"));
    let hash = authkit_leptos::server::core::session_hash(&id);
    assert_eq!(rows[3].session, Some(hash));
}

#[tokio::test]
async fn a_cookie_that_somebody_keeps_ends_its_session_once() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let mut kept = ada.clone();
    assert_eq!(post(&mut ada, "/sign-out", &[]).await, 200);
    for _ in 0..3 {
        let mut again = kept.clone();
        assert_eq!(post(&mut again, "/sign-out", &[]).await, 200);
    }
    assert_eq!(kept.get("/").await.status.as_u16(), 200);
    app.signed_in(ALAN).await;
    let rows = until("user.signed_in", &trail(&app).await).await;
    let expected = ["user.signed_in", "user.signed_out", "user.signed_in"];
    assert_eq!(actions(&rows), expected);
}

#[tokio::test]
async fn administrators_see_what_happened_in_their_organization_and_no_other() {
    let app = App::start().await;
    let globex = app.control.organization_id("Globex").unwrap();
    let mut ada = app.signed_in(ADA).await;
    let mut elsewhere = app.signed_in(ADA).await;
    let form = [("organization_id", globex.as_str())];
    post(&mut elsewhere, "/auth/switch-organization", &form).await;
    until("session.organization_switched", &trail(&app).await).await;
    let page = ada.get("/admin").await.body;
    assert!(page.contains("<code>user.signed_in</code>"), "{page}");
    assert!(
        !page.contains(&globex) && !page.contains("organization_switched"),
        "{page}"
    );
    let authorization = authorization(&mut ada).await;
    let headers = [("authorization", authorization.as_str())];
    let answer = app.browser().get_with("/admin", &headers).await;
    assert_eq!(answer.status.as_u16(), 200, "a program sees the same");
}

#[tokio::test]
async fn a_program_with_a_token_of_authkit_is_in_the_trail_as_its_user_in_their_organization() {
    let app = App::start().await;
    let mut grace = app.signed_in(GRACE).await;
    let acme = app.control.organization_id("Acme").unwrap();
    let authorization = authorization(&mut grace).await;
    let headers = [("authorization", authorization.as_str())];
    let answer = app.browser().get_with("/admin", &headers).await;
    assert_eq!(answer.status.as_u16(), 403);
    let rows = until("request.forbidden", &trail(&app).await).await;
    let (signed_in, refused) = (&rows[0], &rows[1]);
    assert_eq!(refused.user_id, signed_in.user_id);
    assert_eq!(refused.session, signed_in.session);
    assert_eq!(refused.organization_id.as_ref(), Some(&acme));
}

#[tokio::test]
async fn what_an_operator_ends_is_in_the_trail_once() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let id = ada.id("session_0").await;
    let folder = app.data().to_str().unwrap();
    let said = run_for(&app, &["revoke", &id], &[("DATA_DIR", folder)]).await;
    assert_eq!(said.status, 0, "{said:?}");
    let rows = until("session.revoked", &trail(&app).await).await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[1].because.as_deref(), Some("operator"));
    assert_eq!(rows[1].session, rows[0].session);
}

#[tokio::test]
async fn what_the_app_changes_is_recorded_with_the_change_and_the_command_lists_it() {
    let app = App::start().await;
    let mut ada = app.signed_in(ADA).await;
    let add = [("value", "42")];
    let added = ada
        .send(Method::POST, "/api/add_number", &JSON, Some(&add))
        .await;
    let added: Value = serde_json::from_str(&added.body).unwrap();
    let id = added["answer"]["id"].as_str().unwrap();
    assert_eq!(
        post(&mut ada, "/api/remove_number", &[("id", id)]).await,
        200
    );
    // Nothing changes, so nothing is recorded.
    assert_eq!(
        post(&mut ada, "/api/remove_number", &[("id", id)]).await,
        404
    );
    let rows = until("number.removed", &trail(&app).await).await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[1].target.as_deref(), Some(id));
    assert_eq!(rows[1].session, rows[0].session);

    let page = ada.get("/admin").await.body;
    assert!(
        page.contains("<code>number.removed</code>") && page.contains(id),
        "{page}"
    );
    let folder = app.data().to_str().unwrap();
    let here = [("DATA_DIR", folder)];
    let said = run_for(&app, &["audit", "--action", "number.removed"], &here).await;
    assert_eq!(said.status, 0, "{said:?}");
    let user = rows[0].user_id.as_deref().unwrap();
    assert!(
        said.out.lines().count() == 1 && said.out.contains(user) && said.out.contains(id),
        "{said:?}"
    );
    let said = run_for(&app, &["audit", "--user", user, "--json"], &here).await;
    let first: Value = serde_json::from_str(said.out.lines().next().unwrap()).unwrap();
    assert_eq!(first["action"], "user.signed_in");
    assert_eq!(first["user_id"], user);
    let said = run_for(&app, &["audit", "--limit", "1"], &here).await;
    assert!(said.err.contains("there are older ones"), "{said:?}");
    let nowhere = [("DATA_DIR", "/nowhere")];
    let said = run_for(&app, &["audit"], &nowhere).await;
    assert_eq!(said.status, 2, "{said:?}");
    assert!(said.err.contains("there is no database at"), "{said:?}");
}

#[tokio::test]
async fn a_sign_in_works_while_the_trail_can_not_be_written_and_the_log_says_so() {
    let app = App::start().await;
    let (log, _guard) = Log::capture("warn");
    let store = Store::sqlite(&app.data().join("app.db")).await.unwrap();
    store
        .execute(sqlx::query("DROP TABLE audit_event"))
        .await
        .unwrap();
    let mut ada = app.signed_in(ADA).await;
    assert!(ada.is_signed_in().await);
    app.authkit.finish().await;
    let said = log.text();
    assert!(
        said.contains("hook_failed") && said.contains("on_audit_event"),
        "{said}"
    );
}
