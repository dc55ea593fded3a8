//! [`WorkOs`]: a client of WorkOS's User Management API, and what a sign-in asks of it.
//!
//! Made once by `AuthKit`. Sends each request once: a code and a refresh token work once.

use super::{
    failure::Failure,
    gate::{Class, Gate},
    oauth_tokens::OAuthTokens,
    remembered::Memberships,
};
use crate::{
    auth::{Impersonator, User},
    authentication_method::AuthenticationMethod,
    hints::Hints,
    server::{
        config::Config,
        core::{brief, session::Session},
        token::Claims,
        user_event::UserSnapshot,
    },
};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use workos::{
    AuthenticateResponse, Client, UserManagementAuthenticationProvider as Provider,
    UserManagementAuthenticationScreenHint as ScreenHint,
    user_management::{
        AuthenticateWithCodeParams, AuthenticateWithRefreshTokenParams, GetAuthorizationUrlParams,
        GetLogoutUrlParams,
    },
};

/// How long a browser waits for the exchange of a code.
pub(super) const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long any call may take, name lookup to last byte. A refresh is given that long although no
/// request waits for it: an answer cut off would be lost with the session. Not longer, because until
/// then no other request may ask.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// A client of WorkOS's User Management API.
pub struct WorkOs {
    pub(super) client: Client,
    /// Makes the addresses that browsers are sent to, and calls nothing.
    for_browsers: Client,
    pub(super) gate: Gate,
    pub(super) memberships: Memberships,
}

/// The screen AuthKit opens with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Sign-in.
    SignIn,
    /// Sign-up.
    SignUp,
}

impl Screen {
    /// The screen of a form's field: `sign-up`, or else the sign-in.
    pub(crate) fn named(name: Option<&str>) -> Self {
        match name {
            Some("sign-up") => Self::SignUp,
            _ => Self::SignIn,
        }
    }
}

/// What WorkOS answers when it grants something (RFC 6749 §5.1): the tokens are not yet verified.
#[derive(Debug)]
pub struct TokenResponse {
    /// A JWT.
    pub access_token: SecretString,
    /// Works once.
    pub refresh_token: SecretString,
    /// The user the tokens are said to be for.
    pub user: User,
    /// WorkOS's `updated_at` of the user, milliseconds since the epoch; 0 if it can't be read.
    pub user_updated_at: i64,
    /// The organization they are said to be for.
    pub organization_id: Option<String>,
    /// Who signed in as that user, if it wasn't the user.
    pub impersonator: Option<Impersonator>,
    /// How the user has signed in; WorkOS says it at a sign-in.
    pub authentication_method: Option<AuthenticationMethod>,
    /// The identity provider's own tokens, at a sign-in.
    pub oauth_tokens: Option<OAuthTokens>,
}

impl WorkOs {
    /// A client with the configured credentials. No connection is made.
    ///
    /// # Errors
    /// When the API key can't be sent as an HTTP header.
    pub fn new(config: &Config) -> Result<Self, Failure> {
        let client = |base_url: &str| {
            let client = Client::builder()
                .api_key(config.api_key.expose_secret())
                .client_id(&config.client_id)
                .base_url(base_url)
                .timeout(CALL_TIMEOUT)
                // An authorization code and a refresh token work once: sending one again can only fail.
                .max_retries(0);
            client.try_build().map_err(Failure::from)
        };
        let for_programs = client(config.api.origin())?;
        Ok(Self {
            for_browsers: match &config.browser_api {
                Some(address) => client(address)?,
                None => for_programs.clone(),
            },
            client: for_programs,
            gate: Gate::new(),
            memberships: Memberships::new(),
        })
    }

    /// The SDK, for the app.
    pub fn sdk(&self) -> &Client {
        &self.client
    }

    /// Where to send the browser to sign in (RFC 6749 §4.1.1, RFC 7636 §4.3).
    ///
    /// # Errors
    /// [`Failure::Request`] for hints that can't be put into the URL, such as a `max_age` that isn't a number, or scopes
    /// of no provider.
    pub fn authorization_url(
        &self,
        redirect_uri: &str,
        screen: Screen,
        hints: Hints,
        state: String,
        code_challenge: String,
    ) -> Result<String, Failure> {
        let mut params = GetAuthorizationUrlParams::new(redirect_uri);
        params.state = Some(state);
        params.code_challenge = Some(code_challenge);
        params.code_challenge_method = Some("S256".to_owned());
        let names_a_way = hints.connection_id.is_some() || hints.organization_id.is_some();
        params.provider = match hints.provider {
            Some(provider) => Some(Provider::from(provider)),
            None => (!names_a_way).then_some(Provider::Authkit),
        };
        // WorkOS allows the screen hint with its own screens only.
        params.screen_hint = (params.provider == Some(Provider::Authkit)).then_some(match screen {
            Screen::SignIn => ScreenHint::SignIn,
            Screen::SignUp => ScreenHint::SignUp,
        });
        params.max_age = hints
            .max_age
            .map(|seconds| seconds.parse())
            .transpose()
            .map_err(|_| Failure::Request)?;
        if let Some(scopes) = hints.provider_scopes {
            // WorkOS hands them to the provider, and AuthKit is none.
            if params.provider.is_none() || params.provider == Some(Provider::Authkit) {
                return Err(Failure::Request);
            }
            let scopes = scopes.split([',', ' ']).filter(|it| !it.is_empty());
            params.provider_scopes = Some(scopes.map(str::to_owned).collect());
        }
        params.login_hint = hints.login_hint;
        params.organization_id = hints.organization_id;
        params.domain_hint = hints.domain_hint;
        params.connection_id = hints.connection_id;
        params.prompt = hints.prompt;
        params.invitation_token = hints.invitation_token.map(Into::into);
        Ok(self
            .for_browsers
            .user_management()
            .get_authorization_url(params)?)
    }

