//! What is counted of the login, by the `metrics` crate: nothing is kept anywhere unless the app installs a recorder.
//!
//! Called where a thing happens, once for each. A label has a few values, all of them written in this library or its
//! configuration: never a user, a session or a word of a client.

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use std::time::Duration;

/// Sign-ins that came back, by `outcome`: `signed_in`, or the reason code of the failure.
pub const SIGN_INS: &str = "authkit_sign_ins_total";
/// Sessions ended before their time, by `cause`: `signed_out`, `replaced` by another sign-in, `refused` by the app, `app`
/// that asked for it, or `workos` by webhook, which may name a user for all of theirs.
pub const REVOCATIONS: &str = "authkit_revocations_total";
/// Renewals that this process was asked for, by `outcome`: `renewed`, or the reason code of the failure.
pub const RENEWALS: &str = "authkit_renewals_total";
/// Seconds until a renewal has its outcome, by this process or by another one that asks WorkOS.
pub const RENEWAL_SECONDS: &str = "authkit_renewal_duration_seconds";
/// Calls to WorkOS, by `class` and `outcome`: `ok`, or the reason code of the failure.
pub const CALLS: &str = "authkit_workos_calls_total";
/// Seconds that a call to WorkOS takes, by `class`, without the wait for its turn.
pub const CALL_SECONDS: &str = "authkit_workos_call_duration_seconds";
/// Bearer tokens that were refused, by `reason`.
pub const REFUSED_TOKENS: &str = "authkit_bearer_tokens_refused_total";
/// Seconds since a provider's keys were fetched, by `issuer`.
pub const KEYS_AGE: &str = "authkit_keys_age_seconds";
/// Callers of whom is remembered what their session or token was found to be.
pub const REMEMBERED: &str = "authkit_callers_remembered";
/// Requests that were answered by what is remembered.
pub const REMEMBERED_HITS: &str = "authkit_callers_recognized_total";

/// Says what the figures are, and begins those at zero that an alert may watch. Call it once there is a recorder.
pub fn describe() {
    describe_counter!(SIGN_INS, "Sign-ins that came back, by outcome");
    describe_counter!(REVOCATIONS, "Sessions ended before their time, by cause");
    describe_counter!(RENEWALS, "Renewals of sessions, by outcome");
    describe_histogram!(
        RENEWAL_SECONDS,
        Unit::Seconds,
        "Time until a renewal has its outcome"
    );
    describe_counter!(CALLS, "Calls to WorkOS, by class and outcome");
    describe_histogram!(
        CALL_SECONDS,
        Unit::Seconds,
        "Time that a call to WorkOS takes, by class"
    );
    describe_counter!(REFUSED_TOKENS, "Bearer tokens that were refused, by reason");
    describe_gauge!(
        KEYS_AGE,
        Unit::Seconds,
        "Time since a provider's keys were fetched"
    );
    describe_gauge!(
        REMEMBERED,
        "Callers remembered with what their proof was found to be"
    );
    describe_counter!(REMEMBERED_HITS, "Requests answered by what is remembered");
    counter!(SIGN_INS, "outcome" => SIGNED_IN).increment(0);
    counter!(RENEWALS, "outcome" => RENEWED).increment(0);
    for cause in [
        Cause::SignedOut,
        Cause::Replaced,
        Cause::Refused,
        Cause::App,
        Cause::WorkOs,
    ] {
        counter!(REVOCATIONS, "cause" => cause.word()).increment(0);
    }
}

const SIGNED_IN: &str = "signed_in";
const RENEWED: &str = "renewed";
const OK: &str = "ok";

/// Why a session ends before its time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cause {
    SignedOut,
    Replaced,
    Refused,
    App,
    WorkOs,
}

impl Cause {
    fn word(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Replaced => "replaced",
            Self::Refused => "refused",
            Self::App => "app",
            Self::WorkOs => "workos",
        }
    }
}

/// A sign-in that came back: `Err` is the reason code of its failure.
pub(super) fn sign_in(outcome: Result<(), &'static str>) {
    counter!(SIGN_INS, "outcome" => outcome.err().unwrap_or(SIGNED_IN)).increment(1);
}

/// A session, or all of a user, ended before their time.
pub(super) fn revocation(cause: Cause) {
    counter!(REVOCATIONS, "cause" => cause.word()).increment(1);
}

/// A renewal that took so long: `Err` is the reason code of its failure.
pub(super) fn renewal(outcome: Result<(), &'static str>, took: Duration) {
    counter!(RENEWALS, "outcome" => outcome.err().unwrap_or(RENEWED)).increment(1);
    histogram!(RENEWAL_SECONDS).record(took);
}

/// There is no call of this class yet, and none that failed so: what an alert watches has to be seen at zero first.
pub(super) fn no_call(class: &'static str, failure: &'static str) {
    for outcome in [OK, failure] {
        counter!(CALLS, "class" => class, "outcome" => outcome).increment(0);
    }
}

/// A call to WorkOS: `Err` is the reason code of its failure. One that was not made took no time.
pub(super) fn call(class: &'static str, outcome: Result<(), &'static str>, took: Option<Duration>) {
    let outcome = outcome.err().unwrap_or(OK);
    counter!(CALLS, "class" => class, "outcome" => outcome).increment(1);
    if let Some(took) = took {
        histogram!(CALL_SECONDS, "class" => class).record(took);
    }
}

/// A bearer token that was refused.
pub(super) fn refused_token(reason: &'static str) {
    counter!(REFUSED_TOKENS, "reason" => reason).increment(1);
}

/// How old the keys of an issuer are, in seconds.
pub(super) fn keys_age(issuer: &str, seconds: u64) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "nobody counts seconds beyond 2^53"
    )]
    gauge!(KEYS_AGE, "issuer" => issuer.to_owned()).set(seconds as f64);
}

/// How many callers are remembered, and how often that was of use since the start.
pub(super) fn remembered(callers: u64, hits: u64) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "there are fewer than 2^53 callers"
    )]
    gauge!(REMEMBERED).set(callers as f64);
    counter!(REMEMBERED_HITS).absolute(hits);
}
