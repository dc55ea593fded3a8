//! Sign-in without an account: the emulator beside the server, and a cookie password of its own.
//!
//! In debug builds and with the feature `emulator`; other builds have `development_absent.rs` in its place, and nothing
//! of the emulator. `Server::build` starts it.

use super::settings::{DevelopmentSettings, EmulatorSettings};
use authkit_emulator::{self as emulator, Webhook};
use authkit_leptos::{
    paths,
    server::{Config, Problems},
};
use authkit_local::{listeners, private_files};
use sha2::{Digest, Sha256};
use std::{fs, io, net::SocketAddr, path::Path};

pub use authkit_emulator::{Emulator, NotThisMachine};

/// Whether this build has the emulator and the page for developers.
pub const IS_BUILT: bool = true;

/// Why the emulator could not start.
#[derive(Debug, thiserror::Error)]
pub enum DevelopmentError {
    /// The emulator's own error.
    #[error("{0}")]
    Emulator(#[from] emulator::StartError),
    /// The cookie password can't be read or written.
    #[error("can't keep the development cookie password in {path}: {error}")]
    Password {
        /// The file.
        path: String,
        /// The error of the system.
        error: io::Error,
    },
    /// The system has no randomness.
    #[error("can't make a development secret: {0}")]
    Random(io::Error),
    /// The emulator's values are not a configuration: a mistake in this program.
    #[error("{0}")]
    Configuration(#[from] Problems),
}

/// Starts the emulator for a server at `app`. Returns the configuration of a sign-in with it.
pub async fn start(
    settings: &EmulatorSettings,
    development: &DevelopmentSettings,
    app: SocketAddr,
) -> Result<(Config, Emulator), DevelopmentError> {
    let here = listeners::base_url(app);
    let origin = match &development.app_url {
        Some(url) => url.as_str(),
        None => &here,
    };
    let redirect_uri = format!("{origin}{}", paths::CALLBACK);
    // Sender and receiver are in this process, so the secret need not outlive it.
    let webhook_secret = random().map_err(DevelopmentError::Random)?;
    let emulator = Emulator::start(emulator::Config {
        addr: settings.addr,
        listens_to_everyone: development.emulator_listens_to_everyone,
        hosts: development.hosts.clone(),
        public_url: development
            .emulator_url
            .as_ref()
            .map(|url| url.as_str().to_owned()),
        state_file: settings
            .state_dir
            .as_ref()
            .map(|dir| dir.join("emulator.json")),
        redirect_uris: vec![redirect_uri.clone()],
        sign_out_uris: vec![format!("{origin}{}", paths::SIGNED_OUT)],
        webhook: Some(Webhook {
            // The address on this machine: the proxies or tunnels of browsers are not between the two.
            url: format!("{here}{}", paths::WEBHOOKS),
            secret: webhook_secret.clone(),
        }),
        ..emulator::Config::default()
    })
    .await?;
    let password = cookie_password(settings.state_dir.as_deref())?;
    let (host, port) = emulator
        .base_url()
        .strip_prefix("http://")
        .and_then(|authority| authority.rsplit_once(':'))
        .unwrap_or_default();
    let cookie_name = cookie_name(settings.state_dir.as_deref());
    let mut config = config(&[
        ("WORKOS_API_HOSTNAME", host),
        ("WORKOS_COOKIE_NAME", &cookie_name),
        ("WORKOS_CLIENT_ID", emulator.client_id()),
        ("WORKOS_API_KEY", emulator.api_key()),
        ("WORKOS_REDIRECT_URI", &redirect_uri),
        ("WORKOS_COOKIE_PASSWORD", &password),
        ("WORKOS_WEBHOOK_SECRET", &webhook_secret),
        ("WORKOS_API_PORT", port),
    ])?;
    config.browser_api = Some(emulator.public_url().to_owned());
    Ok((config, emulator))
}

/// The configuration that these variables make, with the API on this machine.
fn config(variables: &[(&str, &str)]) -> Result<Config, Problems> {
    let here = [
        ("WORKOS_API_HOSTNAME", "localhost"),
        ("WORKOS_API_HTTPS", "false"),
    ];
    let read = Config::read_for_development(|name| {
        let mut all = variables.iter().chain(&here);
        all.find(|(variable, _)| *variable == name)
            .map(|(_, value)| (*value).to_owned())
    })?;
    // Warnings about addresses that other machines reach are dropped: EMULATOR_LISTENS_TO allows these.
    read.map(|(config, _)| config)
        .ok_or_else(Config::nothing_set)
}

/// A name of the project's own, so that two projects on `localhost` do not meet: cookies are shared by all
/// ports of a host (RFC 6265 §8.5).
fn cookie_name(state_dir: Option<&Path>) -> String {
    const NAME: &str = "wos-session";
    let Some(dir) = state_dir.and_then(|dir| std::path::absolute(dir).ok()) else {
        return NAME.to_owned();
    };
    let project = Sha256::digest(dir.as_os_str().as_encoded_bytes());
    format!(
        "{NAME}-{:08x}",
        u32::from_be_bytes([project[0], project[1], project[2], project[3]])
    )
}

/// A random password, kept in a file, so that a restart does not end sessions.
fn cookie_password(state_dir: Option<&Path>) -> Result<String, DevelopmentError> {
    let path = state_dir.map(|dir| dir.join("cookie-password"));
    let shown = path.as_deref().unwrap_or(Path::new("memory"));
    let failed = |error: io::Error| DevelopmentError::Password {
        path: shown.display().to_string(),
        error,
    };
    if let Some(path) = &path {
        match fs::read_to_string(path) {
            Ok(password) => return Ok(password),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let password = random().map_err(failed)?;
    if let Some(path) = &path {
        write_private(path, &password).map_err(failed)?;
    }
    Ok(password)
}

/// A secret of 256 bits.
fn random() -> io::Result<String> {
    workos::generate_code_verifier(None).map_err(io::Error::other)
}

/// Writes a file that only its owner can read.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use io::Write;
    let mut file = private_files::create(path)?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())
}
