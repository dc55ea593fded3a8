//! Limits the requests of a client address to the paths at which strangers cause work: a sign-in, webhooks, the handshake
//! of a stream. The app says which those are.
//!
//! [`Layers`](crate::Layers) asks the [`AddressLimiter`] before all routes. A request too many gets 429 with `Retry-After` and a page,
//! before any cookie is looked at and without a log line of its own.

use crate::{
    client_address::{TrustedProxies, network},
    log_pace::LogPace,
    settings::{SettingError, variable},
};
use authkit_local::rate_limit::RateLimits;
use axum::{
    extract::Request,
    response::{Html, IntoResponse, Response},
};
use governor::Quota;
use http::{
    HeaderMap, HeaderName, Method, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, RETRY_AFTER},
};
use maud::{DOCTYPE, html};
use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    time::Duration,
};

/// Addresses remembered per limit, at most: some 20 MB.
const CAPACITY: u64 = 100_000;

/// Limits of the requests per client address. An IPv6 client counts as its /64 network.
#[derive(Clone, Debug)]
pub struct AddressLimits {
    /// Proxies whose headers name the client.
    pub trusted_proxies: TrustedProxies,
    /// Requests at once: 300, for the people behind one address.
    pub burst: NonZeroU32,
    /// Further requests per second: 30.
    pub per_second: NonZeroU32,
}

impl Default for AddressLimits {
    fn default() -> Self {
        Self {
            trusted_proxies: TrustedProxies::default(),
            burst: const { NonZeroU32::new(300).unwrap() },
            per_second: const { NonZeroU32::new(30).unwrap() },
        }
    }
}

impl AddressLimits {
    /// The defaults with what `TRUSTED_PROXIES` says.
    ///
    /// # Errors
    /// [`SettingError::Proxies`].
    pub fn read(variables: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let list = variable::value(variables, "TRUSTED_PROXIES")?.unwrap_or_default();
        Ok(Self {
            trusted_proxies: TrustedProxies::parse(&list)?,
            ..Self::default()
        })
    }
}

/// Which requests are counted, by method and path, and how many of them each address has left. Without
/// [`count`](Self::count) none is.
///
/// ```
/// use authkit_serve::{AddressLimiter, AddressLimits};
///
/// // Two doors with a limit each.
/// let limiter = AddressLimiter::new(AddressLimits::default())
///     .count(|_, path| matches!(path, "/sign-in" | "/callback"))
///     .count(|method, path| path == "/stream" && method == "GET");
/// # let _ = limiter;
/// ```
pub struct AddressLimiter {
    trusted_proxies: TrustedProxies,
    quota: Quota,
    doors: Vec<Door>,
    log_pace: LogPace,
}

/// Whether a request, by method and path, is counted at a door.
type IsHere = dyn Fn(&Method, &str) -> bool + Send + Sync;

/// Requests that are counted together.
struct Door {
    is_here: Box<IsHere>,
    limits: RateLimits<IpAddr>,
}

impl AddressLimiter {
    /// A limiter that has counted nothing yet.
    #[must_use]
    pub fn new(limits: AddressLimits) -> Self {
        Self {
            trusted_proxies: limits.trusted_proxies,
            quota: Quota::per_second(limits.per_second).allow_burst(limits.burst),
            doors: Vec::new(),
            log_pace: LogPace::default(),
        }
    }

    /// Counts these requests together, apart from all others.
    #[must_use]
    pub fn count(
        mut self,
        is_here: impl Fn(&Method, &str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.doors.push(Door {
            is_here: Box::new(is_here),
            limits: RateLimits::new(self.quota, CAPACITY),
        });
        self
    }

    /// The proxies whose headers are believed.
    #[cfg(feature = "opentelemetry")]
    pub(crate) fn trusted_proxies(&self) -> &TrustedProxies {
        &self.trusted_proxies
    }

    /// The answer to a request too many.
    pub(crate) fn refuse(&self, request: &Request) -> Option<Response> {
        let wait = self.check(request).err()?;
        Some(refuse(request.headers(), wait))
    }

    /// # Errors
    /// The time after which the next request is allowed.
    fn check(&self, request: &Request) -> Result<(), Duration> {
        let (method, path) = (request.method(), request.uri().path());
        let Some(Door { limits, .. }) = self.doors.iter().find(|it| (it.is_here)(method, path))
        else {
            return Ok(());
        };
        let client = self
            .trusted_proxies
            .client_of(request.headers(), request.extensions())
            .unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        limits
            .check(network(client))
            .inspect_err(|_| self.log(client))
    }

    fn log(&self, client: IpAddr) {
        if self.log_pace.allows() {
            tracing::warn!(
                reason = "too_many_requests",
                %client,
                "requests of an address are refused; if it is a proxy's, set TRUSTED_PROXIES"
            );
        }
    }
}

fn refuse(headers: &HeaderMap, wait: Duration) -> Response {
    // Rounded up, so that the client does not come back too early.
    let seconds = wait.as_secs() + 1;
    let told = format!(
        "More requests came from your network than this server takes at once. Try again in {} {}.",
        seconds,
        if seconds == 1 { "second" } else { "seconds" }
    );
    let status = StatusCode::TOO_MANY_REQUESTS;
    let answer = [
        (RETRY_AFTER, seconds.to_string()),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    if !is_page(headers) {
        return (status, answer, told + "\n").into_response();
    }
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Too many requests" }
            }
            body {
                main {
                    h1 { "Too many requests" }
                    p { (told) }
                    p { a href="/" { "To the home page" } }
                }
            }
        }
    };
    (status, answer, Html(page.into_string())).into_response()
}

/// Whether the answer will be looked at.
fn is_page(headers: &HeaderMap) -> bool {
    let says = |name: HeaderName, text: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.contains(text))
    };
    says(ACCEPT, "text/html") || says(HeaderName::from_static("sec-fetch-mode"), "navigate")
}
