//! `authkit doctor`, as a process, against the emulator: each seeded mistake is named, and
//! nothing else is.

use super::{
    command::{Said, run, run_in, variables},
    postgres,
    support::{ADA, ANY_PORT, App, settings},
};
use authkit_app::{AuthKitSettings, DatabaseSettings, EmulatorSettings, Settings};
use authkit_emulator::{self as emulator, Endpoint, Fault};
use serde_json::{Value, json};
use sqlx::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const PASSWORD: &str = "mE2pYzVb1nq0R7xkD4sWc9tLhJ3uFgAo";
/// Client id and API key of another environment.
const NEIGHBOUR: (&str, &str) = ("client_neighbour", "sk_test_neighbour");
const CALLBACK: &str = "http://app.example.com/callback";
const HTTPS_CALLBACK: &str = "https://app.example.com/callback";
/// Long, and known to all who read documentation.
const SAMPLE: &str = "complex_password_at_least_32_characters_long";

/// An app, its emulator and a folder for what a mistake is made of.
struct Clinic {
    app: App,
    folder: TempDir,
}

/// What the doctor says of one patient.
struct Report {
    said: Said,
    lines: Vec<Value>,
}

impl Clinic {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        fs::write(folder.path().join("site/pkg/app.wasm"), "").unwrap();
        let app = App::start().await;
        Self { app, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and gives its path.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A healthy configuration with some variables changed; one that is empty is not set.
    async fn examine(&self, changes: &[(&str, &str)]) -> Report {
        let addr = format!("127.0.0.1:{}", self.app.origin.port().unwrap());
        let (site, data) = (self.path("site"), self.path("data"));
        let healthy = [
            ("WORKOS_COOKIE_PASSWORD", PASSWORD),
            ("LEPTOS_SITE_ADDR", &addr),
            ("LEPTOS_SITE_ROOT", site.to_str().unwrap()),
            ("DATA_DIR", data.to_str().unwrap()),
        ];
        let changed = |name: &str| changes.iter().any(|(it, _)| *it == name);
        let kept = healthy.iter().filter(|(name, _)| !changed(name));
        let all: Vec<_> = kept.chain(changes).copied().collect();
        let variables = variables(&self.app, &all);
        Report::of(&variables).await
    }
}

impl Report {
    async fn of(variables: &[(&str, String)]) -> Self {
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let said = run(&["doctor", "--json"], &variables, "").await;
        let lines = said.out.lines();
        let lines = lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Self { said, lines }
    }

    /// The checks with this outcome.
    fn with(&self, outcome: &str) -> Vec<&str> {
        let lines = self.lines.iter().filter(|line| line["outcome"] == outcome);
        lines.map(|line| line["check"].as_str().unwrap()).collect()
    }

    fn line(&self, check: &str) -> &Value {
        let line = self.lines.iter().find(|line| line["check"] == check);
        line.unwrap_or_else(|| panic!("no {check} in {}", self.said.out))
    }
}

/// A mistake: what is changed, and the check that has to name it.
struct Mistake {
    called: &'static str,
    variables: Vec<(&'static str, String)>,
    bend: fn(&App),
    check: &'static str,
}

impl Mistake {
    fn new(called: &'static str, check: &'static str) -> Self {
        Self {
            called,
            variables: Vec::new(),
            bend: |_| {},
            check,
        }
    }

    fn set(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((variable, value.into()));
        self
    }

