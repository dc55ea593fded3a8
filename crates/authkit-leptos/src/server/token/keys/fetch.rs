//! Fetching what a provider publishes: its keys, and where they are. Carefully, because it is asked of
//! addresses that somebody typed.
//!
//! Called by the key cache only. Never follows a redirect to another origin, never reads without a
//! limit, and never takes a page for keys.

use super::error::JwksError;
use http::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use std::time::Duration;
use url::Url;

/// How long one fetch may take: less than a request may be held up, so that the outcome is known to
/// the next one.
pub const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
/// The largest answer read, in bytes; a set of RSA keys has a few kilobytes.
const MAX_LENGTH: usize = 256 * 1024;
/// The most redirects followed, all within one origin.
const MAX_REDIRECTS: usize = 3;

/// A client for [`document`].
pub fn client() -> Result<Client, reqwest::Error> {
    // A redirect to another host could lead to somebody else's keys.
    let within_the_origin = Policy::custom(|attempt| {
        let from = attempt.previous().first().map(Url::origin);
        if from != Some(attempt.url().origin()) || attempt.previous().len() > MAX_REDIRECTS {
            return attempt.stop();
        }
        attempt.follow()
    });
    Client::builder()
        .timeout(FETCH_TIMEOUT)
        .redirect(within_the_origin)
        .build()
}

/// The JSON document at `url`, if it comes as one of these content types.
pub async fn document(
    http: &Client,
    url: &Url,
    content_types: &[&str],
) -> Result<Vec<u8>, JwksError> {
    let response = http.get(url.clone()).send().await;
    let response = response.map_err(|error| match error.is_timeout() {
        true => JwksError::TimedOut,
        false => JwksError::Unreachable,
    })?;
    if response.status().is_redirection() {
        return Err(JwksError::Redirect(response.status().as_u16()));
    }
    if response.status() != StatusCode::OK {
        return Err(JwksError::Status(response.status().as_u16()));
    }
    let content_type = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("no content type");
    // RFC 9110 §8.3.1: without regard to case, and parameters follow a semicolon.
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !content_types
        .iter()
        .any(|accepted| essence.eq_ignore_ascii_case(accepted))
    {
        return Err(JwksError::ContentType(essence.chars().take(80).collect()));
    }
    read_limited(response).await
}

async fn read_limited(mut response: Response) -> Result<Vec<u8>, JwksError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| JwksError::Unreachable)? {
        if body.len() + chunk.len() > MAX_LENGTH {
            return Err(JwksError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