    /// Exchanges an authorization code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5).
    ///
    /// # Errors
    /// [`Failure`], by what can be done about it.
    pub async fn exchange_code(
        &self,
        code: &str,
        code_verifier: &SecretString,
    ) -> Result<TokenResponse, Failure> {
        let mut params = AuthenticateWithCodeParams::new(code);
        params.code_verifier = Some(code_verifier.expose_secret().into());
        let api = self.client.user_management();
        let call = in_time(EXCHANGE_TIMEOUT, api.authenticate_with_code(params));
        Ok(self.gate.call(Class::Exchange, call).await?.into())
    }

    /// Exchanges a refresh token for new tokens (RFC 6749 §6), in the session's organization or in
    /// another. The token is used up if this reaches WorkOS, whatever comes back.
    ///
    /// # Errors
    /// [`Failure`]; [`ends_session`](Failure::ends_session) says which mean that it is over.
    pub async fn refresh(
        &self,
        session: &Session,
        organization: Option<&str>,
    ) -> Result<TokenResponse, Failure> {
        let mut params =
            AuthenticateWithRefreshTokenParams::new(session.refresh_token.expose_secret());
        params.organization_id = organization
            .map(str::to_owned)
            .or_else(|| session.organization_id.clone());
        let class = match organization {
            None => Class::Renewal,
            Some(_) => Class::Exchange,
        };
        let api = self.client.user_management();
        let call = api.authenticate_with_refresh_token(params);
        Ok(self.gate.call(class, call).await?.into())
    }

    /// Ends a session at WorkOS. One that is over already counts as ended.
    ///
    /// # Errors
    /// [`Failure`], by what can be done about it.
    pub async fn revoke_session(&self, session_id: &str) -> Result<(), Failure> {
        self.end_session(session_id).await.map(drop)
    }

    /// Where to send the browser to end its session at AuthKit and come back to `return_to`,
    /// which must be registered at WorkOS.
    ///
    /// # Errors
    /// [`Failure::Request`] if the URL can't be made.
    pub fn logout_url(&self, session_id: &str, return_to: String) -> Result<String, Failure> {
        let mut params = GetLogoutUrlParams::new(session_id);
        params.return_to = Some(return_to);
        Ok(self.for_browsers.user_management().get_logout_url(params)?)
    }
}

/// A call that is given up on after a while.
pub(super) async fn in_time<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, workos::Error>>,
) -> Result<T, Failure> {
    let answer = tokio::time::timeout(limit, call).await;
    Ok(answer.map_err(|_| Failure::Unreachable)??)
}

impl TokenResponse {
    /// The session, now that the access token has been verified and says `claims`.
    #[must_use]
    pub fn into_session(self, claims: &Claims) -> Session {
        Session {
            access_token: self.access_token,
            refresh_token: self.refresh_token,
            session_id: claims.sid().to_owned(),
            user: brief::user(self.user),
            organization_id: claims.org_id().map(str::to_owned),
            impersonator: self.impersonator.map(brief::impersonator),
            authentication_method: self.authentication_method,
            is_successor: false,
        }
    }

    /// The session that follows `session`. Its token is not verified: what WorkOS said about it stands
    /// in for its claims.
    #[must_use]
    pub fn into_successor_of(self, session: &Session) -> Session {
        Session {
            access_token: self.access_token,
            refresh_token: self.refresh_token,
            session_id: session.session_id.clone(),
            user: brief::user(self.user),
            organization_id: self.organization_id,
            // WorkOS names the impersonator at sign-in; the session stays theirs.
            impersonator: (self.impersonator.map(brief::impersonator))
                .or_else(|| session.impersonator.clone()),
            // A refresh is no sign-in.
            authentication_method: session.authentication_method.clone(),
            is_successor: true,
        }
    }
}

impl From<AuthenticateResponse> for TokenResponse {
    fn from(answer: AuthenticateResponse) -> Self {
        let UserSnapshot { user, updated_at } = answer.user.into();
        Self {
            access_token: answer.access_token.into_inner().into(),
            refresh_token: answer.refresh_token.into_inner().into(),
            user,
            user_updated_at: updated_at,
            organization_id: answer.organization_id,
            impersonator: answer.impersonator.map(|impersonator| Impersonator {
                email: impersonator.email,
                reason: impersonator.reason,
            }),
            authentication_method: (answer.authentication_method)
                .map(|method| brief::word(method.as_str()).into()),
            oauth_tokens: answer.oauth_tokens.map(Into::into),
        }
    }
}
