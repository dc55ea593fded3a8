//! The token request (RFC 6749 §4.1.3): an authorization code becomes a session, once.
//!
//! Called by the callback. The request goes on when the browser hangs up, and a callback that comes again
//! within a minute gets the same outcome: asking twice with one code would make WorkOS end the session that
//! the first one got (RFC 6749 §4.1.2).

use super::failed::Failed;
use crate::{
    error::SignInFailure,
    paths::ReturnTo,
    recent_auth::is_obeyed,
    server::{
        attempts::Attempt,
        audit_trail::AuditTrail,
        cookie_sealer::CookieSealer,
        core::{clock::Clock, session::Session, session_hash},
        hooks::{Admit, AuditAction, AuditClient, AuditEvent, Hooks, SignIn},
        revocations::Revocations,
        token::{CheckError, Claims, Malformed, TokenError, TokenSource, Verifier},
        user_event::{UserEvent, UserSnapshot, Users},
        workos::{Failure, TokenResponse, WorkOs},
    },
};
use moka::sync::Cache;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// How long an outcome is kept for a callback that comes again.
const KEPT_FOR: Duration = Duration::from_secs(60);
/// How long a key is waited for that is not among those just fetched.
const KEY_DELAY: Duration = Duration::from_secs(2);
/// A word more, for the log, of a session that does not fit into cookies.
pub const TOO_LONG: &str = "session_too_long";
/// Outcomes kept, at most.
const MAX_KEPT: u64 = 10_000;

/// What came of a code.
pub type Outcome = Result<Arc<Granted>, Failed>;

/// A session that has just begun.
pub struct Granted {
    /// The session.
    pub session: Session,
    /// The same, sealed for its cookie.
    pub sealed: String,
    /// Where the app leads instead of where the sign-in would have led.
    pub leads_to: Option<ReturnTo>,
}

/// The browser whose code it is.
#[derive(Clone)]
pub struct Browser {
    /// The session that it has had until now.
    pub session_before: Option<String>,
    /// For the audit trail.
    pub client: AuditClient,
}

/// The token requests of this process: under way, or just made.
pub struct TokenRequests {
    parts: Arc<Parts>,
    tasks: TaskTracker,
    outcomes: Cache<[u8; 32], watch::Receiver<Option<Outcome>>>,
}

/// What a token request works with.
pub struct Parts {
    pub workos: Arc<WorkOs>,
    pub verifier: Verifier,
    pub cookie_sealer: CookieSealer,
    pub users: Arc<Users>,
    pub clock: Clock,
    pub hooks: Arc<Hooks>,
    pub audit: AuditTrail,
    pub revocations: Arc<Revocations>,
}

impl TokenRequests {
    /// None yet. What is under way is one of `tasks`, which are finished before the process ends.
    pub fn new(parts: Parts, tasks: TaskTracker) -> Self {
        let outcomes = Cache::builder()
            .max_capacity(MAX_KEPT)
            .time_to_live(KEPT_FOR)
            .build();
        Self {
            parts: Arc::new(parts),
            tasks,
            outcomes,
        }
    }

    /// Exchanges the code for a session, or waits for what comes of it where that is under way.
    ///
    /// `attempt` must be the one of this browser that `state` names.
    pub async fn redeem(
        &self,
        state: &str,
        code: &str,
        attempt: &Attempt,
        browser: Browser,
    ) -> Outcome {
        let mut outcome = self.outcomes.get_with(key(state, code), || {
            let (tell, outcome) = watch::channel(None);
            let (parts, code) = (Arc::clone(&self.parts), code.to_owned());
            let attempt = attempt.clone();
            let exchanging = async move {
                let made = exchange(&parts, &code, attempt, browser).await;
                tell.send_replace(Some(made.map(Arc::new)));
            };
            self.tasks.spawn(exchanging.in_current_span());
            outcome
        });
        let made = outcome.wait_for(Option::is_some).await;
        match made.ok().and_then(|made| made.clone()) {
            Some(outcome) => outcome,
            None => Err((SignInFailure::Internal, "the exchange was interrupted").into()),
        }
    }
}

/// Names a request without keeping its code. A state of ours has no NUL.
fn key(state: &str, code: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(state)
        .chain_update([0])
        .chain_update(code)
        .finalize()
        .into()
}

