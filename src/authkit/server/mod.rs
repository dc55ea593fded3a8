//! The server half of the library, put together in [`AuthKit`].
//!
//! An app makes one [`AuthKit`], puts its [`layer`](AuthKit::layer) around its routes, and asks
//! [`require_user`], [`CurrentUser`] or [`MaybeUser`] who is there. Imports nothing from the app.

pub mod answer;
mod attempts;
pub mod config;
mod cookies;
pub mod core;
mod extract;
pub mod flow;
mod layer;
mod origin;
mod refresh;
mod request;
mod revoked;
pub mod token;
pub mod workos;

pub use answer::{no_store, redirect};
pub use config::{Config, Problems};
pub use cookies::AuthCookies;
pub use extract::{CurrentUser, MaybeUser};
pub use layer::{Auth, AuthLayer, AuthService};
pub use origin::same_origin_layer;
pub use request::{access_token, auth_state, page_user, require_user, verified_claims};

use self::{
    attempts::Attempts,
    core::{clock::Clock, seal::Sealer, session::Session},
    refresh::Refresher,
    revoked::Revoked,
    token::{
        jwks::Jwks,
        verifier::{Claims, TokenError, Verifier},
    },
    workos::{Failure, TokenResponse, WorkOs},
};
use config::CookieConfig;
use std::sync::Arc;
use tower_sessions::SessionStore;

/// AuthKit for one app: configuration, keys and connections. Cheap to clone.
#[derive(Clone)]
pub struct AuthKit {
    inner: Arc<Inner>,
}

struct Inner {
    app_origin: String,
    cookie: CookieConfig,
    sealer: Sealer,
    verifier: Verifier,
    workos: WorkOs,
    attempts: Attempts,
    refresher: Refresher,
    revoked: Revoked,
    clock: Clock,
}

/// Why an [`AuthKit`] could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The HTTP client for the keys could not be made.
    #[error("the HTTP client can't be set up")]
    Http(#[from] reqwest::Error),
    /// The credentials can't be used.
    #[error("the WorkOS client can't be set up: {0}")]
    WorkOs(#[from] Failure),
}

/// Why tokens that WorkOS granted are not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the token's subject is not the user it came with")]
    OtherSubject,
}

/// The system has no randomness to seal with.
#[derive(Debug, thiserror::Error)]
#[error("the system has no randomness")]
pub(crate) struct SealError(#[from] getrandom::Error);

impl AuthKit {
    /// Everything set up, nothing contacted yet. `store` keeps sign-in attempts for ten minutes.
    ///
    /// # Errors
    /// [`BuildError`] when the credentials or the system's TLS can't be used.
    pub fn new(
        config: &Config,
        store: impl SessionStore,
        clock: Clock,
    ) -> Result<Self, BuildError> {
        let jwks = Jwks::new(config.jwks_url(), clock.clone())?;
        let verifier = Verifier::new(
            config.issuers(),
            config.client_id.clone(),
            jwks,
            clock.clone(),
        );
        Ok(Self {
            inner: Arc::new(Inner {
                app_origin: config.redirect_uri.origin(),
                cookie: config.cookie.clone(),
                sealer: config.sealer(),
                verifier,
                workos: WorkOs::new(config)?,
                attempts: Attempts::new(store, config.cookie.secure),
                refresher: Refresher::new(),
                revoked: Revoked::new(),
                clock,
            }),
        })
    }

    /// The layer that answers "who is it?" once per request, for everything inside it.
    #[must_use]
    pub fn layer(&self) -> AuthLayer {
        AuthLayer::new(self.clone())
    }

    /// The claims of granted tokens, if the access token is one of ours, valid, and the user's.
    pub(crate) async fn check(&self, granted: &TokenResponse) -> Result<Claims, CheckError> {
        let claims = self.inner.verifier.verify(&granted.access_token).await?;
        if claims.sub != granted.user.id {
            return Err(CheckError::OtherSubject);
        }
        Ok(claims)
    }

    /// The value of the session cookie.
    pub(crate) fn seal(&self, session: &Session) -> Result<String, SealError> {
        let inner = &self.inner;
        Ok(session.seal(&inner.sealer, random_nonce()?, &inner.cookie.name))
    }
}

/// A nonce to seal with.
pub(crate) fn random_nonce() -> Result<[u8; 12], SealError> {
    let mut nonce = [0; 12];
    getrandom::fill(&mut nonce)?;
    Ok(nonce)
}
