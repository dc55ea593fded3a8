//! A pooler between app and PostgreSQL: what is noticed without notifications, and what PgBouncer can't do is told.

use super::{
    command,
    deaf::Deaf,
    postgres::{self, free_port},
    support::{ADA, ALAN, App, settings},
};
use authkit_app::{DatabaseError, DatabaseSettings, Server, Settings, StartError};
use serde_json::Value;
use std::{
    fs,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{net::TcpStream, time::sleep};
use url::Url;

/// Shorter than the half minute after which a process that listens looks for itself.
const SOON: Duration = Duration::from_secs(15);

#[tokio::test]
async fn without_notifications_a_session_that_ends_in_one_process_ends_in_the_other_within_seconds()
{
    let database = postgres::shared().await.database().await;
    let deaf = Deaf::before(&database).await;
    let host = App::start().await;
    let behind = || Some(DatabaseSettings::Postgres(deaf.url.clone().into()));
    let one = App::start_against_on(&host, &[], behind()).await;
    let other = App::start_against_on(&host, &[], behind()).await;
    for email in [ADA, ALAN] {
        let mut here = one.signed_in(email).await;
        let mut there = other.browser();
        there.cookies = here.cookies.clone();
        assert!(there.is_signed_in().await);
        here.post("/sign-out").await;
        let ended = async { while there.clone().is_signed_in().await {} };
        tokio::time::timeout(SOON, ended).await.unwrap();
    }
}

/// A PgBouncer before a database. Ends when it is dropped.
struct Bouncer {
    url: String,
    process: Child,
    _folder: TempDir,
}

impl Bouncer {
    /// Runs it, if it is installed, with this mode of pooling.
    async fn start(database: &str, mode: &str) -> Option<Self> {
        let Some(program) = program() else {
            eprintln!(
                "not looked at: no PgBouncer is installed; script/bootstrap --test does that"
            );
            return None;
        };
        let mut url: Url = database.parse().unwrap();
        let (port, here) = (url.port().unwrap(), free_port());
        let (user, password) = (
            url.username().to_owned(),
            url.password().unwrap().to_owned(),
        );
        url.set_port(Some(here)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        fs::write(file("users"), format!("\"{user}\" \"{password}\"\n")).unwrap();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={port} user={user} password={password}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {here}\nunix_socket_dir =\nauth_type = plain\n\
             auth_file = {}\npool_mode = {mode}\nignore_startup_parameters = extra_float_digits\n",
            file("users")
        );
        fs::write(file("pgbouncer.ini"), settings).unwrap();
        let mut command = Command::new(program);
        if is_root() {
            // It refuses to run as root, and can't read what is root's.
            command = Command::new("setpriv");
            command.args([
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                program,
            ]);
            let given = Command::new("chown")
                .args(["-R", "postgres"])
                .arg(folder.path())
                .status();
            assert!(given.unwrap().success());
        }
        let process = command
            .arg(file("pgbouncer.ini"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let bouncer = Self {
            url: url.into(),
            process,
            _folder: folder,
        };
        while TcpStream::connect(("127.0.0.1", here)).await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
        Some(bouncer)
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Debian keeps it off the PATH.
fn program() -> Option<&'static str> {
    let all = [
        "/usr/sbin/pgbouncer",
        "/opt/homebrew/bin/pgbouncer",
        "/usr/local/bin/pgbouncer",
    ];
    all.into_iter()
        .find(|path| fs::exists(path).unwrap_or(false))
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

/// Whether it keeps up with prepared statements in transaction mode: from 1.21 on.
fn has_prepared_statements() -> bool {
    let version = Command::new(program().unwrap())
        .arg("--version")
        .output()
        .unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let numbers = version.split_whitespace().nth(1).unwrap().split('.');
    let numbers: Vec<u32> = numbers.map(|it| it.parse().unwrap()).collect();
    numbers[..2] >= [1, 21][..]
}

async fn started(url: &str) -> Result<Server, StartError> {
    let data = tempfile::tempdir().unwrap();
    let emulator = super::support::emulator_settings();
    let settings = Settings {
        database: DatabaseSettings::Postgres(url.to_owned().into()),
        ..settings(&data, emulator)
    };
    starter::process::server(settings).await
}

/// The doctor's line about this check.
async fn diagnosis(url: &str, check: &str) -> Value {
    let said = command::run(&["doctor", "--json"], &[("DATABASE_URL", url)], "").await;
    let lines = said.out.lines();
    let mut lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let line = lines.find(|line| line["check"] == check);
    line.unwrap_or_else(|| panic!("no {check} in {}", said.out))
}

#[tokio::test]
async fn a_database_without_a_pooler_and_one_behind_sessions_of_its_own_are_heard() {
    let database = postgres::shared().await.database().await;
    assert_eq!(
        diagnosis(&database, "database_news").await["outcome"],
        "good"
    );
    let Some(bouncer) = Bouncer::start(&database, "session").await else {
        return;
    };
    assert_eq!(
        diagnosis(&bouncer.url, "database_news").await["outcome"],
        "good"
    );
    drop(started(&bouncer.url).await.unwrap());
}

#[tokio::test]
async fn a_pooler_that_lends_connections_for_a_transaction_is_named_and_its_version_is_told() {
    let database = postgres::shared().await.database().await;
    let Some(bouncer) = Bouncer::start(&database, "transaction").await else {
        return;
    };
    let news = diagnosis(&bouncer.url, "database_news").await;
    assert_eq!(news["outcome"], "warning", "{news}");
    assert!(news.to_string().contains("transaction mode"), "{news}");
    let started = started(&bouncer.url).await;
    if has_prepared_statements() {
        drop(started.unwrap());
        return;
    }
    let Err(error @ StartError::Database(DatabaseError::Pooler { .. })) = started else {
        panic!("{:?}", started.err());
    };
    assert!(error.to_string().contains("PgBouncer 1.21"), "{error}");
}
