//! `emulator.toml`: what an emulator begins with, and each way in which the file can be wrong.

use std::path::Path;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::emulator::{Config, Emulator, SEEDED_PASSWORD};
use crate::support::{REDIRECT_URI, Rig, config, rig_with, text};

const SEED: &str = r#"
[[organizations]]
name = "Initech"
entitlements = ["audit-logs"]
external_id = "tenant-7"
metadata = { plan = "gold" }

[[organizations]]
name = "Umbrella"
policy = "sso_required"

[[roles]]
slug = "owner"
permissions = ["reports:file", "reports:read"]

[[roles]]
slug = "auditor"
permissions = ["reports:read"]

[[users]]
email = "Peter@example.com"
first_name = "Peter"
memberships = [{ organization = "Initech", role = "auditor", other_roles = ["owner"] }]

[[users]]
email = "alice@example.com"
oauth_provider = "GitHubOAuth"
memberships = [{ organization = "Umbrella", role = "member" }]

[[feature_flags]]
slug = "beta"
organizations = ["Initech"]

[[feature_flags]]
slug = "lab"
users = ["PETER@example.com"]

[[feature_flags]]
slug = "off"
enabled = false
default = true
"#;

fn write(folder: &Path, seed: &str) -> Config {
    let file = folder.join("emulator.toml");
    std::fs::write(&file, seed).unwrap();
    Config {
        seed_file: Some(file),
        ..config()
    }
}

async fn claims(rig: &Rig, email: &str) -> Value {
    let tokens = rig.emulator.control().grant(email).unwrap();
    rig.verified(text(&tokens, "/access_token")).await.unwrap()
}

/// What an emulator with this seed says instead of starting.
async fn refusal(folder: &Path, seed: &str) -> String {
    match Emulator::start(write(folder, seed)).await {
        Ok(_) => panic!("started with\n{seed}"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn an_emulator_begins_with_what_the_file_says_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let rig = rig_with(write(folder.path(), SEED)).await;
    assert_eq!(
        rig.emulator.seeded_users(),
        ["peter@example.com", "alice@example.com"]
    );
    let about: Value = rig.get_json("/_emulator").await;
    let emails = json!(["peter@example.com", "alice@example.com"]);
    assert_eq!(about["users"], emails);
    let peter = claims(&rig, "peter@example.com").await;
    assert_eq!(peter["role"], "auditor");
    assert_eq!(peter["roles"], json!(["auditor", "owner"]));
    assert_eq!(
        peter["permissions"],
        json!(["reports:read", "reports:file"])
    );
    assert_eq!(peter["entitlements"], json!(["audit-logs"]));
    assert_eq!(peter["feature_flags"], json!(["beta", "lab"]));
    let alice = rig.emulator.control().grant("alice@example.com").unwrap();
    assert_eq!(alice["authentication_method"], "GitHubOAuth");
    let form = [
        ("email", "peter@example.com"),
        ("password", SEEDED_PASSWORD),
    ];
    let signed_in = rig.post_page("/sign-in", &rig.query(&[]), &form).await;
    assert_eq!(signed_in.status(), StatusCode::SEE_OTHER);
    let page = rig.browser.get(rig.url("/")).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("alice@example.com") && !page.contains("ada@example.com"));
}

#[tokio::test]
async fn the_file_that_the_readme_shows_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let readme = include_str!("../../README.md");
    let shown = readme.split("```").find_map(|it| it.strip_prefix("toml"));
    let rig = rig_with(write(folder.path(), shown.unwrap())).await;
    let ada = rig.emulator.control().grant("ada@example.com").unwrap();
    let claims = rig.verified(text(&ada, "/access_token")).await.unwrap();
    assert_eq!(claims["entitlements"], json!(["audit-logs"]));
}

#[tokio::test]
async fn a_reset_brings_the_file_s_users_back() {
    let folder = tempfile::tempdir().unwrap();
    let rig = rig_with(write(folder.path(), SEED)).await;
    let control = rig.emulator.control();
    control.delete_user("peter@example.com").unwrap();
    control.define_role("owner", &[]).unwrap();
    control.reset().await.unwrap();
    let peter = claims(&rig, "peter@example.com").await;
    assert_eq!(
        peter["permissions"],
        json!(["reports:read", "reports:file"])
    );
}

#[tokio::test]
async fn an_edited_file_counts_from_the_next_start_and_takes_nobody_away() {
    let folder = tempfile::tempdir().unwrap();
    let kept = |seed: &str| Config {
        state_file: Some(folder.path().join("state.json")),
        ..write(folder.path(), seed)
    };
    let rig = rig_with(kept(SEED)).await;
    let tokens = rig.tokens_for("peter@example.com").await;
    let control = rig.emulator.control();
    let initech = control.organization_id("Initech").unwrap();
    control
        .set_role("peter@example.com", &initech, "member")
        .unwrap();
    let restarted = async |rig: Rig, config: Config| {
        rig.emulator.shutdown().await;
        Rig {
            emulator: Emulator::start(config).await.unwrap(),
            browser: rig.browser,
        }
    };
    let rig = restarted(rig, kept(SEED)).await;
    assert_eq!(claims(&rig, "peter@example.com").await["role"], "member");
    let edited = "[[users]]\nemail = \"samir@example.com\"\n";
    let rig = restarted(rig, kept(&format!("{SEED}{edited}"))).await;
    assert!(rig.emulator.control().user_id("samir@example.com").is_ok());
    assert_eq!(claims(&rig, "peter@example.com").await["role"], "auditor");
    let rig = restarted(rig, kept(edited)).await;
    assert!(rig.emulator.control().user_id("peter@example.com").is_ok());
    let (status, _) = rig.refresh(text(&tokens, "/refresh_token")).await;
    assert_eq!(status, StatusCode::OK, "an edit ended a session");
}

