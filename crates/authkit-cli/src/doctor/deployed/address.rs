//! Whether requests reach the app, under its own name, and with headers of a usual size.

use super::{
    super::check::{Check, Name},
    ask::{Deployed, Heard},
};
use authkit_leptos::paths;
use authkit_local::is_this_machine;
use http::StatusCode;
use url::Url;

/// Bytes of cookies that a user with a long profile may have.
const LONG_COOKIE: usize = 6_000;
/// As long as the app remembers a way back, in bytes.
const LONG_WAY_BACK: usize = 500;

/// Whether the app answers at all.
pub async fn reachable(app: &Deployed) -> Check {
    let name = Name::AppReachable;
    match app.get("/healthz").await {
        Ok(heard) if heard.status == StatusCode::OK && heard.body == "ok" => {
            name.good(format!("{} answers", app.origin()))
        }
        Ok(heard) if heard.status == StatusCode::MISDIRECTED_REQUEST => name.bad(
            format!("the app does not know the name that it was asked by: {}", heard.quoted()),
            "let the proxy pass Host on as the browser sent it; set LEPTOS_ENV=PROD, or name the host in DEV_HOSTS",
        ),
        Ok(heard) if heard.status.is_server_error() => name.bad(
            format!("/healthz: {}", heard.quoted()),
            "look whether the app runs, and whether the proxy sends requests to its address and port",
        ),
        Ok(heard) => name.bad(
            format!("/healthz is not the app's: {}", heard.quoted()),
            "send all paths of this host name to the app, and let nothing in front of it ask for a sign-in of its own",
        ),
        Err(error) => name.bad(
            format!("{} can't be reached: {error}", app.origin()),
            "look at the name, the port and the certificate; a certificate authority of your own goes into --ca-file",
        ),
    }
}

/// Whether the process that answers has what it needs.
pub async fn ready(app: &Deployed) -> Check {
    let name = Name::AppReady;
    match app.get("/readyz").await {
        Ok(heard) if heard.status == StatusCode::OK && heard.body == "ready" => {
            name.good("the database and AuthKit's keys are there")
        }
        Ok(heard) if heard.status == StatusCode::OK && heard.body.starts_with("ready, ") => name.warning(
            format!("/readyz: {}", heard.quoted()),
            "look at the app's log, and at what it says is away",
        ),
        Ok(heard) if heard.status == StatusCode::SERVICE_UNAVAILABLE => name.bad(
            format!("/readyz: {}", heard.quoted()),
            "look at the app's log; the proxy should send no requests to a process that is not ready",
        ),
        Ok(heard) if heard.status == StatusCode::NOT_FOUND => {
            name.skipped("the app does not say whether it is ready")
        }
        Ok(heard) => name.warning(
            format!("/readyz is not the app's: {}", heard.quoted()),
            "send all paths of this host name to the app",
        ),
        Err(error) => name.bad(format!("/readyz: {error}"), "look at the app's log"),
    }
}

/// Whether plain http leads to https.
pub async fn plain_http(app: &Deployed) -> Check {
    let name = Name::AppPlainHttp;
    let url = app.url();
    if url.scheme() == "http" {
        return match is_this_machine(url.host()) {
            true => name.good("http, on this machine"),
            false => name.warning(
                "the app is looked at over plain http, where cookies can be read on the way",
                "put a proxy with a certificate before the app, and give --url its https address",
            ),
        };
    }
    if url.port().is_some() {
        return name.skipped("https is on a port of its own, so http may be on any");
    }
    let mut plain = url.clone();
    if plain.set_scheme("http").is_err() {
        return name.skipped("has no http address");
    }
    let fix = "let port 80 redirect to the same address with https";
    let answer = app.client().get(plain.clone()).send().await;
    let heard = match answer {
        Ok(answer) => Heard::read(answer).await,
        Err(error) => Err(error.into()),
    };
    match heard {
        Ok(heard) if heard.status.is_redirection() => {
            let target = heard.header("location").and_then(|it| plain.join(it).ok());
            match target {
                Some(target) if target.scheme() == "https" => name.good(format!(
                    "leads to {}",
                    target.origin().ascii_serialization()
                )),
                _ => name.warning(format!("{plain} leads to no https address"), fix),
            }
        }
        Ok(heard) => name.warning(format!("{plain} answers {}", heard.status), fix),
        Err(error) if error.is_no_connection() => name.good("nothing answers over plain http"),
        Err(error) => name.warning(format!("{plain}: {error}"), fix),
    }
}

