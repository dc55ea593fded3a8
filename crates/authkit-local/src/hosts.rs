//! The host names that a development server answers to: names of this machine, and those it is told.
//!
//! A site can point its own name at this machine (DNS rebinding); its pages then count as same-origin, and
//! only the `Host` header tells them apart. Around the app in development, and always around the emulator.

use crate::this_machine::is_this_machine;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::HOST, uri::Authority};
use std::sync::Arc;
use url::{Host, Url};

/// The variable that names further hosts.
pub const VARIABLE: &str = "DEV_HOSTS";

/// Hosts beside those of this machine; none by default. Ports do not matter: rebinding is about names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Arc<[Host]>);

/// An entry of a list of hosts that is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is not a host name: write names such as app.tunnel.example, with commas between them"
)]
pub struct NotAHost(String);

impl Hosts {
    /// The hosts in a list with commas.
    ///
    /// # Errors
    /// [`NotAHost`] for the first entry that is none.
    pub fn parse(list: &str) -> Result<Self, NotAHost> {
        let entries = list.split(',').map(str::trim);
        let entries = entries.filter(|entry| !entry.is_empty());
        let hosts = entries.map(|entry| match Host::parse(entry) {
            // A name to the URL standard; here it would stand for nothing.
            Ok(host) if !entry.contains('*') => Ok(host),
            _ => Err(NotAHost(entry.to_owned())),
        });
        Ok(Self(hosts.collect::<Result<_, _>>()?))
    }

    /// These hosts and that of an origin.
    #[must_use]
    pub fn and_origin(&self, origin: &str) -> Self {
        let url = Url::parse(origin).ok();
        let host = url.as_ref().and_then(Url::host).map(|host| host.to_owned());
        Self(self.0.iter().cloned().chain(host).collect())
    }

    /// Whether a request was sent to one of these hosts or to this machine by name.
    fn answer_to(&self, host: &Host) -> bool {
        let borrowed = match host {
            Host::Domain(name) => Host::Domain(name.as_str()),
            Host::Ipv4(address) => Host::Ipv4(*address),
            Host::Ipv6(address) => Host::Ipv6(*address),
        };
        is_this_machine(Some(borrowed)) || self.0.contains(host)
    }
}

/// Answers 421 to requests that were sent to another name (RFC 9110 §15.5.20).
pub async fn known_only(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    let target = request.uri().authority().map(|it| host(it.as_str()));
    let named = request.headers().get_all(HOST).iter();
    let named = named.map(|value| value.to_str().ok().and_then(host));
    let all: Option<Vec<Host>> = named.chain(target).collect();
    let Some(all) = all.filter(|all| !all.is_empty()) else {
        return refusal(None);
    };
    match all.iter().find(|host| !hosts.answer_to(host)) {
        None => next.run(request).await,
        Some(other) => refusal(Some(other)),
    }
}

/// Whether a request was sent to this machine by one of its own names.
pub fn is_sent_to_this_machine(headers: &HeaderMap) -> bool {
    let sent_to = headers.get(HOST).and_then(|value| value.to_str().ok());
    sent_to
        .and_then(host)
        .is_some_and(|host| Hosts::default().answer_to(&host))
}

/// The host in a `Host` header or a request's target.
fn host(authority: &str) -> Option<Host> {
    let authority: Authority = authority.parse().ok()?;
    match authority.as_str().contains('@') {
        true => None,
        false => Host::parse(authority.host()).ok(),
    }
}

fn refusal(host: Option<&Host>) -> Response {
    let sentence = match host {
        Some(host) => format!(
            "This is a development server. It answers to names of this machine and to hosts it was told of, and \
             {host} is neither. If that is the name of your tunnel or container, set {VARIABLE}={host} and start \
             the server again.\n"
        ),
        None => format!(
            "This is a development server. It answers to names of this machine and to hosts in {VARIABLE}, and the \
             request names no host that can be read.\n"
        ),
    };
    (StatusCode::MISDIRECTED_REQUEST, sentence).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, middleware::from_fn_with_state, routing::get};
    use tower::ServiceExt;

    async fn status(hosts: &Hosts, target: &str, headers: &[&str]) -> StatusCode {
        let layer = from_fn_with_state(hosts.clone(), known_only);
        let router = Router::new().route("/", get(|| async {})).layer(layer);
        let mut request = Request::get(target);
        for value in headers {
            request = request.header(HOST, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn only_names_of_this_machine_and_named_hosts_are_answered() {
        let named = Hosts::parse(" Tunnel.example, 10.0.0.7,,").unwrap();
        let named = named.and_origin("https://app.example:8443");
        for host in [
            "localhost",
            "LOCALHOST:3000",
            "app.localhost:3000",
            "127.0.0.1:3000",
            "127.0.0.9",
            "[::1]:3000",
            "tunnel.example",
            "tunnel.EXAMPLE:443",
            "app.example:8443",
            "10.0.0.7:3000",
        ] {
            assert_eq!(status(&named, "/", &[host]).await, StatusCode::OK, "{host}");
        }
        for host in [
            "evil.example",
            "sub.tunnel.example",
            "localhost.evil.example",
            "localhost@evil.example",
            "evil.example@localhost",
            "10.0.0.8",
            "0.0.0.0:3000",
            "[::]:3000",
            "",
            "a b",
        ] {
            let status = status(&named, "/", &[host]).await;
            assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        }
    }

    #[tokio::test]
    async fn each_name_in_a_request_counts() {
        let none = Hosts::default();
        for (target, headers) in [
            ("/", vec![]),
            ("/", vec!["localhost", "evil.example"]),
            ("http://evil.example/", vec!["localhost"]),
            ("http://localhost/", vec!["evil.example"]),
        ] {
            let status = status(&none, target, &headers).await;
            assert_eq!(
                status,
                StatusCode::MISDIRECTED_REQUEST,
                "{target} {headers:?}"
            );
        }
        let absolute = status(&none, "http://localhost/", &["localhost"]).await;
        assert_eq!(absolute, StatusCode::OK);
    }

    #[test]
    fn an_entry_that_is_no_host_is_named() {
        for (list, entry) in [
            ("https://tunnel.example", "https://tunnel.example"),
            ("a.example,b.example:443", "b.example:443"),
            ("*", "*"),
        ] {
            let error = Hosts::parse(list).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{entry:?} is not")), "{error}");
        }
    }
}
