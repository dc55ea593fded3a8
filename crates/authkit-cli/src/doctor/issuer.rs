//! Whether the issuer that tokens name is one this app accepts, as far as that can be known without a
//! token: from what WorkOS publishes for the client (OpenID Connect Discovery 1.0 §4).
//!
//! Issuers are compared to the character, as the verifier does.

use super::check::{Check, Name};
use authkit_leptos::server::{
    Config,
    token::{JwksError, fetch},
};
use serde::Deserialize;
use url::Url;

#[derive(Deserialize)]
struct Document {
    issuer: String,
}

/// The issuer at the API, for a client that WorkOS knows.
pub async fn at_the_api(config: &Config) -> Check {
    let name = Name::Issuer;
    match published(config.api.origin(), config).await {
        Ok(issuer) if is_accepted(&issuer, config) => name.good(issuer),
        Ok(issuer) => name.bad(
            format!("tokens name {issuer}, which this configuration does not accept"),
            remedy(&issuer, config),
        ),
        Err(JwksError::Status(404)) => {
            name.skipped("nothing is published to compare with; the first sign-in shows it")
        }
        Err(_) => name.skipped("what is published can't be read; the first sign-in shows it"),
    }
}

/// The issuer at a domain of one's own.
pub async fn at_the_domain(config: &Config) -> Option<Check> {
    let name = Name::AuthkitDomain;
    let domain = config.authkit_domain.as_deref()?;
    let problem = match published(&format!("https://{domain}"), config).await {
        Ok(issuer) if is_accepted(&issuer, config) => return Some(name.good(issuer)),
        Ok(issuer) => format!("{domain} says that its tokens name {issuer}"),
        Err(JwksError::Unreachable | JwksError::TimedOut) => {
            format!("{domain}, which WORKOS_AUTHKIT_DOMAIN names, can't be reached over https")
        }
        Err(JwksError::Status(404)) => {
            let fix = "look at the domain in the WorkOS dashboard, under Domains";
            let problem = format!("{domain} does not know this client");
            return Some(name.warning(problem, fix));
        }
        Err(_) => return Some(name.skipped("what it publishes can't be read")),
    };
    Some(name.bad(
        problem,
        "write the domain as it stands in the WorkOS dashboard under Domains, or leave \
         WORKOS_AUTHKIT_DOMAIN out",
    ))
}

async fn published(origin: &str, config: &Config) -> Result<String, JwksError> {
    let client_id = &config.client_id;
    let address = format!("{origin}/user_management/{client_id}/.well-known/openid-configuration");
    let address = Url::parse(&address).map_err(|_| JwksError::NotDiscovery)?;
    let http = fetch::client().map_err(|_| JwksError::Unreachable)?;
    let body = fetch::document(&http, &address, &["application/json"]).await?;
    let document: Document = serde_json::from_slice(&body).map_err(|_| JwksError::NotDiscovery)?;
    Ok(document.issuer)
}

fn is_accepted(issuer: &str, config: &Config) -> bool {
    config.issuers().iter().any(|accepted| accepted == issuer)
}

/// What to set so that tokens of this issuer would be accepted.
fn remedy(issuer: &str, config: &Config) -> String {
    let url = Url::parse(issuer).ok();
    let own_path = format!("/user_management/{}", config.client_id);
    match url.as_ref().and_then(|url| Some((url, url.host_str()?))) {
        Some((url, host))
            if url.scheme() == "https" && (url.path() == own_path || url.path() == "/") =>
        {
            format!("set WORKOS_AUTHKIT_DOMAIN={host}")
        }
        Some((url, _)) if url.path().starts_with("/user_management/client_") => {
            "the environment's tokens are issued in the name of another client: take \
             WORKOS_CLIENT_ID from where the WorkOS dashboard shows it under API Keys"
                .to_owned()
        }
        _ => "set WORKOS_API_HOSTNAME and WORKOS_AUTHKIT_DOMAIN as the issuer has them".to_owned(),
    }
}
