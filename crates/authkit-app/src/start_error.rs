//! [`StartError`]: why a server can't start, each a sentence with what to change.
//!
//! Made by `Server::build` and the router; shown by [`run`](crate::run).

use crate::{database::DatabaseError, development::DevelopmentError};
use authkit_leptos::server::Problems;
use authkit_serve::{ListenError, metrics::RecorderError};
use std::error::Error;

/// Why the server can't start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration of the sign-in is incomplete or wrong.
    #[error("{0}")]
    Configuration(#[from] Problems),
    /// The address can't be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The database can't be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The library could not be set up.
    #[error(transparent)]
    AuthKit(#[from] authkit_leptos::server::StartError),
    /// The app has another route at the path of the redirect URI.
    #[error(
        "WORKOS_REDIRECT_URI leads to {0}, where this app has something else: choose a path that is free, such as \
         /callback or /api/auth/callback, here and at WorkOS"
    )]
    RedirectPath(String),
    /// The public origin is none that a browser sends.
    #[error("the origin of WORKOS_REDIRECT_URI can't be used: {0}")]
    Origin(#[from] tower_http::csrf::ConfigError),
    /// Nothing can be counted.
    #[error(transparent)]
    Metrics(#[from] RecorderError),
    /// The development AuthKit could not start.
    #[error(transparent)]
    Development(Box<dyn Error + Send + Sync>),
}

impl From<DevelopmentError> for StartError {
    fn from(error: DevelopmentError) -> Self {
        Self::Development(Box::new(error))
    }
}
