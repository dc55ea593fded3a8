//! Refuses requests by their first line and cookies, before any route, file or cookie is looked at.
//!
//! [`Layers`](crate::Layers) asks [`refuse`] before all routes. Refusals write no log line: clients could write as many as
//! they like.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, Uri, header::COOKIE};
use percent_encoding::percent_decode_str;

/// Longest path, in bytes.
const MAX_PATH_BYTES: usize = 1024;
/// Longest decoded segment of a path, in bytes. File systems take 255, which includes the `.gz` of a
/// compressed file.
const MAX_NAME_BYTES: usize = 240;
/// Most cookies per request. Browsers keep some 200 per site.
const MAX_COOKIES: usize = 600;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// 400: only the origin form (RFC 9112 §3.2.1) is served.
    #[error("The request target is not a path.")]
    Target,
    /// 400: file systems answer such a path with an error.
    #[error("The path has a zero byte in it.")]
    ZeroByte,
    /// 414.
    #[error("The path is too long.")]
    PathTooLong,
    /// 431.
    #[error("There are too many cookies.")]
    TooManyCookies,
}

impl HeadError {
    fn status(self) -> StatusCode {
        match self {
            Self::Target | Self::ZeroByte => StatusCode::BAD_REQUEST,
            Self::PathTooLong => StatusCode::URI_TOO_LONG,
            Self::TooManyCookies => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        }
    }
}

/// The answer to a request that is refused.
pub fn refuse(request: &Request) -> Option<Response> {
    let checked = check_target(request.uri()).and_then(|()| check_cookies(request.headers()));
    let error = checked.err()?;
    Some((error.status(), error.to_string()).into_response())
}

fn check_target(target: &Uri) -> Result<(), HeadError> {
    let path = target.path();
    // The path of `*` is `*`; a host without a path has none.
    if target.authority().is_some() || !path.starts_with('/') {
        return Err(HeadError::Target);
    }
    let is_too_long = |name: &str| percent_decode_str(name).count() > MAX_NAME_BYTES;
    if path.len() > MAX_PATH_BYTES || path.split('/').any(is_too_long) {
        return Err(HeadError::PathTooLong);
    }
    match percent_decode_str(path).any(|byte| byte == 0) {
        true => Err(HeadError::ZeroByte),
        false => Ok(()),
    }
}

fn check_cookies(headers: &HeaderMap) -> Result<(), HeadError> {
    let bytes = headers.get_all(COOKIE).iter();
    let bytes = bytes.flat_map(|value| value.as_bytes());
    match bytes.filter(|byte| **byte == b';').count() < MAX_COOKIES {
        true => Ok(()),
        false => Err(HeadError::TooManyCookies),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_path_of_ordinary_names() {
        let check = |target: &str| check_target(&target.parse().unwrap());
        for good in [
            "/",
            "//",
            "/?a=%00",
            "/live?problem=value",
            "/%ff",
            &format!("/?{}", "a".repeat(8_000)),
            &format!("/{}", "%41".repeat(MAX_NAME_BYTES)),
            &format!("/{}", "abc/".repeat(200)),
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, error) in [
            ("localhost:4310", HeadError::Target),
            ("http://localhost:4310/", HeadError::Target),
            ("*", HeadError::Target),
            ("/%00", HeadError::ZeroByte),
            ("/a/b%00c", HeadError::ZeroByte),
            (&format!("/{}", "a".repeat(241)), HeadError::PathTooLong),
            (&format!("/{}", "a/".repeat(512)), HeadError::PathTooLong),
        ] {
            assert_eq!(check(bad), Err(error), "{bad}");
        }
    }
}
