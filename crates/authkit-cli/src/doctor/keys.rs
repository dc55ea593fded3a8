//! The keys that tokens are checked with: AuthKit's, and those of the other providers.
//!
//! Asks for them as the verifier does, with the same limits, and once.

use super::check::{Check, Name};
use authkit_leptos::server::{
    Config,
    core::clock::Clock,
    token::{Algorithm, Jwks, JwksError, KeySource, Provider},
};

/// AuthKit's keys, and with them whether WorkOS knows the client.
pub async fn authkit(config: &Config) -> (Check, Check) {
    let url = config.jwks_url();
    match has_key(KeySource::Url(url.clone()), Algorithm::Rs256).await {
        Ok(true) => (
            Name::ClientId.good(format!("{} is known", config.client_id)),
            Name::Jwks.good(format!("{url} has a usable key")),
        ),
        Ok(false) => (
            Name::ClientId.good(format!("{} is known", config.client_id)),
            Name::Jwks.bad(
                format!("{url} has no key for RS256, with which AuthKit signs"),
                "ask WorkOS's support: tokens of this client can't be checked",
            ),
        ),
        Err(JwksError::Status(404)) => (
            Name::ClientId.bad(
                format!(
                    "{} knows no client {}",
                    config.api.origin(),
                    config.client_id
                ),
                "copy WORKOS_CLIENT_ID from the WorkOS dashboard, under API Keys",
            ),
            Name::Jwks.skipped("needs a client id that WorkOS knows"),
        ),
        Err(error) => (
            Name::ClientId.skipped("needs AuthKit's keys"),
            Name::Jwks.bad(format!("{url}: {error}"), remedy(&error)),
        ),
    }
}

/// The keys of a provider in `AUTH_PROVIDERS`.
pub async fn provider(provider: Provider) -> Check {
    let algorithm = provider.algorithm();
    let check = match has_key(provider.keys().clone(), algorithm).await {
        Ok(true) => Name::ProviderKeys.good(format!("{provider}: has a key for {algorithm}")),
        Ok(false) => Name::ProviderKeys.bad(
            format!("{provider}: {} has no key for {algorithm}", provider.keys()),
            "correct `algorithm` in the file that AUTH_PROVIDERS names, or the address of the keys",
        ),
        Err(JwksError::OtherIssuer { expected, found }) => Name::ProviderDiscovery.bad(
            format!("{provider}: its discovery document says that its issuer is {found}"),
            format!("write domain = \"{found}\" in place of \"{expected}\", to the character"),
        ),
        Err(error @ (JwksError::NotDiscovery | JwksError::UnsafeAddress(_))) => {
            Name::ProviderDiscovery.bad(
                format!("{provider}: {error}"),
                "correct `domain` in the file that AUTH_PROVIDERS names",
            )
        }
        Err(error) => Name::ProviderKeys.bad(format!("{provider}: {error}"), remedy(&error)),
    };
    check.about(provider.to_string())
}

async fn has_key(source: KeySource, algorithm: Algorithm) -> Result<bool, JwksError> {
    let jwks = Jwks::new(source, Clock::default()).map_err(|_| JwksError::Unreachable)?;
    jwks.has_key_for(algorithm).await
}

fn remedy(error: &JwksError) -> &'static str {
    match error {
        JwksError::Unreachable | JwksError::TimedOut | JwksError::Status(500..) => {
            "until it answers, a server that starts can't check tokens of this issuer: look whether this machine can \
             reach it, and ask again"
        }
        JwksError::ContentType(_) | JwksError::NotASet | JwksError::TooLong => {
            "something else answers at this address, such as a proxy's page: correct the address"
        }
        _ => "correct the address, or ask who publishes the keys",
    }
}