    fn bend(mut self, bend: fn(&App)) -> Self {
        self.bend = bend;
        self
    }
}

fn mistakes(clinic: &Clinic) -> Vec<Mistake> {
    let emulator = clinic.app.emulator_origin.as_str().trim_end_matches('/');
    let wrong_domain = format!(
        "[[providers]]\ntype = 'oidc'\ndomain = '{emulator}/user_management/client_emulator/'\n\
         application_id = 'x'"
    );
    let wrong_algorithm = format!(
        "[[providers]]\ntype = 'custom_jwt'\nissuer = 'https://game.example'\nalgorithm = 'ES256'\n\
         jwks = '{emulator}/sso/jwks/client_emulator'"
    );
    let not_a_database = clinic.file("broken/app.db", "This is a letter, and not a database.");
    let not_a_database = Path::new(&not_a_database).parent().unwrap();
    vec![
        Mistake::new("a wrong API key", "api_key").set("WORKOS_API_KEY", "sk_test_wrong"),
        Mistake::new("the API key of another environment", "credentials")
            .set("WORKOS_API_KEY", NEIGHBOUR.1),
        Mistake::new("the client id of another environment", "credentials")
            .set("WORKOS_CLIENT_ID", NEIGHBOUR.0),
        Mistake::new("an API key with few permissions", "api_key_permissions").bend(|app| {
            let fault = Fault::status(403);
            app.control
                .set_fault(Endpoint::OrganizationMemberships, fault);
        }),
        Mistake::new("a client id that nobody knows", "client_id")
            .set("WORKOS_CLIENT_ID", "client_nobody"),
        Mistake::new("a variable that is missing", "variables").set("WORKOS_COOKIE_PASSWORD", ""),
        Mistake::new("the API key for a client id", "variables")
            .set("WORKOS_CLIENT_ID", "sk_test_1"),
        Mistake::new("an address that is none", "variables").set("LEPTOS_SITE_ADDR", "3000"),
        Mistake::new("a MySQL database", "variables").set("DATABASE_URL", "mysql://app:hunter2@db"),
        Mistake::new("a short password", "cookie_password")
            .set("WORKOS_COOKIE_PASSWORD", "hunter2hunter2"),
        Mistake::new("a password in quotes", "cookie_password")
            .set("WORKOS_COOKIE_PASSWORD", format!("\"{PASSWORD}\"")),
        Mistake::new("an address in quotes", "variables")
            .set("LEPTOS_SITE_ADDR", "\"127.0.0.1:3000\""),
        Mistake::new("an environment that does not exist", "variables")
            .set("LEPTOS_ENV", "staging"),
        Mistake::new("a tunnel with its scheme", "variables")
            .set("DEV_HOSTS", "https://tunnel.example"),
        Mistake::new("one letter for a password", "cookie_password")
            .set("WORKOS_COOKIE_PASSWORD", "h".repeat(40))
            .set("LEPTOS_ENV", "PROD"),
        Mistake::new("a password out of documentation", "cookie_password")
            .set("WORKOS_COOKIE_PASSWORD", SAMPLE)
            .set("LEPTOS_ENV", "PROD"),
        Mistake::new("an old password out of documentation", "cookie_password")
            .set("WORKOS_COOKIE_PASSWORD_PREVIOUS", SAMPLE)
            .set("LEPTOS_ENV", "PROD"),
        Mistake::new(
            "a redirect URI that WorkOS has not",
            "redirect_uri_registered",
        )
        .set("WORKOS_REDIRECT_URI", "https://other.example.com/callback"),
        Mistake::new("another port than the server's", "redirect_uri_address")
            .set("LEPTOS_SITE_ADDR", "127.0.0.1:1"),
        Mistake::new("http in public", "redirect_uri_scheme")
            .set("WORKOS_REDIRECT_URI", CALLBACK)
            .set("LEPTOS_ENV", "PROD"),
        Mistake::new("an API over http on another machine", "variables")
            .set("WORKOS_API_HTTPS", "false")
            .set("WORKOS_API_HOSTNAME", "192.0.2.1")
            .set("LEPTOS_ENV", "PROD"),
        Mistake::new("a cookie for frames", "same_site")
            .set("WORKOS_COOKIE_SAMESITE", "none")
            .set("WORKOS_REDIRECT_URI", HTTPS_CALLBACK)
            .set("LEPTOS_ENV", "PROD"),
        Mistake::new("the SameSite trap", "same_site").set("WORKOS_COOKIE_SAMESITE", "strict"),
        Mistake::new("the cookie of another domain", "cookie_domain")
            .set("WORKOS_COOKIE_DOMAIN", "example.com"),
        Mistake::new("an API that is not there", "api").set("WORKOS_API_PORT", "1"),
        Mistake::new("an API that is broken", "api").bend(|app| {
            let fault = Fault::status(503).html("<h1>Sorry</h1>");
            app.control.set_fault(Endpoint::RedirectUris, fault);
        }),
        Mistake::new("another program where the API should be", "api").bend(|app| {
            let fault = Fault::status(200).html("<h1>Welcome</h1>");
            app.control.set_fault(Endpoint::RedirectUris, fault);
        }),
        Mistake::new("a page for keys", "jwks").bend(|app| {
            let fault = Fault::status(200).html("<h1>Welcome</h1>");
            app.control.set_fault(Endpoint::Jwks, fault);
        }),
        Mistake::new("no usable key", "jwks").bend(|app| {
            let fault = Fault::status(200).json(json!({"keys": []}));
            app.control.set_fault(Endpoint::Jwks, fault);
        }),
        Mistake::new("keys that are not there", "jwks").bend(|app| {
            app.control.set_fault(Endpoint::Jwks, Fault::reset());
        }),
        Mistake::new("a clock two minutes ahead", "clock").bend(|app| {
            app.control.set_clock_offset(-120);
        }),
        Mistake::new("tokens of another issuer", "issuer").bend(|app| {
            let issuer = "https://auth.example.com/user_management/client_emulator";
            app.control.set_issuer(Some(issuer.to_owned()));
        }),
        Mistake::new("an AuthKit domain where nobody is", "authkit_domain")
            .set("WORKOS_AUTHKIT_DOMAIN", "nobody.localhost"),
        Mistake::new("a list of providers that is not there", "providers")
            .set("AUTH_PROVIDERS", "no/such/auth.toml"),
        Mistake::new("a provider of another issuer", "provider_discovery")
            .set("AUTH_PROVIDERS", clinic.file("domain.toml", &wrong_domain)),
        Mistake::new("a provider without the key", "provider_keys").set(
            "AUTH_PROVIDERS",
            clinic.file("algorithm.toml", &wrong_algorithm),
        ),
        Mistake::new("a database server that is not there", "database")
            .set("DATABASE_URL", "postgres://app:hunter2@127.0.0.1:1/app"),
        Mistake::new("a letter for a database", "database")
            .set("DATA_DIR", not_a_database.to_str().unwrap()),
        Mistake::new("production without a site", "site_root")
            .set("LEPTOS_ENV", "PROD")
            .set("LEPTOS_SITE_ROOT", "no/such/site"),
    ]
}

#[tokio::test]
async fn each_mistake_is_named_and_nothing_else() {
    let clinic = Clinic::open().await;
    for mistake in mistakes(&clinic) {
        clinic.app.control.reset().await.unwrap();
        clinic.app.register(CALLBACK).await;
        clinic.app.register(HTTPS_CALLBACK).await;
        let (client_id, api_key) = NEIGHBOUR;
        let control = &clinic.app.control;
        control.add_neighbour(client_id, api_key).await.unwrap();
        (mistake.bend)(&clinic.app);
        let pairs = mistake.variables.iter();
        let changes: Vec<_> = pairs.map(|(name, value)| (*name, value.as_str())).collect();
        let report = clinic.examine(&changes).await;
        let Mistake { called, check, .. } = mistake;
        assert_eq!(report.with("bad"), [check], "{called}\n{}", report.said.out);
        assert_eq!(report.said.status, 1, "{called}");
        if check == "variables" {
            assert_eq!(
                report.line(check)["about"],
                mistake.variables[0].0,
                "{called}"
            );
        }
        assert!(
            report.line(check)["fix"].as_str().unwrap().len() > 5,
            "{called}"
        );
        for secret in [
            &emulator::Config::default().api_key,
            PASSWORD,
            SAMPLE,
            "hunter2",
            "hhhh",
        ] {
            assert!(
                !report.said.out.contains(secret),
                "{called}\n{}",
                report.said.out
            );
        }
    }
}

#[tokio::test]
async fn a_healthy_configuration_is_good_throughout() {
    let clinic = Clinic::open().await;
    let door = App::start_against(&clinic.app, &[]).await;
    let data = door.stop().await;
    let files = || {
        let files = fs::read_dir(data.path()).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = files();
    let changes = [("DATA_DIR", data.path().to_str().unwrap())];
    let report = clinic.examine(&changes).await;
    assert_eq!(report.said.status, 0, "{}", report.said.out);
    assert_eq!(report.with("bad"), [""; 0], "{}", report.said.out);
    assert_eq!(report.with("warning"), [""; 0], "{}", report.said.out);
    assert_eq!(
        report.with("skipped"),
        ["sign_out_uri", "initiate_login_url"],
        "{}",
        report.said.out
    );
    // What only the dashboard has is said with the address that belongs there.
    let origin = clinic.app.origin.origin().ascii_serialization();
    for (check, path) in [
        ("sign_out_uri", "/signed-out"),
        ("initiate_login_url", "/sign-in"),
    ] {
        let why = report.line(check)["why"].as_str().unwrap();
        assert!(why.contains(&format!("{origin}{path} has to be")), "{why}");
    }
    assert!(report.with("good").len() > 20, "{}", report.said.out);
    assert_eq!(files(), before, "nothing is made or removed");
}

#[tokio::test]
async fn a_database_in_use_is_looked_at_and_left_alone() {
    let clinic = Clinic::open().await;
    clinic.app.signed_in(ADA).await;
    let data = clinic.app.data();
    assert!(data.join("app.db-wal").exists(), "somebody writes");
    let changes = [("DATA_DIR", data.to_str().unwrap())];
    let report = clinic.examine(&changes).await;
    assert_eq!(
        report.line("database_tables")["outcome"],
        "good",
        "{}",
        report.said.out
    );
    assert_eq!(report.said.status, 0);
}

#[tokio::test]
async fn a_postgresql_without_tables_is_told_and_gets_none() {
    let database = postgres::shared().await.database().await;
    let clinic = Clinic::open().await;
    for _ in 0..2 {
        let report = clinic.examine(&[("DATABASE_URL", &database)]).await;
        assert_eq!(
            report.line("database")["outcome"],
            "good",
            "{}",
            report.said.out
        );
        assert_eq!(report.with("warning"), ["database_tables"]);
    }
    let settings = Settings {
        database: DatabaseSettings::Postgres(database.clone().into()),
        ..settings(
            &clinic.folder,
            AuthKitSettings::Emulator(EmulatorSettings {
                addr: ANY_PORT,
                state_dir: None,
            }),
        )
    };
    drop(starter::process::server(settings).await.unwrap());
    let report = clinic.examine(&[("DATABASE_URL", &database)]).await;
    assert_eq!(
        report.line("database_tables")["outcome"],
        "good",
        "{}",
        report.said.out
    );
}

#[tokio::test]
async fn a_database_that_is_newer_than_the_program_or_older_is_told() {
    let clinic = Clinic::open().await;
    let data = clinic.app.data();
    let changes = [("DATA_DIR", data.to_str().unwrap())];
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}", data.join("app.db").display());
    let mut database = sqlx::AnyConnection::connect(&url).await.unwrap();
    for (statement, outcome, words) in [
        (
            "DELETE FROM _sqlx_migrations WHERE version = 3",
            "warning",
            "1 of ",
        ),
        (
            "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 2",
            "bad",
            "it has migration 9999, which this program does not know: it is newer",
        ),
        (
            "UPDATE authkit_migration SET number = 2 WHERE library = 'authkit-leptos'",
            "bad",
            "it has migration 2 of authkit-leptos, and this program knows migrations up to 1: it is newer",
        ),
    ] {
        sqlx::query(statement).execute(&mut database).await.unwrap();
        let report = clinic.examine(&changes).await;
        let line = report.line("database_tables");
        assert_eq!(line["outcome"], outcome, "{}", report.said.out);
        assert!(line.to_string().contains(words), "{line}");
    }
}

#[tokio::test]
async fn without_a_variable_it_says_that_the_emulator_is_used_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let report = Report::of(&[("DATA_DIR", data.to_str().unwrap().to_owned())]).await;
    assert_eq!(report.said.status, 0, "{}", report.said.out);
    let found = report.line("variables")["found"].as_str().unwrap();
    assert!(found.contains("AuthKit of this machine"), "{found}");
    assert_eq!(report.line("database")["outcome"], "good");
    assert!(!data.exists());

