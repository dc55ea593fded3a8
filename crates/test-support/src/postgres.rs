//! A throw-away PostgreSQL on 127.0.0.1, for the tests of what is kept in one. They ask the
//! [`shared`] server for a database of their own, or start a server that they may stop.
//! A shell keeps it: however the test process ends, kill -9 included, server and files go too.
//! Must never hold what belongs to a runtime (each test has its own), nor be another's server.

use sqlx::{Connection, Executor, PgConnection};
use std::{
    collections::hash_map::RandomState,
    env, fs,
    hash::{BuildHasher, Hasher},
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt,
    panic::resume_unwind,
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};
use tokio::{sync::OnceCell, task::spawn_blocking};

/// The server that the tests of this process share, started by the first that asks.
pub async fn shared() -> &'static Postgres {
    static SHARED: OnceCell<Postgres> = OnceCell::const_new();
    SHARED.get_or_init(Postgres::start).await
}

/// A PostgreSQL server with data of its own. Dropping it stops the server and removes the data.
pub struct Postgres {
    port: u16,
    password: String,
    databases: AtomicU32,
    keeper: Option<Keeper>,
}

impl Postgres {
    /// A new server, ready for connections. Takes about a second.
    pub async fn start() -> Self {
        let password = format!("{:016x}", random());
        let mut postgres = Self {
            port: 0,
            password: password.clone(),
            databases: AtomicU32::new(0),
            keeper: Some(blocking(move || Keeper::start(&password)).await),
        };
        postgres.port = free_port();
        postgres.start_again().await;
        postgres
    }

    /// The URL of the database that every server has, for its superuser.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Creates an empty database. Its URL.
    pub async fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        let create = format!("CREATE DATABASE {name}");
        connection.execute(create.as_str()).await.unwrap();
        connection.close().await.unwrap();
        self.url_of(&name)
    }

    /// Stops the server as a crash would: connections break, what was committed stays.
    pub async fn stop(&mut self) {
        self.order("stop".to_owned()).await;
    }

    /// Starts the stopped server on its old port, with its old data.
    pub async fn start_again(&mut self) {
        self.order(format!("start {}", self.port)).await;
    }

    async fn order(&mut self, order: String) {
        let mut keeper = self.keeper.take().unwrap();
        let obey = move || {
            keeper.order(&order);
            keeper
        };
        self.keeper = Some(blocking(obey).await);
    }

    fn url_of(&self, database: &str) -> String {
        let Self { port, password, .. } = self;
        format!("postgres://test:{password}@127.0.0.1:{port}/{database}")
    }
}

/// Runs one server in a temporary folder, takes orders by the line and answers `ok` to each.
/// `$1` is where PostgreSQL's programs are, `$2` the user who runs them if another must (PostgreSQL refuses
/// to run as root), and the first line of the input is the password.
///
/// The caller makes the folder and gives it away: the other user may not write to where it is.
///
/// Commits are not synced to the disk, but are handed to the system (`synchronous_commit` is on):
/// without this an immediate stop would lose the last of them.
const KEEPER: &str = r#"
set -eu
trap '' PIPE # the test process may be gone when it is answered
umask 077
programs=$1 user=$2
as_server() {
  program=$programs/$1
  shift
  if [ -n "$user" ]; then set -- setpriv --reuid="$user" --regid="$user" --clear-groups "$program" "$@"
  else set -- "$program" "$@"; fi
  "$@" >&2
}
dir=$(mktemp -d "${TMPDIR:-/tmp}/authkit-leptos-postgres-XXXXXX")
cd "$dir"
exec 2>>log
start() { as_server pg_ctl start -w -D data -l log -o "-p $1"; }
stop() { as_server pg_ctl stop -w -D data -m immediate; }
trap 'stop || true; cd /; rm -rf "$dir"' EXIT
failed() { cat log; exit 1; }

read -r password
echo "$password" >password
[ -z "$user" ] || chown "$user" . log password
as_server initdb -D data -U test -A password --pwfile=password \
  --no-sync --locale=C.UTF-8 -E UTF8 || failed
cat >>data/postgresql.conf <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 16MB
fsync = off
full_page_writes = off
END
echo ok
while read -r order port; do
  case $order in
    start) start "$port" || failed ;;
    stop) stop || failed ;;
  esac
  echo ok
done
"#;

/// The shell that runs [`KEEPER`]. It ends, with all that it keeps, when its input does.
struct Keeper {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Keeper {
    fn start(password: &str) -> Self {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", KEEPER, "postgres-keeper"])
            .arg(programs());
        if is_root() {
            shell.arg("postgres").env_remove("TMPDIR"); // root's
        } else {
            shell.arg("");
        }
        let mut child = shell
            .current_dir("/")
            .process_group(0) // Ctrl-C is for the tests, and would end it before it has cleaned up
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut keeper = Self {
            orders: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        };
        keeper.order(password);
        keeper
    }

    fn order(&mut self, order: &str) {
        // What it says explains more than the error of a pipe that it has closed.
        let _ = writeln!(self.orders.as_mut().unwrap(), "{order}");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        if answer != "ok\n" {
            self.answers.read_to_string(&mut answer).unwrap();
            panic!("PostgreSQL failed:\n{answer}");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.child.wait();
    }
}

/// Whether this is root, for whom the user of PostgreSQL's Debian package runs the server.
fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// Where `initdb` and `pg_ctl` are: on the PATH, else the newest of Debian's.
fn programs() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut debian: Vec<_> = debian.map(|version| version.unwrap()).collect();
    debian.sort_by_key(|version| version.file_name().to_str()?.parse::<u32>().ok());
    let debian = debian
        .iter()
        .rev()
        .map(|version| version.path().join("bin"));
    env::split_paths(&path)
        .chain(debian)
        .find(|dir| dir.join("initdb").is_file() && dir.join("pg_ctl").is_file())
        .expect("PostgreSQL is missing: apt-get install postgresql, or run script/bootstrap --test")
}

/// A port below those that the system hands out by itself (from 32768 on Linux, 49152 elsewhere),
/// so that nobody is given it before it is used, or while the server is stopped.
pub fn free_port() -> u16 {
    let ports = std::iter::repeat_with(|| 10_000 + (random() % 20_000) as u16);
    let mut free = ports.filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.next().unwrap()
}

/// A number that nobody can guess: each `RandomState` has a random key.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Off the runtime's thread. A panic goes on in the test.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}
