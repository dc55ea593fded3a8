//! `authkit explain`, as it is run in a shell: what it says, in words and as JSON, and the exit
//! status.

use super::{
    command::{self, Said},
    support::App,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A server with its emulator, and a folder with a list of providers.
pub struct Desk {
    pub app: App,
    folder: TempDir,
}

impl Desk {
    /// The list is `auth.toml`: the emulator as any issuer of tokens, for `my-app`.
    pub async fn new() -> Self {
        let desk = Self {
            app: App::start().await,
            folder: tempfile::tempdir().unwrap(),
        };
        desk.list(&desk.app.control.issuer());
        desk
    }

    /// Writes `auth.toml` with this issuer.
    pub fn list(&self, issuer: &str) {
        let jwks = self.app.emulator_origin.join("/sso/jwks/client_emulator");
        let list = format!(
            "[[providers]]\ntype = 'custom_jwt'\nissuer = '{issuer}'\napplication_id = 'my-app'\n\
             jwks = '{}'\nalgorithm = 'RS256'\n",
            jwks.unwrap()
        );
        std::fs::write(self.file(), list).unwrap();
    }

    /// A token of the emulator with good claims, some of them changed; `null` leaves one out.
    pub fn token(&self, changes: &Value) -> String {
        let now = self.app.clock.now();
        let mut claims = json!({
            "iss": self.app.control.issuer(), "sub": "user_1", "sid": "session_1", "aud": "my-app",
            "iat": now, "exp": now + 300,
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let fields = claims.as_object_mut().unwrap();
        fields.retain(|_, value| !value.is_null());
        self.app.control.sign(&claims).unwrap()
    }

    fn file(&self) -> String {
        let path = self.folder.path().join("auth.toml");
        path.to_str().unwrap().to_owned()
    }

    /// Runs it with the list.
    pub async fn explain(&self, arguments: &[&str], input: &str) -> Said {
        let file = self.file();
        let list = ["explain", "--providers", &file];
        command::run(&[&list, arguments].concat(), &[], input).await
    }
}

#[tokio::test]
async fn a_good_token_is_accepted_and_not_shown() {
    let desk = Desk::new().await;
    let token = desk.token(&json!({}));
    let said = desk.explain(&[&token], "").await;
    assert_eq!(said.status, 0, "{} {}", said.out, said.err);
    let issuer = desk.app.control.issuer();
    for part in [
        "token 1: accepted\n",
        "subject    user_1\n",
        "expires    in 5 minutes, ",
        &format!("→ {issuer} for my-app\n    accepts it\n"),
    ] {
        assert!(said.out.contains(part), "{part} in {}", said.out);
    }
    for part in token.split('.') {
        assert!(!said.out.contains(part) && !said.err.contains(part));
    }
}

#[tokio::test]
async fn tokens_come_one_per_line_and_one_bad_one_makes_the_status_1() {
    let desk = Desk::new().await;
    let [good, other] = [json!({}), json!({"aud": "other"})].map(|changes| desk.token(&changes));
    let input = format!("{good}\r\n\n   \n{other}\nBearer {good}\n\u{1b}[31m");
    let said = desk.explain(&[], &input).await;
    assert_eq!(said.status, 1, "{}", said.err);
    for part in [
        "token 1: accepted\n",
        "\ntoken 2: refused (token_audience)\n",
        "    aud \"other\" does not contain \"my-app\": the token is for another application\n",
        "\ntoken 3: refused (token_malformed)\n",
        "→ could not decode token: it begins with \"Bearer \": pass what follows it\n",
        "\ntoken 4: refused",
    ] {
        assert!(said.out.contains(part), "{part} in {}", said.out);
    }
    assert!(!said.out.contains('\u{1b}') && !said.out.contains("eyJ"));
}

#[tokio::test]
async fn json_has_one_object_per_line() {
    let desk = Desk::new().await;
    let now = desk.app.clock.now();
    let tokens = [
        desk.token(&json!({"exp": now + 300})),
        desk.token(&json!({"exp": now - 60})),
        "no-token".into(),
    ];
    let input = tokens.join("\n");
    let said = desk.explain(&["--json"], &input).await;
    assert_eq!(said.status, 1);
    let lines = said.out.lines().map(serde_json::from_str);
    let lines: Vec<Value> = lines.collect::<Result<_, _>>().unwrap();
    assert_eq!(lines.len(), 3);
    let provider = format!("{} for my-app", desk.app.control.issuer());
    let [good, expired, none] = &lines[..] else {
        unreachable!()
    };
    assert_eq!(good["accepted"], true);
    assert_eq!(good["provider"], provider);
    assert_eq!(good["reason"], Value::Null);
    assert_eq!(good["expires_at"], now + 300);
    assert_eq!(good["subject"], "user_1");
    assert_eq!(good["algorithm"], "RS256");
    assert_eq!(good["providers"][0]["accepted"], true);

    assert_eq!(expired["accepted"], false);
    assert_eq!(expired["number"], 2);
    assert_eq!(expired["provider"], provider);
    assert_eq!(expired["reason"], "token_expired");
    let answer = &expired["providers"][0];
    assert_eq!(answer["reason"], "token_expired");
    let sentence = answer["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("expired 6"), "{sentence}");
    assert_eq!(expired["sentence"], sentence);

    assert_eq!(none["reason"], "token_malformed");
    assert_eq!(none["provider"], Value::Null);
    assert_eq!(none["providers"], json!([]));
    let sentence = none["sentence"].as_str().unwrap();
    assert!(sentence.contains("1 segment, where"), "{sentence}");

    // The names are a promise to those who read them by machine.
    let names = |value: &Value| {
        let mut names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    for line in &lines {
        assert_eq!(
            names(line),
            "accepted algorithm audience expires_at issuer key number provider providers reason sentence subject"
        );
    }
    assert_eq!(names(answer), "accepted provider reason sentence");
}

#[tokio::test]
async fn in_development_the_running_emulator_is_the_provider() {
    let desk = Desk::new().await;
    let ours = desk.token(&json!({"aud": null, "client_id": "client_emulator"}));
    let at = format!("127.0.0.1:{}", desk.app.emulator_origin.port().unwrap());
    let said = command::run(&["explain", &ours], &[("EMULATOR_ADDR", &at)], "").await;
    assert_eq!(said.status, 0, "{} {}", said.out, said.err);
    assert!(
        said.out
            .contains("(AuthKit, client_emulator)\n    accepts it\n")
    );
    // The issuers that AuthKit might have signed as, too.
    assert!(
        said.out.matches("\n    issuer ").count() >= 2,
        "{}",
        said.out
    );
}

#[tokio::test]
async fn the_servers_own_variables_name_the_providers() {
    let desk = Desk::new().await;
    let [session, foreign] = [
        json!({"aud": null, "client_id": "client_emulator"}),
        json!({}),
    ]
    .map(|changes| desk.token(&changes));
    let list = desk.file();
    let arguments = ["explain", "--json", &session, &foreign];
    let said = command::run_for(&desk.app, &arguments, &[("AUTH_PROVIDERS", &list)]).await;
    assert_eq!(said.status, 0, "{} {}", said.out, said.err);
    let by = |line: &str| serde_json::from_str::<Value>(line).unwrap()["provider"].to_string();
    let by: Vec<_> = said.out.lines().map(by).collect();
    assert!(by[0].contains("(AuthKit, client_emulator)"), "{by:?}");
    assert!(by[1].contains("for my-app"), "{by:?}");
}

#[tokio::test]
async fn what_can_not_be_looked_at_is_status_2_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (none, bad, good) = (file("none.toml"), file("bad.toml"), file("good.toml"));
    std::fs::write(&bad, "[[providers]]\ntype = 'x'").unwrap();
    let list = "[[providers]]\ntype = 'oidc'\ndomain = 'https://a.example'\napplication_id = 'a'";
    std::fs::write(&good, list).unwrap();
    // Arguments, variables, and what is said.
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case<'_>; 7] = [
        (
            &["x"],
            &[("LEPTOS_ENV", "PROD")],
            "Name a list of them with --providers auth.toml",
        ),
        (
            &["x"],
            // Nothing listens there: port 1 is nobody's.
            &[("EMULATOR_ADDR", "127.0.0.1:1")],
            "in development, start the server first",
        ),
        (
            &["x"],
            &[("WORKOS_CLIENT_ID", "client_1")],
            "WORKOS_COOKIE_PASSWORD is not set",
        ),
        (&["--providers", &none, "x"], &[], "none.toml can't be read"),
        (&["--providers", &bad, "x"], &[], "unknown variant `x`"),
        (&["--providers", &good], &[], "no token: pass it"),
        (&["--nonsense"], &[], "unexpected argument"),
    ];
    for (arguments, variables, words) in cases {
        let said = command::run(&[&["explain"], arguments].concat(), variables, "\n").await;
        assert_eq!(said.status, 2, "{arguments:?}: {} {}", said.out, said.err);
        assert!(said.err.contains(words), "{words} in {}", said.err);
        assert_eq!(said.out, "");
    }
}

#[tokio::test]
async fn the_example_in_the_docs_is_what_is_printed() {
    let docs = include_str!("../../docs/tokens.md");
    let block = |begin: &str| {
        let (_, rest) = docs.split_once(begin).unwrap();
        rest.split_once("```").unwrap().0
    };
    let desk = Desk::new().await;
    std::fs::write(desk.file(), block("```toml\n")).unwrap();
    let expires_at = desk.app.clock.now() + 250;
    let claims = json!({
        "iss": "https://game.example/", "aud": "my-app", "sub": "player_7", "exp": expires_at,
    });
    let header = json!({"alg": "ES256", "kid": "2026-11"});
    let token = desk.app.control.sign_with_header(&header, &claims).unwrap();
    let said = desk.explain(&[], &token).await;
    // All but the date, which is another one each time.
    let printed = |text: &str| {
        let lines = text.lines().map(|line| match line.split_once("minutes, ") {
            Some((before, _)) => before.to_owned(),
            None => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let example = block("$ authkit explain --providers auth.toml <token.txt\n");
    assert_eq!(printed(&said.out), printed(example), "{}", said.err);
}

#[tokio::test]
async fn what_was_typed_in_the_wrong_place_is_not_repeated() {
    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzIn0.c2ln";
    let with = |prefix: &str| format!("{prefix}{TOKEN}");
    let cases: [&[String]; 7] = [
        &[TOKEN.into()],
        &["explian".into(), TOKEN.into()],
        &["doctor".into(), TOKEN.into()],
        &["explain".into(), with("--json=")],
        &["explain".into(), with("--token=")],
        &["explain".into(), with("--")],
        &["explain".into(), with("-")],
    ];
    for arguments in cases {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let said = command::run(&arguments, &[], "").await;
        assert_eq!(said.status, 2, "{arguments:?}: {}", said.err);
        assert!(
            !said.err.contains("eyJ") && !said.err.contains("c2ln"),
            "{}",
            said.err
        );
        let named = ["error: unexpected ", "error: unrecognized "];
        assert!(
            named.iter().any(|words| said.err.starts_with(words)),
            "{}",
            said.err
        );
        assert!(said.err.contains("Usage: starter"), "{}", said.err);
        assert!(
            said.err.contains("--help") && said.out.is_empty(),
            "{}",
            said.err
        );
    }
}

#[tokio::test]
async fn help_says_where_a_token_shows_up() {
    let said = command::run(&["explain", "--help"], &[], "").await;
    assert_eq!(said.status, 0);
    for words in ["history", "standard input", "--json", "Exit status"] {
        assert!(said.out.contains(words), "{words} in {}", said.out);
    }
}