    let public = [("EMULATOR_ADDR", "0.0.0.0:3100".to_owned())];
    let public = Report::of(&public).await;
    assert_eq!(public.with("bad"), ["variables"]);
    assert_eq!(public.line("variables")["about"], "EMULATOR_ADDR");

    let production = Report::of(&[("LEPTOS_ENV", "PROD".to_owned())]).await;
    assert_eq!(production.said.status, 1);
    let missing = production.with("bad");
    assert_eq!(missing.iter().filter(|it| **it == "variables").count(), 4);
}

#[tokio::test]
async fn what_may_bite_later_is_a_warning_and_no_failure() {
    let clinic = Clinic::open().await;
    clinic.app.register(HTTPS_CALLBACK).await;
    let empty = clinic.file("empty/app.db", "");
    let empty = Path::new(&empty).parent().unwrap().to_str().unwrap();
    let https = ("WORKOS_REDIRECT_URI", HTTPS_CALLBACK);
    let told = ("WORKOS_WEBHOOK_SECRET", "whsec_1");
    clinic.app.register(CALLBACK).await;
    for (changes, check) in [
        (
            vec![("NEXT_PUBLIC_WORKOS_REDIRECT_URI", "x")],
            "variable_names",
        ),
        (vec![("WORKOS_COOKIE_SAME_SITE", "lax")], "variable_names"),
        (vec![("WORKOS_COOKIE_PASSWORD", SAMPLE)], "cookie_password"),
        (
            vec![("WORKOS_COOKIE_PASSWORD_PREVIOUS", SAMPLE)],
            "cookie_password",
        ),
        (
            vec![("WORKOS_REDIRECT_URI", CALLBACK)],
            "redirect_uri_scheme",
        ),
        (vec![https], "webhook"),
        (vec![https, told, ("LEPTOS_ENV", "PROD")], "api_key_kind"),
        (
            vec![https, told, ("WORKOS_COOKIE_SAMESITE", "none")],
            "same_site",
        ),
        (vec![("DATA_DIR", empty)], "database_tables"),
        (vec![("LEPTOS_SITE_ROOT", "no/such/site")], "site_root"),
    ] {
        let report = clinic.examine(&changes).await;
        assert_eq!(report.with("warning"), [check], "{}", report.said.out);
        assert_eq!(report.said.status, 0, "{}", report.said.out);
    }
    clinic
        .app
        .control
        .set_fault(Endpoint::RedirectUris, Fault::status(403));
    let report = clinic.examine(&[]).await;
    assert_eq!(report.with("warning"), ["redirect_uri_registered"]);
    clinic.app.control.set_clock_offset(30);
    clinic.app.control.clear_faults();
    assert_eq!(clinic.examine(&[]).await.with("warning"), ["clock"]);
}

#[tokio::test]
async fn a_value_of_the_env_file_that_lost_something_is_named_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let text = "WORKOS_WEBHOOK_SECRET=whsec_pa$no_such_variable\nDEV_HOSTS='a$b'\nRUST_LOG=a$b\n";
    fs::write(folder.path().join(".env"), text).unwrap();
    // What is set in the environment wins, and is as it is.
    let set = [("RUST_LOG", "info")];
    let said = run_in(folder.path(), &["doctor", "--json"], &set, "").await;
    let lines: Vec<Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let named = lines.iter().filter(|line| line["check"] == "env_file");
    let named: Vec<_> = named
        .map(|line| (&line["outcome"], &line["about"]))
        .collect();
    assert_eq!(
        named,
        [(&json!("warning"), &json!("WORKOS_WEBHOOK_SECRET"))]
    );
    assert!(!said.out.contains("whsec_pa"), "{}", said.out);
}