/// Whether a sign-in that begins here ends here.
pub async fn public_origin(app: &Deployed) -> Check {
    let name = Name::AppPublicOrigin;
    let heard = match app.visit(paths::SIGN_IN, &[]).await {
        Ok(heard) => heard,
        Err(error) => {
            return name.bad(
                format!("{}: {error}", paths::SIGN_IN),
                "look at the app's log",
            );
        }
    };
    let location = heard.header("location");
    let target = location.and_then(|it| app.url().join(it).ok());
    let Some(target) = target.filter(|_| heard.status.is_redirection()) else {
        let problem = format!(
            "{} does not lead to AuthKit: {}",
            paths::SIGN_IN,
            heard.quoted()
        );
        return match heard.status {
            StatusCode::TOO_MANY_REQUESTS => name.skipped(problem),
            _ => name.bad(
                problem,
                "look at the app's log; if this is not the app's answer, at the proxy's",
            ),
        };
    };
    let here = app.origin();
    let there = target.origin().ascii_serialization();
    if parameter(&target, paths::LED_HERE).is_some()
        || (target.path() == paths::SIGN_IN && there != here)
    {
        return match there == here {
            true => name.warning(
                format!("the app does not see {here} in Host: each sign-in costs a redirect more"),
                "let the proxy pass Host on as the browser sent it: docs/proxies.md",
            ),
            false => name.warning(
                format!("the app leads from here to {there}, which is where WORKOS_REDIRECT_URI is"),
                format!("look at that with --url {there}; if {here} is the right address, change the variable"),
            ),
        };
    }
    let redirect_uri = parameter(&target, "redirect_uri").and_then(|it| Url::parse(&it).ok());
    let Some(redirect_uri) = redirect_uri else {
        return name.bad(
            format!(
                "{} leads to {there}, and names no redirect_uri",
                paths::SIGN_IN
            ),
            "look whether the proxy has a sign-in of its own in front of the app",
        );
    };
    let ends = redirect_uri.origin().ascii_serialization();
    match ends == here {
        true => name.good(format!("a sign-in that begins here ends at {redirect_uri}")),
        false => name.bad(
            format!("a sign-in that begins at {here} ends at {redirect_uri}"),
            "set WORKOS_REDIRECT_URI to the address that people open the app at, and let the proxy pass Host on",
        ),
    }
}

/// Whether an address with a slash at its end has one page, and no redirect leads back to it.
pub async fn trailing_slash(app: &Deployed) -> Check {
    let name = Name::AppTrailingSlash;
    let fix = "let the proxy neither add nor remove a slash at the end of a path: the app does";
    let (with, without) = match (
        app.visit("/live/", &[]).await,
        app.visit("/live", &[]).await,
    ) {
        (Ok(with), Ok(without)) => (with, without),
        (Err(error), _) | (_, Err(error)) => return name.bad(format!("/live: {error}"), fix),
    };
    let target = |heard: &Heard| {
        let location = heard.header("location")?;
        Some(app.url().join(location).ok()?.path().to_owned())
    };
    if target(&without).as_deref() == Some("/live/") {
        return name.bad(
            "/live leads to /live/, which the app leads back to /live",
            fix,
        );
    }
    match target(&with).as_deref() {
        Some("/live") => name.good("/live/ leads to /live"),
        _ => name.warning(
            format!("/live/ does not lead to /live: {}", with.status),
            fix,
        ),
    }
}

/// Whether a request and an answer with long headers come through.
pub async fn long_headers(app: &Deployed) -> Check {
    let name = Name::AppLongHeaders;
    let cookie = format!("doctor={}", "x".repeat(LONG_COOKIE));
    let way_back = format!(
        "{}?return_to=/{}",
        paths::SIGN_IN,
        "x".repeat(LONG_WAY_BACK)
    );
    let asked = app.visit(&way_back, &[("cookie", &cookie)]).await;
    let request = LONG_COOKIE + LONG_WAY_BACK;
    let fix = "let the proxy take 16 kB of headers each way: docs/proxies.md";
    match asked {
        Ok(heard) if heard.status.is_redirection() => {
            let lines = heard.headers.iter();
            let answer: usize = lines
                .map(|(name, value)| name.as_str().len() + value.len() + 4)
                .sum();
            name.good(format!(
                "a request with {} kB and an answer with {} kB come through",
                request / 1000,
                answer.div_ceil(1000)
            ))
        }
        Ok(heard) if heard.status == StatusCode::TOO_MANY_REQUESTS => {
            name.skipped(format!("could not be found out: {}", heard.quoted()))
        }
        Ok(heard) => name.bad(
            format!(
                "a request with {} kB of cookies was answered with {}",
                request / 1000,
                heard.quoted()
            ),
            fix,
        ),
        Err(error) => name.bad(
            format!("a request with {} kB of cookies: {error}", request / 1000),
            fix,
        ),
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}
