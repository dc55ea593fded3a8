//! A page and its files: what caches may do with it, whether its HTML arrives as it was sent, and whether its scripts
//! can run.
//!
//! What tells of a change is the page's nonce, which each of its scripts has, and the comments that islands start from.

use super::{
    super::check::{Check, Name},
    ask::{Deployed, Heard, NoAnswer, header},
};
use http::StatusCode;

/// What the proxy has to leave alone.
const LEAVE_ALONE: &str = "let the proxy change no HTML (no minifying, no scripts of its own, no hidden e-mail addresses): docs/proxies.md";
const KEEP_HEADERS: &str =
    "let the proxy pass the app's headers on, and cache no page: docs/proxies.md";

/// What is found out about pages.
pub struct Page {
    pub hsts: Check,
    pub caching: Check,
    pub unchanged: Check,
    pub content_policy: Check,
    pub files: Check,
}

/// Looks at the home page, twice, and at its WASM.
pub async fn check(app: &Deployed) -> Page {
    match (app.visit("/", &[]).await, app.visit("/", &[]).await) {
        (Ok(page), Ok(again))
            if page.status == StatusCode::OK && again.status == StatusCode::OK =>
        {
            Page {
                hsts: hsts(app, &page),
                caching: caching(&page, &again),
                unchanged: unchanged(&page),
                content_policy: content_policy(&page),
                files: files(app, &page).await,
            }
        }
        (Ok(page), Ok(again)) => {
            let other = if page.status == StatusCode::OK {
                &again
            } else {
                &page
            };
            Page::missing(&other.quoted())
        }
        (Err(error), _) | (_, Err(error)) => Page::missing(&error.to_string()),
    }
}

impl Page {
    /// There is none: one failure, the others can't be found out.
    fn missing(why: &str) -> Self {
        let needs = "needs the home page";
        Self {
            hsts: Name::AppHsts.skipped(needs),
            caching: Name::AppCaching.skipped(needs),
            unchanged: Name::AppUnchanged.bad(
                format!("the home page does not come: {why}"),
                "look at the app's log; if this is not the app's answer, at the proxy's",
            ),
            content_policy: Name::AppContentPolicy.skipped(needs),
            files: Name::AppFiles.skipped(needs),
        }
    }
}

fn hsts(app: &Deployed, page: &Heard) -> Check {
    let name = Name::AppHsts;
    match (app.url().scheme(), page.header("strict-transport-security")) {
        ("https", Some(value)) => name.good(value),
        ("https", None) => name.warning(
            "pages come without Strict-Transport-Security",
            "write https in WORKOS_REDIRECT_URI, and let the proxy pass the app's headers on",
        ),
        _ => name.skipped("is for https"),
    }
}

/// Whether caches are told to keep and change nothing, and whether one has kept the page all the same.
fn caching(page: &Heard, again: &Heard) -> Check {
    let name = Name::AppCaching;
    let nonces = (nonce(page), nonce(again));
    if nonces.0.is_some() && nonces.0 == nonces.1 {
        return name.bad(
            "two visits got the same page: something keeps it, and may show it to another user",
            KEEP_HEADERS,
        );
    }
    let value = page.header("cache-control").unwrap_or_default();
    let says = |directive| {
        value
            .split(',')
            .any(|it| it.trim().eq_ignore_ascii_case(directive))
    };
    if !says("no-store") {
        return name.bad(
            match value {
                "" => {
                    "pages come without Cache-Control: a cache may show one user's page to another"
                        .to_owned()
                }
                value => {
                    format!("pages come with Cache-Control: {value}, which lets a cache keep them")
                }
            },
            KEEP_HEADERS,
        );
    }
    match says("no-transform") {
        true => name.good(value),
        false => name.warning(
            format!("pages come with Cache-Control: {value}, which lets a proxy rewrite them"),
            KEEP_HEADERS,
        ),
    }
}

fn unchanged(page: &Heard) -> Check {
    let name = Name::AppUnchanged;
    if let Some(encoding) = page.header("content-encoding") {
        let problem = format!("a page comes as {encoding}, and was asked for without compression");
        return name.warning(problem, "let the proxy compress only what a client accepts");
    }
    if !page.body.contains("<!>") {
        return name.bad(
            "the comments that islands start from have been removed from the HTML",
            LEAVE_ALONE,
        );
    }
    let nonce = nonce(page).map(|it| format!("nonce=\"{it}\""));
    let scripts = page.body.split("<script").skip(1);
    let foreign = nonce.map_or(0, |nonce| {
        scripts
            .filter(|rest| {
                !rest
                    .split('>')
                    .next()
                    .is_some_and(|tag| tag.contains(&nonce))
            })
            .count()
    });
    match foreign {
        0 => name.good("the HTML arrives as it was sent"),
        1 => name.bad(
            "there is a script in the HTML that is not the app's",
            LEAVE_ALONE,
        ),
        many => name.bad(
            format!("there are {many} scripts in the HTML that are not the app's"),
            LEAVE_ALONE,
        ),
    }
}

fn content_policy(page: &Heard) -> Check {
    let name = Name::AppContentPolicy;
    let policies = page
        .headers
        .get_all("content-security-policy")
        .iter()
        .count();
    match (policies, nonce(page)) {
        (0, _) => name.warning("pages come without their Content-Security-Policy", KEEP_HEADERS),
        (1, Some(_)) => name.good("the app's own, with a nonce"),
        (1, None) => name.bad(
            "pages come with another Content-Security-Policy than the app's, under which their scripts can't run",
            KEEP_HEADERS,
        ),
        (many, _) => name.warning(
            format!("pages come with {many} Content-Security-Policies, and scripts have to pass them all"),
            "leave the policy to the app",
        ),
    }
}

/// Whether the WASM that the page names is there, of its media type, and compressed.
async fn files(app: &Deployed, page: &Heard) -> Check {
    let name = Name::AppFiles;
    let Some(path) = wasm(&page.body) else {
        return name.bad("the home page names no WASM", LEAVE_ALONE);
    };
    let request = app.client().get(app.at(path));
    let answer = match request.header("accept-encoding", "gzip, br").send().await {
        Ok(answer) => answer,
        Err(error) => {
            let error = NoAnswer::from(error);
            return name.bad(
                format!("{path}: {error}"),
                "look whether the proxy passes /pkg on",
            );
        }
    };
    let value = |name| header(answer.headers(), name);
    if answer.status() != StatusCode::OK {
        return name.bad(
            format!("{path}, which the home page names, is {}", answer.status()),
            "deploy the site of the same build as the server, and pass /pkg on to the app",
        );
    }
    if value("content-type") != Some("application/wasm") {
        return name.bad(
            format!(
                "{path} comes as {}",
                value("content-type").unwrap_or("no media type")
            ),
            "let the proxy pass Content-Type on: browsers start application/wasm only",
        );
    }
    match value("content-encoding") {
        Some(encoding) => name.good(format!("the WASM comes compressed ({encoding})")),
        None => name.warning(
            "the WASM comes uncompressed, which is three times as much for each new visitor",
            "build with `script/build`, and let the proxy pass Accept-Encoding and Content-Encoding on",
        ),
    }
}

/// The path of the page's WASM.
fn wasm(html: &str) -> Option<&str> {
    let mut values = html.split('"');
    values.find(|value| value.starts_with("/pkg/") && value.ends_with(".wasm"))
}

/// The nonce of the page's own scripts.
fn nonce(page: &Heard) -> Option<&str> {
    let policy = page.header("content-security-policy")?;
    policy.split("'nonce-").nth(1)?.split('\'').next()
}