#[tokio::test]
async fn two_mistakes_are_two_failures() {
    let clinic = Clinic::open().await;
    clinic.app.control.set_clock_offset(-120);
    let changes = [
        ("WORKOS_COOKIE_PASSWORD", "short"),
        ("WORKOS_API_KEY", "sk_test_wrong"),
    ];
    let report = clinic.examine(&changes).await;
    assert_eq!(report.with("bad"), ["cookie_password", "api_key", "clock"]);
}

#[tokio::test]
async fn a_slow_answer_does_not_hold_it_up() {
    let clinic = Clinic::open().await;
    let minute = Fault::latency(std::time::Duration::from_secs(60));
    for endpoint in [
        Endpoint::Authenticate,
        Endpoint::Discovery,
        Endpoint::OrganizationMemberships,
    ] {
        clinic.app.control.set_fault(endpoint, minute.clone());
    }
    let limit = std::time::Duration::from_secs(30);
    let report = tokio::time::timeout(limit, clinic.examine(&[]))
        .await
        .unwrap();
    assert_eq!(report.said.status, 0, "{}", report.said.out);
    for check in ["credentials", "issuer", "api_key_permissions"] {
        assert_eq!(report.line(check)["outcome"], "skipped");
    }
}

#[tokio::test]
async fn people_get_a_table_with_a_fix_under_each_problem() {
    let clinic = Clinic::open().await;
    let variables = variables(&clinic.app, &[("WORKOS_API_KEY", "sk_test_wrong")]);
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let said = run(&["doctor"], &variables, "").await;
    assert_eq!(said.status, 1);
    assert!(
        said.out.lines().all(|line| line.chars().count() <= 100),
        "{}",
        said.out
    );
    let mut lines = said
        .out
        .lines()
        .skip_while(|line| !line.starts_with("FAIL  API key"));
    assert!(
        lines
            .next()
            .unwrap()
            .contains("does not accept WORKOS_API_KEY")
    );
    assert!(lines.next().unwrap().trim().starts_with("→ copy it again"));
    assert!(!said.out.contains("sk_test_wrong"));
}

