//! The server under test: the program that `script/build` makes, with its site, as it is deployed, on the server's core.
//!
//! Called by the groups. Configured by variables only, as in production, with a database of its own.

use super::{cores::Cores, process::Process, target::Target};
use authkit_emulator::Emulator;
use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::Child,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use url::Url;

/// Where `script/bench` says the program is.
const PROGRAM: &str = "SERVER_PROGRAM";
/// Where it says the site is.
const SITE: &str = "SERVER_SITE";
/// Seals the cookies of these servers.
pub const PASSWORD: &str = "hT4vQ0zWm8cYb3NfR6kXs1LdPj7uEg2A";

/// The program and its site.
#[derive(Clone)]
pub struct Program {
    program: PathBuf,
    site: PathBuf,
}

/// A running server; dropped, it is killed.
pub struct Server {
    running: Child,
    _folder: TempDir,
    /// Its public origin.
    pub origin: Url,
    /// From the start of the process to the first page.
    pub first_page_after: Duration,
}

/// Which WorkOS a server signs in at: its variables.
#[derive(Clone)]
pub struct WorkOs {
    client_id: String,
    api_key: String,
    port: u16,
}

impl Program {
    /// The one that `script/bench` names.
    pub fn read() -> Option<Self> {
        let path = |name| std::env::var_os(name).map(PathBuf::from);
        Some(Self {
            program: path(PROGRAM)?,
            site: path(SITE)?,
        })
    }

    /// Starts it at this port, with more variables, and waits for its first page.
    pub async fn start_at(
        &self,
        port: u16,
        cores: Cores,
        workos: &WorkOs,
        more: &[(&str, &str)],
    ) -> Server {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let origin: Url = format!("http://localhost:{port}").parse().expect("a URL");
        let redirect_uri = origin.join("/callback").expect("a path");
        let folder = tempfile::tempdir().expect("a folder for the database");
        let log = File::create(folder.path().join("log")).expect("a log file");
        let begun = Instant::now();
        let mut running = cores
            .server(&self.program)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .current_dir(folder.path())
            .env("LEPTOS_SITE_ADDR", addr.to_string())
            .env("LEPTOS_SITE_ROOT", &self.site)
            .env("WORKOS_REDIRECT_URI", redirect_uri.as_str())
            .env("WORKOS_COOKIE_PASSWORD", PASSWORD)
            .envs(workos.variables())
            .envs(more.iter().copied())
            .stdout(log.try_clone().expect("a log file"))
            .stderr(log)
            .spawn()
            .expect("the program can be run");
        let page = Target::page(&origin, "/");
        let first_page_after = loop {
            match page.ask().await {
                Ok(answer) if answer.status.is_success() => break begun.elapsed(),
                _ => tokio::time::sleep(Duration::from_micros(200)).await,
            }
            if let Ok(Some(status)) = running.try_wait() {
                let log = fs::read_to_string(folder.path().join("log"));
                panic!(
                    "the server has ended, {status}: {}",
                    log.unwrap_or_default()
                );
            }
        };
        Server {
            running,
            _folder: folder,
            origin,
            first_page_after,
        }
    }

    /// The program's size on disk, in bytes.
    pub fn size(&self) -> u64 {
        fs::metadata(&self.program).map_or(0, |it| it.len())
    }
}

impl Server {
    /// Its process: `taskset` becomes the program it is given.
    pub fn process(&self) -> Process {
        Process(self.running.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

impl WorkOs {
    /// This emulator, which has to know the redirect URIs of the servers.
    pub fn emulated_by(emulator: &Emulator) -> Self {
        let url: Url = emulator.base_url().parse().expect("a URL");
        Self {
            client_id: emulator.client_id().to_owned(),
            api_key: emulator.api_key().to_owned(),
            port: url.port().expect("it has a port"),
        }
    }

    /// The variables that lead a server there.
    pub fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("WORKOS_CLIENT_ID", self.client_id.clone()),
            ("WORKOS_API_KEY", self.api_key.clone()),
            ("WORKOS_API_HOSTNAME", "localhost".to_owned()),
            ("WORKOS_API_HTTPS", "false".to_owned()),
            ("WORKOS_API_PORT", self.port.to_string()),
        ]
    }

    /// Any other that speaks like it, on this machine.
    pub fn at(port: u16, client_id: &str, api_key: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            api_key: api_key.to_owned(),
            port,
        }
    }
}