/// The code for tokens, and the tokens for a session, if the app lets the user in. Tells the app who it is, as WorkOS says
/// now.
async fn exchange(
    parts: &Parts,
    code: &str,
    attempt: Attempt,
    browser: Browser,
) -> Result<Granted, Failed> {
    let mut granted = parts
        .workos
        .exchange_code(code, &attempt.code_verifier)
        .await
        .map_err(|failure| (SignInFailure::from(failure), failure.code()))?;
    let verifier = &parts.verifier;
    let check = || {
        let TokenResponse {
            user, access_token, ..
        } = &granted;
        verifier.verify_session_of(user, access_token, TokenSource::Provider)
    };
    let mut checked = check().await;
    if let Err(CheckError::Token(TokenError::KeyUnknown { .. })) = checked {
        // The keys were fetched the moment before they changed, and the code is used up.
        tokio::time::sleep(KEY_DELAY).await;
        checked = check().await;
    }
    let claims = checked.map_err(|error| match error {
        CheckError::Token(error @ TokenError::CouldNotCheck(_)) => {
            (SignInFailure::Unreachable, error.code())
        }
        // Too long even to be read.
        CheckError::Token(TokenError::Malformed(Malformed::TooLong(bytes))) => {
            report_too_long(bytes);
            (SignInFailure::TokenTooBig, TOO_LONG)
        }
        CheckError::Token(error) => {
            // The page has the code alone; what to change is for those who run the app.
            let reason = error.code();
            tracing::error!(reason, "AuthKit's access token refused: {error}");
            (SignInFailure::TokenRefused, reason)
        }
        CheckError::OtherSubject => (SignInFailure::TokenRefused, "token_subject"),
    })?;
    let claims = Arc::new(claims);
    let Browser {
        session_before,
        client,
    } = browser;
    let who = signed_in(&granted, &claims, client);
    if let Some(max_age) = attempt.max_age
        // Starting again would lead here again.
        && !is_obeyed(claims.auth_time(), max_age, attempt.started_at, parts.clock.now())
    {
        let failed = Failed::Here(SignInFailure::NotRecent, "max_age");
        return Err(parts.refuse(&claims, failed, who, session_before));
    }
    // Last of all that can refuse, and before anything is sealed or told.
    let leads_to = match admit(parts, &mut granted, &claims, attempt).await {
        Ok(leads_to) => leads_to,
        Err(failed) => return Err(parts.refuse(&claims, failed, who, session_before)),
    };
    let snapshot = UserSnapshot {
        user: granted.user.clone(),
        updated_at: granted.user_updated_at,
    };
    let session = granted.into_session(&claims);
    let cookie_sealer = &parts.cookie_sealer;
    let sealed = cookie_sealer
        .seal(&session)
        .map_err(|_| (SignInFailure::Internal, "no randomness"))?;
    if !cookie_sealer.fits(&sealed) {
        report_too_long(session.access_token.expose_secret().len());
        let failed = Failed::Here(SignInFailure::TokenTooBig, TOO_LONG);
        return Err(parts.refuse(&claims, failed, who, session_before));
    }
    // Whatever the app makes of it, the user is signed in.
    parts.users.tell(UserEvent::SignedIn(snapshot)).await;
    parts.audit.tell(who);
    Ok(Granted {
        session,
        sealed,
        leads_to,
    })
}

fn report_too_long(bytes: usize) {
    tracing::error!(
        reason = "session_too_long",
        bytes,
        "the access token does not fit into cookies: fewer permissions or claims would, see docs/sessions.md"
    );
}

/// Asks the app whether to let the user in, and where to lead them instead.
async fn admit(
    parts: &Parts,
    granted: &mut TokenResponse,
    claims: &Arc<Claims>,
    attempt: Attempt,
) -> Result<Option<ReturnTo>, Failed> {
    let sign_in = SignIn {
        user: granted.user.clone(),
        session_id: claims.sid().to_owned(),
        organization_id: claims.org_id().map(str::to_owned),
        method: granted.authentication_method.clone(),
        impersonator: granted.impersonator.clone(),
        oauth_tokens: granted.oauth_tokens.take(),
        state: attempt.app_state,
        return_to: attempt.return_to,
        claims: Arc::clone(claims),
        access_token: granted.access_token.clone(),
    };
    match parts.hooks.admit(sign_in).await {
        Ok(Admit::Yes) => Ok(None),
        Ok(Admit::To(there)) => Ok(Some(there)),
        Ok(Admit::No(refusal)) => Err(Failed::Refused(Arc::new(refusal))),
        Err(fault) => {
            tracing::error!(
                reason = "hook_failed",
                hook = "on_sign_in",
                problem = %fault,
                "a hook of the app failed; nobody is signed in"
            );
            Err(Failed::Here(SignInFailure::HookFailed, fault.detail()))
        }
    }
}

/// What the audit trail has of the user who came with this, if they are let in.
fn signed_in(granted: &TokenResponse, claims: &Claims, client: AuditClient) -> AuditEvent {
    let impersonator = granted.impersonator.as_ref();
    AuditEvent {
        user_id: Some(granted.user.id.clone()),
        session: Some(session_hash(claims.sid())),
        organization_id: claims.org_id().map(str::to_owned),
        impersonator: impersonator.map(|it| it.email.clone()),
        client: Some(client),
        ..AuditEvent::now(AuditAction::SignedIn)
    }
}

impl Parts {
    /// Ends a session that is not to be, here and at WorkOS, unless it is the one that the browser had before: WorkOS may
    /// go on with that.
    fn refuse(
        &self,
        claims: &Claims,
        failed: Failed,
        who: AuditEvent,
        session_before: Option<String>,
    ) -> Failed {
        if session_before.as_deref() != Some(claims.sid()) {
            self.revocations.refuse(claims.sid().to_owned());
        }
        self.audit.tell(AuditEvent {
            action: AuditAction::SignInRefused,
            because: Some(failed.reason()),
            ..who
        });
        failed
    }
}

impl From<Failure> for SignInFailure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(_) | Failure::Declined { .. } => Self::CodeRefused,
            Failure::Misconfigured => Self::Misconfigured,
            Failure::RateLimited { .. } | Failure::Busy { .. } => Self::RateLimited,
            Failure::Unreachable => Self::Unreachable,
            Failure::Broken { .. } => Self::Broken,
            Failure::Request => Self::Internal,
        }
    }
}
