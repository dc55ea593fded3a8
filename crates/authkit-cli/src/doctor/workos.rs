//! What only WorkOS can say: is it there, does it accept the credentials, does it know the addresses.
//!
//! The first question shows whether the others can be asked. Each is given three seconds; none changes
//! anything at WorkOS.

use super::{
    check::{Check, Name},
    environment::Reading,
    patience::{PATIENCE, in_time},
};
use authkit_leptos::paths;
use authkit_leptos::server::{
    Config,
    workos::{Failure, WorkOs},
};

/// Nobody's id.
const NOBODY: &str = "user_00000000000000000000000000";

/// Why most can't be asked when the first question gets no answer.
pub const NEEDS_API: &str = "needs an API that answers";

/// What WorkOS said to the first question, and what follows from it.
pub struct Conversation {
    /// What the first question shows: is WorkOS there, and is the key good.
    pub checks: Vec<Check>,
    /// Whether anything answered.
    pub answers: bool,
    key_accepted: bool,
    client: Option<WorkOs>,
    listed: Result<Vec<String>, Failure>,
}

impl Conversation {
    /// Asks for the redirect URIs.
    pub async fn begin(config: &Config) -> Self {
        let client = match WorkOs::new(config) {
            Ok(client) => client,
            Err(error) => {
                let fix = "copy WORKOS_API_KEY again from the WorkOS dashboard, under API Keys";
                return Self {
                    checks: vec![Name::ApiKey.bad(error.to_string(), fix)],
                    answers: false,
                    key_accepted: false,
                    client: None,
                    listed: Err(error),
                };
            }
        };
        let listed = in_time(client.redirect_uris()).await;
        let listed = listed.unwrap_or(Err(Failure::Unreachable));
        let origin = config.api.origin();
        let (answers, key_accepted) = match &listed {
            Ok(_) | Err(Failure::Declined { .. } | Failure::Broken { status: 403, .. }) => {
                (true, true)
            }
            Err(Failure::Misconfigured | Failure::RateLimited { .. }) => (true, false),
            Err(_) => (false, false),
        };
        let api = match &listed {
            Err(Failure::RateLimited { .. }) => Name::Api.warning(
                format!("{origin} asks to slow down (HTTP 429)"),
                "wait a minute and ask again",
            ),
            Err(failure) if !answers => Name::Api.bad(silence(origin, *failure), remedy(config)),
            _ => Name::Api.good(format!("{origin} answers")),
        };
        let key = match &listed {
            _ if !answers => Name::ApiKey.skipped(NEEDS_API),
            Ok(_) | Err(Failure::Broken { .. } | Failure::Declined { status: 403 }) => {
                Name::ApiKey.good("accepted")
            }
            Err(Failure::Misconfigured) => Name::ApiKey.bad(
                format!("{origin} does not accept WORKOS_API_KEY"),
                "copy it again from the WorkOS dashboard, under API Keys; it may have been revoked",
            ),
            Err(failure) => Name::ApiKey.skipped(format!("could not be found out: {failure}")),
        };
        Self {
            checks: vec![api, key],
            answers,
            key_accepted,
            client: Some(client),
            listed,
        }
    }

    /// Whether the key is the client's own, for a client that WorkOS knows.
    pub async fn credentials(&self, client_known: bool) -> Check {
        let name = Name::Credentials;
        let Some(client) = self.client.as_ref().filter(|_| self.key_accepted) else {
            return name.skipped("needs an API key that is accepted");
        };
        if !client_known {
            return name.skipped("needs a client id that WorkOS knows");
        }
        match in_time(client.check_credentials()).await {
            Some(Ok(())) => name.good("belong together"),
            Some(Err(Failure::Misconfigured)) => name.bad(
                "WorkOS knows both, and they do not belong together",
                "copy both WORKOS_API_KEY and WORKOS_CLIENT_ID from the same environment of the WorkOS \
                 dashboard",
            ),
            Some(Err(failure)) => name.skipped(format!("could not be found out: {failure}")),
            None => name.skipped("could not be found out: no answer in time"),
        }
    }

    /// Whether the key may do what the app does with it.
    pub async fn permissions(&self) -> Check {
        let name = Name::ApiKeyPermissions;
        let Some(client) = self.client.as_ref().filter(|_| self.key_accepted) else {
            return name.skipped("needs an API key that is accepted");
        };
        match in_time(client.memberships(NOBODY)).await {
            Some(Err(Failure::Declined { status: 403 } | Failure::Broken { status: 403, .. })) => {
                name.bad(
                    "WORKOS_API_KEY may not list organization memberships (HTTP 403), which switching \
                     between organizations needs",
                    "give the key that permission in the WorkOS dashboard, under API Keys, or use one \
                     without restrictions",
                )
            }
            // Whatever it says of nobody's memberships, it was allowed to ask.
            Some(Ok(_) | Err(Failure::Declined { .. })) => {
                name.good("may list organization memberships")
            }
            Some(Err(failure)) => name.skipped(format!("could not be found out: {failure}")),
            None => name.skipped("could not be found out: no answer in time"),
        }
    }

