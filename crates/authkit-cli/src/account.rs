//! The WorkOS that commands for operators ask: the one of the variables, or the AuthKit of this machine while it runs.
//!
//! Opened by `sessions`, `revoke` and `events`. Never shows the API key.

use crate::{
    app::App,
    emulator,
    login::Login,
    obstacle::{Obstacle, key, obstacle, status},
    settings::SettingError,
};
use authkit_leptos::server::{
    Config, Problems,
    workos::{Failure, WorkOs},
};
use authkit_local::emulator::{ADDR, PORT};
use authkit_serve::settings::address;
use std::process::ExitCode;

/// Access to WorkOS.
pub struct Account {
    /// The client.
    pub workos: WorkOs,
    /// What it was made from.
    pub config: Config,
    /// Whether it is the AuthKit of this machine.
    pub is_emulator: bool,
}

/// Why WorkOS can't be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error(transparent)]
    Settings(#[from] SettingError),
    #[error("{0}")]
    Missing(Problems),
    #[error(
        "there is nothing to ask: no WORKOS variable is set, and the AuthKit of this machine does not run. Set the four \
         WORKOS variables, or start the server first"
    )]
    NotRunning,
    #[error("{problem}: {fix}", problem = .0.problem, fix = .0.fix)]
    Client(Obstacle),
}

impl Account {
    /// The account of this app.
    pub fn open(app: &App) -> Result<Self, AccountError> {
        let (config, is_emulator) = match Login::read(app)? {
            Login::WorkOs(config) => (*config, false),
            Login::Missing => return Err(AccountError::Missing(Config::nothing_set())),
            Login::Emulator => {
                let variable = |name: &str| std::env::var(name).ok();
                let addr = address(variable, ADDR, PORT).map_err(SettingError::from)?;
                (
                    emulator::running(addr).ok_or(AccountError::NotRunning)?,
                    true,
                )
            }
        };
        let workos = WorkOs::new(&config)
            .map_err(|failure| AccountError::Client(Obstacle::to_anything(failure, &config)))?;
        Ok(Self {
            workos,
            config,
            is_emulator,
        })
    }

    /// The obstacle that a failure is to what the key was used for, such as `list sessions`.
    pub fn obstacle(&self, failure: Failure, to_do: &str) -> Obstacle {
        let (key, origin) = (key(&self.config), self.config.api.origin());
        match status(failure) {
            Some(403) => obstacle(
                format!("{key} is not authorised to {to_do} (HTTP 403)"),
                "let it in the dashboard, API Keys, or use a key without restrictions",
            ),
            Some(status @ (408 | 500..)) => obstacle(
                format!("WorkOS answered HTTP {status}, an error of its own"),
                "try again later and look at https://status.workos.com",
            ),
            Some(status) => obstacle(
                format!("{origin} answered HTTP {status}, but not as WorkOS does"),
                "check WORKOS_API_HOSTNAME",
            ),
            None => Obstacle::to_anything(failure, &self.config),
        }
    }
}

impl Obstacle {
    /// Prints it to standard error. The exit status of a command that it has stopped.
    pub(crate) fn stop(&self) -> ExitCode {
        eprintln!("error: {}\n       {}", self.problem, self.fix);
        ExitCode::FAILURE
    }
}
