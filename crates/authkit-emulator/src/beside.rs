//! [`Beside`]: an emulator beside an app, what the two keep over a restart, and the variables that lead the app there.
//!
//! Called by [`for_app`](crate::for_app()), and by apps that have settings of their own for it. Must never be started where
//! other machines reach the app, unless that was asked for in as many words: its passwords are public.

use crate::{
    bend::outbox::Webhook, emulator::Emulator, serve::StartError, state::config::Config,
    state::random,
};
use authkit_local::{hosts::Hosts, private_files};
use aws_lc_rs::digest::{SHA256, digest};
use std::{
    fs,
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// The paths that AuthKit leads to, and calls.
const CALLBACK: &str = "/callback";
const SIGNED_OUT: &str = "/signed-out";
const WEBHOOKS: &str = "/webhooks/workos";

/// An emulator beside an app, before it starts.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), authkit_emulator::BesideError> {
/// use authkit_emulator::Beside;
///
/// let beside = Beside::app("http://localhost:3000", "127.0.0.1:0".parse().unwrap());
/// let (emulator, variables) = beside.start().await?;
/// assert_eq!(variables.get("WORKOS_CLIENT_ID"), Some(emulator.client_id()));
/// # Ok(()) }
/// ```
pub struct Beside {
    /// The app's origin for browsers.
    pub origin: String,
    /// Where the app is reached on this machine: proxies or tunnels of browsers are not between it and the emulator.
    pub here: String,
    /// Where the emulator listens.
    pub addr: SocketAddr,
    /// Where browsers reach the emulator, if that is another address.
    pub public_url: Option<String>,
    /// Hosts that it answers to in addition to the names of this machine.
    pub hosts: Hosts,
    /// Whether other machines may reach it.
    pub listens_to_everyone: bool,
    /// File with the users, organizations, roles and feature flags to begin with ([`seed_file`](crate::seed_file())); `None`
    /// takes those of this crate.
    pub seed_file: Option<PathBuf>,
    /// Folder that keeps users, sessions, keys and the cookie password over a restart; `None` keeps nothing.
    pub folder: Option<PathBuf>,
}

/// The app's variables, by WorkOS's names.
pub struct Variables(pub(crate) Vec<(&'static str, String)>);

/// Why an emulator beside an app can't start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BesideError {
    /// The emulator's own words.
    #[error(transparent)]
    Start(#[from] StartError),
    /// What is kept can't be read or written.
    #[error("can't keep the development AuthKit in {path}: {error}")]
    Folder {
        /// The file.
        path: String,
        /// What the system said.
        error: io::Error,
    },
}

impl Beside {
    /// For the app at `origin`, to be reached by this machine only, with nothing kept.
    #[must_use]
    pub fn app(origin: impl Into<String>, addr: SocketAddr) -> Self {
        let origin = origin.into();
        Self {
            here: origin.clone(),
            origin,
            addr,
            public_url: None,
            hosts: Hosts::default(),
            listens_to_everyone: false,
            seed_file: None,
            folder: None,
        }
    }

    /// Starts it. The variables hold for as long as it runs.
    ///
    /// # Errors
    /// [`BesideError`] when the port is taken, or the folder can't be written.
    pub async fn start(self) -> Result<(Emulator, Variables), BesideError> {
        let kept = Kept(self.folder);
        let redirect_uri = format!("{}{CALLBACK}", self.origin);
        // Sender and receiver are on this machine, and the secret need not outlive either.
        let webhook_secret = random::secret();
        let emulator = Emulator::start(Config {
            addr: self.addr,
            listens_to_everyone: self.listens_to_everyone,
            hosts: self.hosts,
            public_url: self.public_url,
            state_file: kept.file("emulator.json"),
            seed_file: self.seed_file,
            redirect_uris: vec![redirect_uri.clone()],
            sign_out_uris: vec![format!("{}{SIGNED_OUT}", self.origin)],
            webhook: Some(Webhook {
                url: format!("{}{WEBHOOKS}", self.here),
                secret: webhook_secret.clone(),
            }),
            ..Config::default()
        })
        .await?;
        let authority = emulator.base_url().strip_prefix("http://");
        let (host, port) = authority
            .and_then(|authority| authority.rsplit_once(':'))
            .unwrap_or_default();
        let variables = vec![
            ("WORKOS_API_HOSTNAME", host.to_owned()),
            ("WORKOS_API_HTTPS", "false".to_owned()),
            ("WORKOS_API_PORT", port.to_owned()),
            ("WORKOS_CLIENT_ID", emulator.client_id().to_owned()),
            ("WORKOS_API_KEY", emulator.api_key().to_owned()),
            ("WORKOS_REDIRECT_URI", redirect_uri),
            ("WORKOS_COOKIE_NAME", kept.cookie_name()),
            ("WORKOS_COOKIE_PASSWORD", kept.cookie_password()?),
            ("WORKOS_WEBHOOK_SECRET", webhook_secret),
        ];
        Ok((emulator, Variables(variables)))
    }
}

impl Variables {
    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What outlives a restart, if anything does.
pub(crate) struct Kept(pub(crate) Option<PathBuf>);

impl Kept {
    fn file(&self, name: &str) -> Option<PathBuf> {
        self.0.as_ref().map(|folder| folder.join(name))
    }

    /// A random password, so that a restart does not end sessions.
    fn cookie_password(&self) -> Result<String, BesideError> {
        self.keep("cookie-password", random::secret)
    }

    /// A name of the project's own, so that two projects on `localhost` do not meet: cookies are shared by all ports of a
    /// host (RFC 6265 §8.5).
    fn cookie_name(&self) -> String {
        const NAME: &str = "wos-session";
        let folder = self
            .0
            .as_deref()
            .and_then(|it| std::path::absolute(it).ok());
        let Some(folder) = folder else {
            return NAME.to_owned();
        };
        let project = digest(&SHA256, folder.as_os_str().as_encoded_bytes());
        let bytes = project.as_ref().iter().take(4);
        let project: String = bytes.map(|byte| format!("{byte:02x}")).collect();
        format!("{NAME}-{project}")
    }

    /// What the file says; `make` makes it where there is none.
    pub(crate) fn keep(
        &self,
        name: &str,
        make: impl Fn() -> String,
    ) -> Result<String, BesideError> {
        let Some(path) = self.file(name) else {
            return Ok(make());
        };
        read_or_make(&path, make).map_err(|error| BesideError::Folder {
            path: path.display().to_string(),
            error,
        })
    }
}

fn read_or_make(path: &Path, make: impl Fn() -> String) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = make();
            private_files::create(path)?.write_all(text.as_bytes())?;
            Ok(text)
        }
        read => read,
    }
}
