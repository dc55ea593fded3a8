//! The program as it is deployed: a process of its own, that can be stopped and killed.

use crate::app::{App, Browser};
use authkit_emulator as emulator;
use std::{
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use test_support::postgres::free_port;
use url::Url;

/// One process of the app, as it is deployed. Dropping it kills it.
pub struct Process {
    child: Child,
    origin: Url,
    _folder: TempDir,
}

impl Process {
    /// Starts one of `program`, that signs in where `door` does; its database is `DATABASE_URL`, or in `DATA_DIR`.
    pub async fn start(program: &str, door: &App, database: (&str, &str)) -> Self {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        Self::start_at(program, addr, door, &[database], Stdio::inherit()).await
    }

    /// The same at this address, with these variables. What it logs goes to `log`.
    pub async fn start_at(
        program: &str,
        addr: SocketAddr,
        door: &App,
        variables: &[(&str, &str)],
        log: Stdio,
    ) -> Self {
        let emulator::Config {
            client_id, api_key, ..
        } = emulator::Config::default();
        let folder = tempfile::tempdir().unwrap();
        let site = test_support::root().join("public");
        let port = door.emulator_origin.port().unwrap();
        let mut child = Command::new(program)
            .env_clear()
            .current_dir(folder.path())
            .env("LEPTOS_SITE_ADDR", addr.to_string())
            .env("LEPTOS_SITE_ROOT", site)
            .env("WORKOS_CLIENT_ID", client_id)
            .env("WORKOS_API_KEY", api_key)
            .env(
                "WORKOS_REDIRECT_URI",
                door.origin.join("/callback").unwrap().as_str(),
            )
            .env("WORKOS_COOKIE_PASSWORD", App::PASSWORD)
            .env("WORKOS_API_HOSTNAME", "localhost")
            .env("WORKOS_API_HTTPS", "false")
            .env("WORKOS_API_PORT", port.to_string())
            .env("RUST_LOG", "error")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let origin: Url = format!("http://{addr}").parse().unwrap();
        let health = origin.join("/healthz").unwrap();
        while reqwest::get(health.clone()).await.is_err() {
            assert_eq!(child.try_wait().unwrap(), None, "it has ended");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self {
            child,
            origin,
            _folder: folder,
        }
    }

    /// The same at any address, where a sign-in that begins there ends.
    pub async fn start_alone(
        program: &str,
        door: &App,
        variables: &[(&str, &str)],
        log: Stdio,
    ) -> Self {
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let redirect_uri = format!("http://{addr}/callback");
        door.register(&redirect_uri).await;
        let mut all = vec![("WORKOS_REDIRECT_URI", redirect_uri.as_str())];
        all.extend(variables);
        Self::start_at(program, addr, door, &all, log).await
    }

    /// Several that start at the same time.
    pub async fn several(
        program: &str,
        count: usize,
        door: &App,
        database: (&str, &str),
    ) -> Vec<Self> {
        let starting = (0..count).map(|_| Self::start(program, door, database));
        futures_util::future::join_all(starting).await
    }

    /// The same browser, its requests led to this process.
    pub fn browser(&self, browser: &Browser) -> Browser {
        let mut browser = browser.clone();
        browser.origin = self.origin.clone();
        browser
    }

    /// Of the process, for the system.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, such as `-STOP`.
    pub fn signal(&self, signal: &str) {
        let kill = Command::new("kill")
            .args([signal, &self.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    /// Asks it to stop, as a deployment does, and waits until it has. Whether it says that all went well.
    pub async fn stop(mut self) -> bool {
        self.signal("-TERM");
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
