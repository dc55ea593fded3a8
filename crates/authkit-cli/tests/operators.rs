//! `authkit sessions`, `revoke` and `events`, as they are run at night: the program, against an emulator.

use authkit_emulator::{Config, Control, Emulator, Endpoint, Fault, Grant, Impersonator};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};
use test_support::program::{self, Said};

const ADA: &str = "ada@example.com";
const ALAN: &str = "alan@example.com";
const WRONG_KEY: &str = "sk_live_a_key_of_another_environment";

/// An emulator, and the variables of an app that signs in there.
struct Rig {
    emulator: Emulator,
    control: Control,
}

impl Rig {
    async fn start() -> Self {
        let emulator = Emulator::start(Config {
            redirect_uris: vec!["http://localhost:3000/callback".to_owned()],
            ..Config::default()
        });
        let emulator = emulator.await.unwrap();
        let control = emulator.control().clone();
        Self { emulator, control }
    }

    fn port(&self) -> &str {
        self.emulator.base_url().rsplit_once(':').unwrap().1
    }

    /// The variables, some of them changed.
    fn variables<'a>(&'a self, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut all = vec![
            ("WORKOS_CLIENT_ID", self.emulator.client_id()),
            ("WORKOS_API_KEY", self.emulator.api_key()),
            ("WORKOS_REDIRECT_URI", "http://localhost:3000/callback"),
            ("WORKOS_COOKIE_PASSWORD", "hT4vQ0zWm8cYb3NfR6kXs1LdPj7uEg2A"),
            ("WORKOS_API_HOSTNAME", "localhost"),
            ("WORKOS_API_HTTPS", "false"),
            ("WORKOS_API_PORT", self.port()),
        ];
        all.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        all.extend(changes);
        all
    }

    fn run_with(&self, arguments: &[&str], changes: &[(&str, &str)]) -> Said {
        let folder = tempfile::tempdir().unwrap();
        let program = env!("CARGO_BIN_EXE_authkit");
        let variables = self.variables(changes);
        program::run(program, folder.path(), arguments, &variables, "")
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, &[])
    }

    /// A run that has to succeed. The objects it printed, one per line.
    fn objects(&self, arguments: &[&str]) -> Vec<Value> {
        let said = self.run(arguments);
        assert_eq!(said.status, 0, "{said:?}");
        let lines = said.out.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The ids of the user's active sessions, the newest first.
    fn session_ids(&self, user: &str) -> Vec<String> {
        let objects = self.objects(&["sessions", "--json", "--user", user]);
        let ids = objects.iter().map(|it| it["session"].as_str().unwrap());
        ids.map(str::to_owned).collect()
    }

    /// What each obstacle has to say, whatever the command.
    fn explains_obstacles(&self, arguments: &[&str], endpoint: Endpoint) {
        let forbidden = Fault::status(403).json(json!({ "code": "forbidden", "message": "no" }));
        let strange = Fault::status(200).json(json!({ "hello": "world" }));
        for (fault, changes, sentence) in [
            (
                None,
                vec![("WORKOS_API_KEY", WRONG_KEY)],
                "does not know the live key",
            ),
            (Some(forbidden), vec![], "is not authorised to"),
            (
                Some(Fault::status(502).html("<h1>Bad gateway</h1>")),
                vec![],
                "answered HTTP 502",
            ),
            (
                Some(Fault::status(429).retry_after(0)),
                vec![],
                "asks to slow down (HTTP 429)",
            ),
            (Some(Fault::reset()), vec![], "can't be reached"),
            (Some(strange), vec![], "not as WorkOS does"),
        ] {
            self.control.clear_faults();
            // The SDK does not read the body of an answer to a revocation.
            if endpoint == Endpoint::Revoke && sentence == "not as WorkOS does" {
                continue;
            }
            if let Some(fault) = fault {
                self.control.set_fault(endpoint, fault);
            }
            let said = self.run_with(arguments, &changes);
            assert_eq!(said.status, 1, "{sentence}: {said:?}");
            let all = format!("{}{}", said.out, said.err);
            assert!(all.contains(sentence), "{sentence}: {all}");
            assert!(!all.contains(WRONG_KEY) && !all.contains(self.emulator.api_key()));
        }
        self.control.clear_faults();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sessions_of_a_user_are_a_table_the_newest_first() {
    let rig = Rig::start().await;
    rig.control.grant(ADA).unwrap();
    rig.control.grant(ADA).unwrap();
    rig.control.grant(ALAN).unwrap();
    let id = rig.control.user_id(ADA).unwrap();
    for user in [ADA, "Ada@Example.com", &id] {
        let said = rig.run(&["sessions", "--user", user]);
        assert_eq!(said.status, 0, "{said:?}");
        let lines: Vec<_> = said.out.lines().collect();
        assert_eq!(lines.len(), 4, "{said:?}");
        assert_eq!(lines[0], format!("{ADA}, {id}"));
        assert!(lines[1].starts_with("SESSION "), "{said:?}");
        for line in &lines[2..] {
            assert!(line.starts_with("session_"), "{said:?}");
            assert!(line.contains(" password "), "{said:?}");
            assert!(line.contains(" active "), "{said:?}");
        }
    }
    let objects = rig.objects(&["sessions", "--json", "--user", ADA]);
    assert_eq!(objects.len(), 2);
    assert!(objects[0]["session"].as_str() > objects[1]["session"].as_str());
    assert_eq!(objects[0]["email"], ADA);
    assert_eq!(objects[0]["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn address_browser_and_impersonator_are_shown_and_can_not_move_the_cursor() {
    let rig = Rig::start().await;
    let session = json!({
        "object": "session",
        "id": "session_1",
        "user_id": "user_1",
        "auth_method": "impersonation",
        "status": "revoked",
        "ip_address": "203.0.113.7",
        "user_agent": "Mozilla\u{1b}[2J",
        "impersonator": { "email": "support@example.com", "reason": "a ticket" },
        "created_at": "2026-11-27T03:04:05.678Z",
        "updated_at": "2026-11-27T03:04:05.678Z",
        "expires_at": "2026-11-27T04:04:05.678Z",
        "ended_at": "2026-11-27T03:14:05.678Z",
    });
    let metadata = json!({ "before": null, "after": null });
    let list = json!({ "object": "list", "data": [session], "list_metadata": metadata });
    rig.control
        .set_fault(Endpoint::UserSessions, Fault::status(200).json(list));
    let said = rig.run(&["sessions", "--user", ADA]);
    assert_eq!(said.status, 0, "{said:?}");
    for shown in [
        "session_1  2026-11-27 03:04:05Z  impersonation  203.0.113.7  revoked 2026-11-27 03:14:05Z",
        "Mozilla\\u{1b}[2J",
        "\n  impersonated by support@example.com: a ticket\n",
    ] {
        assert!(said.out.contains(shown), "{shown}: {}", said.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_sessions_are_followed_and_when_there_are_more_that_is_said() {
    let rig = Rig::start().await;
    for _ in 0..101 {
        rig.control.grant(ADA).unwrap();
    }
    let ids = rig.session_ids(ADA);
    assert_eq!(ids.len(), 101);
    assert_eq!(rig.control.calls_of(Endpoint::UserSessions), 2);

    let metadata = json!({ "before": null, "after": ids[0] });
    let list = json!({ "object": "list", "data": [], "list_metadata": metadata });
    rig.control
        .set_fault(Endpoint::UserSessions, Fault::status(200).json(list));
    let said = rig.run(&["sessions", "--user", ADA]);
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.err.starts_with("there are more"), "{said:?}");
    assert_eq!(rig.control.calls_of(Endpoint::UserSessions), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_not_there_and_each_obstacle_have_sentences_of_their_own() {
    let rig = Rig::start().await;
    rig.control.grant(ADA).unwrap();
    let id = rig.control.user_id(ADA).unwrap();
    for user in ["nobody@example.com", "user_01NOBODY"] {
        for arguments in [
            &["sessions", "--user", user][..],
            &["revoke", "--yes", "--user", user],
        ] {
            let said = rig.run(arguments);
            assert_eq!(said.status, 1, "{said:?}");
            let sentence = format!("error: WorkOS has no user {user}\n");
            assert!(said.err.starts_with(&sentence), "{said:?}");
        }
    }
    rig.explains_obstacles(&["sessions", "--user", &id], Endpoint::UserSessions);
    rig.explains_obstacles(&["sessions", "--user", ADA], Endpoint::ListUsers);
    rig.explains_obstacles(&["sessions", "--user", &id], Endpoint::Users);
    rig.explains_obstacles(&["revoke", "session_01AB"], Endpoint::Revoke);
    rig.explains_obstacles(&["events"], Endpoint::Events);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_argument_that_is_no_user_or_session_is_refused_and_not_repeated() {
    let rig = Rig::start().await;
    let secret = "sk_test_in_the_wrong_place";
    for arguments in [
        &["sessions"][..],
        &["sessions", "--user", secret],
        &["revoke"],
        &["revoke", secret],
        &["revoke", "user_01AB"],
        &["revoke", "session_01AB", "--user", ADA],
        &["events", "--since", secret],
        &["events", "--since", "31d"],
        &["events", "--kind", secret],
    ] {
        let said = rig.run(arguments);
        assert_eq!(said.status, 2, "{arguments:?} {said:?}");
        assert!(!said.err.contains(secret), "{arguments:?} {said:?}");
    }
    assert!(rig.control.calls().is_empty(), "{:?}", rig.control.calls());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_revoked_by_its_id_and_a_second_time_is_no_error() {
    let rig = Rig::start().await;
    rig.control.grant(ADA).unwrap();
    rig.control.grant(ADA).unwrap();
    let ids = rig.session_ids(ADA);
    let said = rig.run(&["revoke", &ids[0]]);
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.out.contains(" revoked\n"), "{said:?}");
    // Nothing says where this app has its database, and no webhook secret is set.
    assert!(said.out.contains("when it renews a session"), "{said:?}");
    assert_eq!(rig.session_ids(ADA), ids[1..]);

    let secret = [(
        "WORKOS_WEBHOOK_SECRET",
        "whsec_0123456789abcdef0123456789abcdef",
    )];
    let said = rig.run_with(&["revoke", &ids[0]], &secret);
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.out.contains(" had ended already"), "{said:?}");
    assert!(said.out.contains("webhook session.revoked"), "{said:?}");

    let objects = rig.objects(&["revoke", "--json", &ids[0], &ids[1]]);
    let expected = [
        json!({ "session": ids[0], "outcome": "already_ended", "app": "not_told" }),
        json!({ "session": ids[1], "outcome": "revoked", "app": "not_told" }),
    ];
    assert_eq!(objects, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_sessions_of_a_user_end_only_when_that_is_confirmed() {
    let rig = Rig::start().await;
    for _ in 0..101 {
        rig.control.grant(ADA).unwrap();
    }
    rig.control.grant(ALAN).unwrap();
    let said = rig.run(&["revoke", "--user", ADA]);
    assert_eq!((said.status, said.out.as_str()), (2, ""), "{said:?}");
    assert!(said.err.contains("add --yes"), "{said:?}");
    assert!(rig.control.calls().is_empty());

    let fault = Fault::status(429).retry_after(0).times(2);
    rig.control.set_fault(Endpoint::Revoke, fault);
    let said = rig.run(&["revoke", "--user", ADA, "--yes"]);
    assert_eq!(said.status, 0, "{said:?}");
    assert_eq!(said.out.matches(" revoked\n").count(), 101, "{said:?}");
    assert!(rig.session_ids(ADA).is_empty());
    assert_eq!(rig.session_ids(ALAN).len(), 1);

    let said = rig.run(&["revoke", "--user", ADA, "--yes"]);
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.out.ends_with(": no active session\n"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_variables_the_authkit_of_this_machine_is_asked_if_it_runs() {
    let rig = Rig::start().await;
    rig.control.grant(ADA).unwrap();
    let addr = format!("127.0.0.1:{}", rig.port());
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], addr: &str| {
        let program = env!("CARGO_BIN_EXE_authkit");
        let variables = [("EMULATOR_ADDR", addr)];
        program::run(program, folder.path(), arguments, &variables, "")
    };
    for arguments in [
        &["sessions", "--user", ADA][..],
        &["events"],
        &["revoke", "--user", ADA, "--yes"],
    ] {
        let said = run(arguments, &addr);
        assert_eq!(said.status, 0, "{said:?}");
        assert!(said.out.contains("session_"), "{said:?}");
        let said = run(arguments, "127.0.0.1:1");
        assert_eq!(said.status, 2, "{said:?}");
        assert!(said.err.contains("start the server first"), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_listed_oldest_first_with_who_and_no_token() {
    let rig = Rig::start().await;
    let tokens = rig.control.grant(ADA).unwrap();
    let user = rig.control.user_id(ADA).unwrap();
    let session = rig.session_ids(ADA).remove(0);
    rig.control.end_session(&session);
    rig.control.delete_user(ADA).unwrap();
    let said = rig.run(&["events"]);
    assert_eq!(said.status, 0, "{said:?}");
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(lines.len(), 3, "{said:?}");
    for (line, name) in lines
        .iter()
        .zip(["session.created", "session.revoked", "user.deleted"])
    {
        assert_eq!(line.split_whitespace().nth(2), Some(name), "{said:?}");
        assert!(line.contains(&user), "{said:?}");
    }
    assert!(lines[0].contains(&session), "{said:?}");
    assert!(lines[2].contains(ADA), "{said:?}");
    for name in ["access_token", "refresh_token"] {
        assert!(!said.out.contains(tokens[name].as_str().unwrap()));
    }

    let arguments = ["events", "--json", "--kind", "session.revoked,user.created"];
    let objects = rig.objects(&arguments);
    let [revoked] = &objects[..] else {
        panic!("{objects:?}")
    };
    assert_eq!(revoked["event"], "session.revoked");
    assert_eq!(revoked["session"], session);

    let said = rig.run(&["events", "--kind", "session.begun"]);
    assert_eq!(said.status, 1, "{said:?}");
    assert!(
        said.err
            .contains("does not know one of the events (HTTP 422)"),
        "{said:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn events_go_back_as_far_as_is_asked_and_pages_are_followed() {
    let rig = Rig::start().await;
    rig.control.set_clock_offset(-7_200);
    for _ in 0..101 {
        rig.control.grant(ADA).unwrap();
    }
    rig.control.set_clock_offset(0);
    rig.control.grant(ALAN).unwrap();
    assert_eq!(rig.objects(&["events", "--json"]).len(), 1);
    let calls = rig.control.calls_of(Endpoint::Events);
    let all = rig.objects(&["events", "--json", "--since", "3h"]);
    assert_eq!(all.len(), 102);
    assert_eq!(rig.control.calls_of(Endpoint::Events), calls + 2);
    // The events do not say it: each of the two is asked for once.
    assert_eq!(all[0]["email"], ADA);
    assert_eq!(all[101]["email"], ALAN);
    assert_eq!(rig.control.calls_of(Endpoint::Users), 3);
    let ids: std::collections::BTreeSet<_> = all.iter().map(|it| it["id"].as_str()).collect();
    assert_eq!(ids.len(), 102);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_followed_come_once_each_and_a_pause_of_workos_loses_none() {
    let rig = Rig::start().await;
    rig.control.grant(ADA).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_authkit"))
        .args(["events", "--follow", "--json"])
        .env_clear()
        .envs(rig.variables(&[]))
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || {
        let line = lines.next().unwrap().unwrap();
        serde_json::from_str::<Value>(&line).unwrap()
    };
    let first = next();
    assert_eq!(first["event"], "session.created");
    for fault in [
        Fault::status(429).retry_after(1).times(1),
        Fault::status(503).times(1),
        Fault::reset().times(1),
    ] {
        rig.control.set_fault(Endpoint::Events, fault);
    }
    rig.control.end_sessions_of(ADA).unwrap();
    let second = next();
    assert_eq!(second["event"], "session.revoked");
    assert_eq!(second["session"], first["session"]);
    rig.control.grant(ALAN).unwrap();
    let third = next();
    assert_eq!(third["event"], "session.created");
    assert_ne!(third["session"], first["session"]);

    // An emulator that was started anew knows of nothing before.
    rig.control.reset().await.unwrap();
    rig.control.grant(ADA).unwrap();
    let fourth = next();
    assert_eq!(fourth["email"], ADA);

    // What will not pass ends it.
    let forbidden = json!({ "code": "forbidden", "message": "no" });
    rig.control
        .set_fault(Endpoint::Events, Fault::status(403).json(forbidden));
    assert!(lines.next().is_none());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("asks to slow down (HTTP 429): asking again in 1 s"),
        "{said}"
    );
    assert!(said.contains("answered HTTP 503"), "{said}");
    assert!(said.contains("the last event is no longer known"), "{said}");
    assert!(said.contains("can't be reached"), "{said}");
    assert!(said.contains("is not authorised to read events"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impersonation_in_the_list_is_the_emulators_own() {
    let rig = Rig::start().await;
    let who = Impersonator {
        email: "support@example.com".to_owned(),
        reason: None,
    };
    let grant = Grant {
        email: ADA.to_owned(),
        impersonator: Some(who),
        ..Grant::default()
    };
    rig.control.grant_as(grant).unwrap();
    let said = rig.run(&["sessions", "--user", ADA]);
    assert!(
        said.out
            .contains("\n  impersonated by support@example.com\n"),
        "{said:?}"
    );
    let said = rig.run(&["events"]);
    assert!(
        said.out.contains("  impersonated by support@example.com  "),
        "{said:?}"
    );
}
