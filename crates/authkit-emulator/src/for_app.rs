//! [`for_app`]: an emulator beside an app in development, and the variables that lead the app there.
//!
//! Called by an app's `main` in debug builds, once. Keeps what must outlive a restart in the folder `.authkit`.

use crate::beside::{Beside, BesideError, Kept};
use crate::seed_file::seed_file;
use authkit_local::{emulator, is_this_machine};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// Where the users, the keys and the cookie password of a project are, in the folder the app is started in.
const FOLDER: &str = ".authkit";

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
    Start(#[from] BesideError),
}

/// Starts an emulator beside the app at `origin`, such as `http://localhost:3000`, and gives the app's variables, by
/// WorkOS's names. It runs for as long as the process, at 127.0.0.1:3100 or `EMULATOR_ADDR`; users, keys and the cookie password are kept in
/// `.authkit`, so that sessions outlive a restart. It begins with the users of the app's `emulator.toml`, if there is one
/// ([`seed_file`](crate::seed_file())).
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
    let addr = match std::env::var(emulator::ADDR) {
        Ok(addr) => addr.parse().map_err(|_| ForAppError::Addr(addr))?,
        Err(_) => (Ipv4Addr::LOCALHOST, emulator::PORT).into(),
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
    // Keeps the folder out of the project's history.
    Kept(Some(folder.to_owned())).keep(".gitignore", || "*\n".to_owned())?;
    let beside = Beside {
        seed_file: seed_file(std::env::var_os(emulator::SEED).map(PathBuf::from)),
        folder: Some(folder.to_owned()),
        ..Beside::app(origin, addr)
    };
    let (emulator, variables) = beside.start().await?;
    tracing::info!(
        "development: signing in with the AuthKit on this machine, {}; no WORKOS variable is set",
        emulator.base_url()
    );
    // Dropping it would stop it.
    tokio::spawn(async move {
        let _emulator = emulator;
        std::future::pending::<()>().await;
    });
    Ok(variables.0)
}

fn is_on_this_machine(origin: &str) -> bool {
    url::Url::parse(origin).is_ok_and(|url| is_this_machine(url.host()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, net::IpAddr};

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