#[tokio::test]
async fn this_app_adds_checks_that_the_program_authkit_does_not_have() {
    let folder = tempfile::tempdir().unwrap();
    let set = [
        ("DEV_HOSTS", "https://tunnel.example"),
        ("EMULATOR_ADDR", "0.0.0.0:3100"),
        ("MAX_CONNECTIONS", "many"),
        ("TRUSTED_PROXIES", "a proxy"),
        ("LEPTOS_RELOAD_PORT", "perhaps"),
        ("RUST_LOG", "\"info\""),
        ("DATABASE_URL", "mysql://db/app"),
    ];
    let said = run_in(folder.path(), &["doctor", "--json"], &set, "").await;
    assert_eq!(said.status, 1, "{}", said.out);
    let lines = said.out.lines();
    let lines: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // The variables with all others, the site as the last one.
    let named: Vec<_> = lines
        .iter()
        .take_while(|line| line["check"] == "variables")
        .map(|line| line["about"].as_str().unwrap())
        .collect();
    assert_eq!(
        named,
        [
            "DEV_HOSTS",
            "DATABASE_URL",
            "LEPTOS_RELOAD_PORT",
            "MAX_CONNECTIONS",
            "RUST_LOG",
            "TRUSTED_PROXIES",
        ]
    );
    assert!(
        lines
            .iter()
            .all(|line| line["outcome"] != "good" || line["check"] != "variables")
    );
    assert_eq!(lines.last().unwrap()["check"], "site_root");

    let alone = [("EMULATOR_ADDR", "0.0.0.0:3100")];
    let said = run_in(folder.path(), &["doctor", "--json"], &alone, "").await;
    assert!(
        said.out.contains("EMULATOR_LISTENS_TO=everyone"),
        "{}",
        said.out
    );
    // The app knows where its SQLite file will be.
    assert!(said.out.contains("app.db is not there yet"), "{}", said.out);
}

#[tokio::test]
async fn the_help_has_the_commands_of_the_login_and_those_of_this_app() {
    let said = run(&["--help"], &[], "").await;
    assert_eq!(said.status, 0);
    for command in [
        "doctor",
        "events",
        "explain",
        "provision",
        "revoke",
        "sessions",
        "sync-users",
        "backup",
    ] {
        assert!(
            said.out.contains(&format!("\n  {command} ")),
            "{}",
            said.out
        );
    }
}
