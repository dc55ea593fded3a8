//! [`for_app`]: an emulator beside an app in development, and the variables that lead the app there.
//!
//! Called by an app's `main` in debug builds, once. Keeps what must outlive a restart in the folder `.authkit`.

use crate::{
    bend::outbox::Webhook, emulator::Emulator, serve::StartError, state::config::Config,
    state::random,
};
use authkit_local::{is_this_machine, private_files};
use std::{
    fs, io,
    io::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// Where the users, the keys and the cookie password of a project are, in the folder the app is started in.
const FOLDER: &str = ".authkit";
/// Where it listens instead.
const ADDR_VARIABLE: &str = "EMULATOR_ADDR";
/// Where it listens.
const ADDR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3100);
/// The paths that AuthKit leads to, and calls.
const CALLBACK: &str = "/callback";
const SIGNED_OUT: &str = "/signed-out";
const WEBHOOKS: &str = "/webhooks/workos";

/// Why an emulator beside an app can't start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForAppError {
    /// The app is to be reached from other machines, where an emulator has no business.
    #[error("{origin} is not on this machine: a development AuthKit has public passwords")]
    NotThisMachine {
        /// The app's origin.
        origin: String,
    },
    /// `EMULATOR_ADDR` is no address.
    #[error("EMULATOR_ADDR is {0:?}, which is not an address such as 127.0.0.1:3100")]
    Addr(String),
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

/// Starts an emulator beside the app at `origin`, such as `http://localhost:3000`, and gives the app's variables, by
/// WorkOS's names. It runs for as long as the process, at 127.0.0.1:3100 or `EMULATOR_ADDR`; users, keys and the cookie password are kept in
/// `.authkit`, so that sessions outlive a restart.
///
/// # Errors
/// [`ForAppError`] when the port is taken, the folder can't be written, or the app is not on this machine.
///
/// ```no_run
/// # async fn body() -> Result<(), authkit_emulator::ForAppError> {
/// let variables = authkit_emulator::for_app("http://localhost:3000".to_owned()).await?;
/// assert!(variables.iter().any(|(name, _)| *name == "WORKOS_CLIENT_ID"));
/// # Ok(()) }
/// ```
pub async fn for_app(origin: String) -> Result<Vec<(&'static str, String)>, ForAppError> {
    let addr = match std::env::var(ADDR_VARIABLE) {
        Ok(addr) => addr.parse().map_err(|_| ForAppError::Addr(addr))?,
        Err(_) => ADDR,
    };
    for_app_with(origin, addr, Path::new(FOLDER)).await
}

/// The same at another address, with what is kept in another folder: for tests, and for several apps at once.
///
/// # Errors
/// As [`for_app`].
pub async fn for_app_with(
    origin: String,
    addr: SocketAddr,
    folder: &Path,
) -> Result<Vec<(&'static str, String)>, ForAppError> {
    if !is_on_this_machine(&origin) {
        return Err(ForAppError::NotThisMachine { origin });
    }
    let redirect_uri = format!("{origin}{CALLBACK}");
    let kept = Folder::open(folder)?;
    let webhook_secret = random::secret();
    let emulator = Emulator::start(Config {
        addr,
        state_file: Some(folder.join("emulator.json")),
        redirect_uris: vec![redirect_uri.clone()],
        sign_out_uris: vec![format!("{origin}{SIGNED_OUT}")],
        webhook: Some(Webhook {
            url: format!("{origin}{WEBHOOKS}"),
            secret: webhook_secret.clone(),
        }),
        ..Config::default()
    })
    .await?;
    let port = emulator.base_url().rsplit(':').next().unwrap_or_default();
    let variables = vec![
        ("WORKOS_API_HOSTNAME", "localhost".to_owned()),
        ("WORKOS_API_HTTPS", "false".to_owned()),
        ("WORKOS_API_PORT", port.to_owned()),
        ("WORKOS_CLIENT_ID", emulator.client_id().to_owned()),
        ("WORKOS_API_KEY", emulator.api_key().to_owned()),
        ("WORKOS_REDIRECT_URI", redirect_uri),
        ("WORKOS_COOKIE_NAME", kept.cookie_name()),
        ("WORKOS_COOKIE_PASSWORD", kept.cookie_password()?),
        ("WORKOS_WEBHOOK_SECRET", webhook_secret),
    ];
    tracing::info!(
        "development: signing in with the AuthKit on this machine, {}; no WORKOS variable is set",
        emulator.base_url()
    );
    // Dropping it would stop it.
    tokio::spawn(async move {
        let _emulator = emulator;
        std::future::pending::<()>().await;
    });
    Ok(variables)
}

fn is_on_this_machine(origin: &str) -> bool {
    url::Url::parse(origin).is_ok_and(|url| is_this_machine(url.host()))
}

/// What outlives a restart.
struct Folder(PathBuf);

impl Folder {
    /// Makes it where it is missing, and keeps it out of the project's history.
    fn open(path: &Path) -> Result<Self, ForAppError> {
        let folder = Self(path.to_owned());
        folder.keep(".gitignore", || "*\n".to_owned())?;
        Ok(folder)
    }

    fn cookie_password(&self) -> Result<String, ForAppError> {
        self.keep("cookie-password", random::secret)
    }

    /// A name of the project's own, so that two projects on `localhost` do not meet: cookies are shared by all ports of a
    /// host (RFC 6265 §8.5).
    fn cookie_name(&self) -> String {
        let path = std::path::absolute(&self.0).unwrap_or_else(|_| self.0.clone());
        let project = random::fingerprint(&path.to_string_lossy());
        format!("wos-session-{}", project.get(..8).unwrap_or_default())
    }

    /// What the file says; `make` makes it where there is none.
    fn keep(&self, name: &str, make: impl Fn() -> String) -> Result<String, ForAppError> {
        let path = self.0.join(name);
        let kept = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = make();
                let written = private_files::create(&path)
                    .and_then(|mut file| file.write_all(text.as_bytes()));
                written.map(|()| text)
            }
            read => read,
        };
        kept.map_err(|error| ForAppError::Folder {
            path: path.display().to_string(),
            error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    fn of<'a>(variables: &'a [(&'static str, String)], name: &str) -> &'a str {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        &found.unwrap().1
    }

    #[tokio::test]
    async fn the_cookie_password_outlives_a_restart_and_stays_out_of_the_history() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("kept");
        let start = || for_app_with("http://localhost:3000".to_owned(), ANY, &folder);
        let (first, second) = (start().await.unwrap(), start().await.unwrap());
        let name = "WORKOS_COOKIE_PASSWORD";
        assert_eq!(of(&first, name), of(&second, name));
        assert!(of(&first, name).len() >= 32);
        assert_eq!(
            of(&first, "WORKOS_REDIRECT_URI"),
            "http://localhost:3000/callback"
        );
        assert_eq!(
            fs::read_to_string(folder.join(".gitignore")).unwrap(),
            "*\n"
        );
    }

    #[tokio::test]
    async fn an_app_that_other_machines_reach_gets_none() {
        let folder = tempfile::tempdir().unwrap();
        let origin = "https://app.example.com".to_owned();
        let refused = for_app_with(origin, ANY, folder.path()).await;
        assert!(matches!(refused, Err(ForAppError::NotThisMachine { .. })));
    }
}