    /// Whether the redirect URI is among those that WorkOS has for the key's environment, which has to
    /// be the client's.
    pub fn redirect_uri(&self, reading: &Reading, credentials: &Check) -> Check {
        let name = Name::RedirectUriRegistered;
        let Some(uri) = reading.redirect_uri() else {
            return name.skipped("needs WORKOS_REDIRECT_URI");
        };
        if !self.key_accepted {
            return name.skipped("needs an API key that is accepted");
        }
        if credentials.is_bad() {
            return name.skipped("needs an API key of this client's environment");
        }
        let more = reading.config.iter().flat_map(|it| &it.more_redirect_uris);
        let more = more.map(|uri| uri.as_str().to_owned());
        let all: Vec<_> = std::iter::once(uri.to_string()).chain(more).collect();
        let missing = |uris: &[String]| {
            let is_missing = |uri: &&String| !uris.iter().any(|it| covers(it, uri));
            all.iter().find(is_missing).cloned()
        };
        let missing = self.listed.as_ref().ok().and_then(|uris| missing(uris));
        let uri = missing.clone().unwrap_or_else(|| all.join(", "));
        match &self.listed {
            Ok(_) if missing.is_none() => {
                let are = if all.len() == 1 { "is" } else { "are" };
                name.good(format!("{uri} {are} registered"))
            }
            Ok(uris) => name.bad(
                match uris.as_slice() {
                    [] => format!("{uri} is not registered at WorkOS, and no other is"),
                    _ => format!(
                        "{uri} is not registered at WorkOS; these are: {}",
                        uris.join(" ")
                    ),
                },
                "register it with `authkit provision`, or in the WorkOS dashboard under Redirects; it is compared \
                 to the character",
            ),
            Err(Failure::Declined { status: 403 } | Failure::Broken { status: 403, .. }) => name
                .warning(
                    "this API key may not list redirect URIs, so this can't be found out",
                    format!("look whether {uri} is in the WorkOS dashboard, under Redirects"),
                ),
            Err(failure) => name.skipped(format!("could not be found out: {failure}")),
        }
    }

    /// Whether scripts of the app's origin may call WorkOS. This app's do not, so no answer is wrong.
    pub async fn cors_origin(&self, config: &Config) -> Check {
        let name = Name::CorsOrigin;
        let Some(client) = self.client.as_ref().filter(|_| self.key_accepted) else {
            return name.skipped("needs an API key that is accepted");
        };
        let origin = config.redirect_uri.origin();
        match in_time(client.cors_origins()).await {
            Some(Ok(origins)) if origins.contains(&origin) => {
                name.good(format!("{origin} is registered"))
            }
            Some(Ok(_)) => name.good(format!(
                "{origin} is not registered, and need not be: only the server calls WorkOS"
            )),
            _ => name.skipped(
                "could not be found out, and does not matter: only the server calls WorkOS",
            ),
        }
    }
}

/// All of it, when nobody can be asked.
pub fn unasked(why: &str) -> impl Iterator<Item = Check> {
    let names = [
        Name::Api,
        Name::ApiKey,
        Name::ApiKeyPermissions,
        Name::ClientId,
        Name::Credentials,
        Name::Jwks,
        Name::Issuer,
        Name::RedirectUriRegistered,
        Name::CorsOrigin,
        Name::SignOutUri,
        Name::InitiateLoginUrl,
        Name::Clock,
    ];
    names.into_iter().map(move |name| name.skipped(why))
}

/// What it means that there is no answer, or none of WorkOS's.
fn silence(origin: &str, failure: Failure) -> String {
    match failure {
        Failure::Unreachable => {
            format!(
                "{origin} can't be reached within {} seconds",
                PATIENCE.as_secs()
            )
        }
        Failure::Broken { status, .. } if status < 500 => {
            format!("{origin} answers (HTTP {status}), and not as WorkOS does")
        }
        Failure::Broken { status, .. } => format!("{origin} answers HTTP {status}"),
        failure => format!("{origin}: {failure}"),
    }
}

/// What to do about it.
fn remedy(config: &Config) -> &'static str {
    match config.api.is_overridden() {
        true => {
            "start what should answer there, or leave out WORKOS_API_HOSTNAME, _HTTPS and _PORT to use \
             WorkOS itself"
        }
        false => {
            "look at https://status.workos.com, and whether this machine needs a proxy or a firewall \
             rule to get out"
        }
    }
}

/// Where people come back to after signing out: WorkOS has no way to ask whether it may be.
pub fn sign_out_uri(config: &Config) -> Check {
    Name::SignOutUri.skipped(format!(
        "WorkOS does not tell: {}{} has to be in its dashboard under Redirects, as a sign-out redirect",
        config.redirect_uri.origin(),
        paths::SIGNED_OUT
    ))
}

/// Where an impersonation begins that is started in the dashboard: WorkOS has no way to ask for it either.
pub fn initiate_login_url(config: &Config) -> Check {
    Name::InitiateLoginUrl.skipped(format!(
        "WorkOS does not tell: {}{} has to be in its dashboard under Redirects, for impersonations that start there",
        config.redirect_uri.origin(),
        paths::SIGN_IN
    ))
}

/// Whether a registered redirect URI stands for this one. WorkOS lets `*` stand for one label of a
/// host name.
fn covers(registered: &str, uri: &str) -> bool {
    match registered.split_once('*') {
        None => registered == uri,
        Some((before, after)) => uri
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|label| {
                !label.is_empty()
                    && label
                        .bytes()
                        .all(|it| it.is_ascii_alphanumeric() || it == b'-')
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_stands_for_one_label_of_a_host() {
        let star = "https://*.example.com/callback";
        assert!(covers(star, "https://pr-7.example.com/callback"));
        assert!(!covers(star, "https://a.b.example.com/callback"));
        assert!(!covers(star, "https://evil.test/x.example.com/callback"));
        assert!(!covers(star, "https://.example.com/callback"));
        assert!(!covers(
            "https://a.example/callback",
            "https://a.example/callback/"
        ));
    }
}