#[tokio::test]
async fn a_wrong_file_is_refused_with_its_line_and_the_name() {
    let folder = tempfile::tempdir().unwrap();
    for (wrong, line, name) in [
        // No such table, or key.
        ("[[api_keys]]\nname = \"CI\"", "line 1", "api_keys"),
        (
            "\n[[organisations]]\nname = \"A\"",
            "line 2",
            "organisations",
        ),
        (
            "[[users]]\nemail = \"a@example.com\"\ntotp = false",
            "line 3",
            "totp",
        ),
        (
            "[[users]]\nemail = \"a@example.com\"\npasword = \"x\"",
            "line 3",
            "pasword",
        ),
        (
            "[[roles]]\nslug = \"a\"\npermission = []",
            "line 3",
            "permission",
        ),
        // Not TOML, or another type.
        ("[[users]\n", "line 1", "TOML"),
        ("[[users]]\nemail = 7", "line 2", "string"),
        (
            "[[roles]]\nslug = \"a\"\npermissions = [7]",
            "line 3",
            "string",
        ),
        (
            "[[organizations]]\nname = \"A\"\npolicy = \"opne\"",
            "line 3",
            "opne",
        ),
        ("[[users]]\nfirst_name = \"A\"", "line 1", "email"),
        (
            "[[users]]\nemail = \"a@example.com\"\noauth_provider = \"MySpace\"",
            "line 3",
            "MySpace",
        ),
        // Twice.
        (
            "[[users]]\nemail = \"a@example.com\"\n[[users]]\nemail = \"A@example.com\"",
            "line 4",
            "a@example.com",
        ),
        (
            "[[organizations]]\nname = \"A\"\n[[organizations]]\nname = \"A\"",
            "line 4",
            "\"A\"",
        ),
        (
            "[[roles]]\nslug = \"a\"\n[[roles]]\nslug = \"a\"",
            "line 4",
            "\"a\"",
        ),
        (
            "[[feature_flags]]\nslug = \"a\"\n[[feature_flags]]\nslug = \"a\"",
            "line 4",
            "\"a\"",
        ),
        // Names nothing.
        (
            "[[organizations]]\nname = \"A\"\n[[users]]\nemail = \"a@example.com\"\n\
             memberships = [{ organization = \"A\", role = \"admn\" }]",
            "line 5",
            "admn",
        ),
        (
            "[[users]]\nemail = \"a@example.com\"\nmemberships = [{ organization = \"B\", role = \"member\" }]",
            "line 3",
            "\"B\"",
        ),
        (
            "[[feature_flags]]\nslug = \"a\"\nusers = [\"b@example.com\"]",
            "line 3",
            "b@example.com",
        ),
        (
            "[[feature_flags]]\nslug = \"a\"\norganizations = [\"B\"]",
            "line 3",
            "\"B\"",
        ),
        // Not what it should be.
        (
            "[jwt_template]\ncontent = '{\"sub\": \"x\"}'",
            "line 2",
            "sub",
        ),
        ("[[users]]\nemail = \"ada\"", "line 2", "\"ada\""),
        ("[[roles]]\nslug = \"Admin\"", "line 2", "Admin"),
        (
            "[[roles]]\nslug = \"a\"\npermissions = [\n  \"b c\",\n]",
            "line 4",
            "b c",
        ),
        ("[[organizations]]\nname = \" \"", "line 2", "empty"),
        (
            "[[organizations]]\nname = \"A\"\nentitlements = [\"\"]",
            "line 3",
            "slug",
        ),
    ] {
        let told = refusal(folder.path(), wrong).await;
        assert!(told.contains("emulator.toml"), "{told}\n{wrong}");
        assert!(told.contains(line), "{told}\n{wrong}");
        assert!(told.contains(name), "{told}\n{wrong}");
    }
}

#[tokio::test]
async fn a_file_that_is_too_long_no_text_or_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let long = "#".repeat(256 * 1024);
    let rig = rig_with(write(folder.path(), &long)).await;
    assert_eq!(rig.emulator.seeded_users().len(), 0);
    let told = refusal(folder.path(), &format!("{long}#")).await;
    assert!(told.contains("longer than 262144 bytes"), "{told}");
    let file = folder.path().join("emulator.toml");
    std::fs::write(&file, b"name = \"\xff\"").unwrap();
    for seed_file in [
        file,
        folder.path().join("none.toml"),
        folder.path().to_owned(),
    ] {
        let told = seed_file.display().to_string();
        let refused = Emulator::start(Config {
            seed_file: Some(seed_file),
            ..config()
        });
        let error = refused.await.err().unwrap().to_string();
        assert!(
            error.contains(&told) && error.contains("cannot be read"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_invitation_makes_a_member_also_where_no_role_is_seeded() {
    let folder = tempfile::tempdir().unwrap();
    let seed = "[[organizations]]\nname = \"A\"\n[[users]]\nemail = \"a@example.com\"";
    let rig = rig_with(write(folder.path(), seed)).await;
    let control = rig.emulator.control();
    let organization = control.organization_id("A").unwrap();
    let token = control
        .invite("a@example.com", Some(&organization))
        .unwrap();
    let query = rig.query(&[
        ("redirect_uri", Some(REDIRECT_URI)),
        ("invitation_token", Some(&token)),
    ]);
    let form = [("email", "a@example.com"), ("password", SEEDED_PASSWORD)];
    rig.post_page("/sign-in", &query, &form).await;
    let claims = claims(&rig, "a@example.com").await;
    assert_eq!(claims["role"], "member");
    assert!(claims.get("permissions").is_none());
}
