//! `doctor --url`, as a process, against a server behind a proxy: each thing a proxy does wrong is named, and nothing
//! else is.

use super::{
    command::run,
    postgres::free_port,
    support::{ANY_PORT, App},
};
use authkit_app::{ConnectionLimits, Settings, Site};
use serde_json::Value;
use std::{fs, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The head of a request or an answer: its first line and its headers.
type Head = Vec<String>;

/// What a proxy does with what passes.
#[derive(Clone, Copy)]
struct Bend {
    /// With the head of a request. An answer is the proxy's own.
    request: fn(&mut Head) -> Option<&'static str>,
    /// With the head of an answer.
    answer: fn(&mut Head),
    /// With a page: these bytes, of which there may be several, become those, which are as many.
    html: Option<(&'static str, &'static str)>,
    /// Hangs up once a socket is open.
    ends_sockets: bool,
}

/// A proxy that changes nothing.
const FAITHFUL: Bend = Bend {
    request: |_| None,
    answer: |_| {},
    html: None,
    ends_sockets: false,
};

/// An app whose public address is a proxy's.
struct Deployment {
    app: App,
    /// Has the emulator that the app signs in at.
    _authkit: App,
    url: String,
    /// One for all proxies, one after the other: a port that is given back may be held for a moment yet, by a process that another test
    /// starts.
    listener: Arc<TcpListener>,
    _site: TempDir,
}

/// What the doctor says of it.
struct Report {
    status: i32,
    out: String,
    lines: Vec<Value>,
}

impl Deployment {
    /// An app for production, and nothing in front of it yet.
    async fn start(changes: &[(&str, &str)]) -> Self {
        let site = tempfile::tempdir().unwrap();
        fs::create_dir(site.path().join("pkg")).unwrap();
        for file in ["starter.wasm", "starter.wasm.br"] {
            fs::write(site.path().join("pkg").join(file), "not much of a program").unwrap();
        }
        let authkit = App::start().await;
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://localhost:{port}");
        let callback = format!("{url}/callback");
        let mut all = changes.to_vec();
        all.push(("WORKOS_REDIRECT_URI", &callback));
        let app = App::start_against_with(&authkit, &all, |settings| Settings {
            addr: ANY_PORT,
            production: true,
            site: Site::at(site.path().to_owned()),
            ..settings
        });
        let app = app.await;
        Self {
            app,
            _authkit: authkit,
            url,
            listener: Arc::new(listener),
            _site: site,
        }
    }

    /// Puts a proxy in front of the app.
    fn proxy(&self, bend: Bend) -> JoinHandle<()> {
        let listener = Arc::clone(&self.listener);
        let address = self.app.address();
        let app = format!(
            "{}:{}",
            address.host_str().unwrap(),
            address.port().unwrap()
        );
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, app.clone(), bend));
            }
        })
    }

    /// What is said of it through a proxy.
    async fn examine(&self, bend: Bend) -> Report {
        let proxy = self.proxy(bend);
        let report = Report::of(&["--url", &self.url]).await;
        proxy.abort();
        let _ = proxy.await;
        report
    }
}

/// One request on a connection of its own, or a socket.
async fn pass(mut client: TcpStream, app: String, bend: Bend) -> Option<()> {
    let mut request = head(&mut client).await?;
    if let Some(answer) = (bend.request)(&mut request) {
        let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        client.write_all(answer.as_bytes()).await.ok()?;
        return Some(());
    }
    if value(&request, "upgrade").is_none() {
        remove(&mut request, "connection");
        request.push("connection: close".to_owned());
    }
    let is_page = request[0].starts_with("GET / ");
    let mut app = TcpStream::connect(app).await.ok()?;
    app.write_all(text(&request).as_bytes()).await.ok()?;
    let mut answer = head(&mut app).await?;
    (bend.answer)(&mut answer);
    client.write_all(text(&answer).as_bytes()).await.ok()?;
    let is_socket = answer[0].contains(" 101 ");
    match bend.html {
        _ if is_socket && bend.ends_sockets => {}
        Some((from, to)) if is_page => {
            assert_eq!(from.len(), to.len());
            let mut page = Vec::new();
            app.read_to_end(&mut page).await.ok()?;
            let page = String::from_utf8(page).unwrap();
            assert!(page.contains(from), "no {from} in {page}");
            client
                .write_all(page.replace(from, to).as_bytes())
                .await
                .ok()?;
        }
        _ => {
            let _ = copy_bidirectional(&mut client, &mut app).await;
        }
    }
    Some(())
}

async fn head(stream: &mut TcpStream) -> Option<Head> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    Some(head.trim_end().split("\r\n").map(str::to_owned).collect())
}

fn text(head: &Head) -> String {
    head.join("\r\n") + "\r\n\r\n"
}

fn value<'a>(head: &'a Head, name: &str) -> Option<&'a str> {
    head.iter().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn remove(head: &mut Head, name: &str) {
    head.retain(|line| {
        line.split(':')
            .next()
            .is_none_or(|it| !it.eq_ignore_ascii_case(name))
    });
}

fn replace(head: &mut Head, name: &str, value: &str) {
    let before = head.len();
    remove(head, name);
    if head.len() < before {
        head.push(format!("{name}: {value}"));
    }
}

fn asks_for(head: &Head, path: &str) -> bool {
    head[0].starts_with(&format!("GET {path} "))
}

impl Report {
    async fn of(arguments: &[&str]) -> Self {
        let mut all = vec!["doctor", "--json"];
        all.extend(arguments);
        let said = run(&all, &[], "").await;
        let lines = said
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let lines: Vec<Value> = lines.collect();
        assert!(!lines.is_empty(), "{}", said.err);
        Self {
            status: said.status,
            lines,
            out: said.out,
        }
    }

    fn with(&self, outcome: &str) -> Vec<&str> {
        let lines = self.lines.iter().filter(|line| line["outcome"] == outcome);
        lines.map(|line| line["check"].as_str().unwrap()).collect()
    }

    fn found(&self, check: &str) -> &str {
        let line = self.lines.iter().find(|line| line["check"] == check);
        line.and_then(|line| line["found"].as_str())
            .unwrap_or_default()
    }
}

#[tokio::test]
async fn a_proxy_that_passes_all_on_is_good_throughout() {
    let deployment = Deployment::start(&[]).await;
    let report = deployment.examine(FAITHFUL).await;
    assert_eq!(report.with("bad"), [""; 0], "{}", report.out);
    assert_eq!(report.with("warning"), [""; 0], "{}", report.out);
    // It is for https.
    assert_eq!(report.with("skipped"), ["app_hsts"], "{}", report.out);
    assert_eq!(report.status, 0);
}

#[tokio::test]
async fn what_a_proxy_does_wrong_is_named_and_nothing_else() {
    let deployment = Deployment::start(&[]).await;
    let of = |request| Bend {
        request,
        ..FAITHFUL
    };
    let answered = |answer| Bend { answer, ..FAITHFUL };
    let rewritten = |from, to| Bend {
        html: Some((from, to)),
        ..FAITHFUL
    };
    for (called, bend, check, outcome) in [
        (
            "a proxy that knows nothing of Upgrade",
            of(|head| {
                remove(head, "upgrade");
                remove(head, "connection");
                None
            }),
            "app_socket",
            "bad",
        ),
        (
            "a proxy that ends sockets",
            Bend {
                ends_sockets: true,
                ..FAITHFUL
            },
            "app_socket",
            "bad",
        ),
        (
            "a proxy that refuses sockets",
            of(|head| asks_for(head, "/live/stream").then_some("502 Bad Gateway")),
            "app_socket",
            "bad",
        ),
        (
            "a proxy that changes Host",
            of(|head| {
                replace(head, "host", "app.internal");
                None
            }),
            "app_public_origin",
            "warning",
        ),
        (
            "a proxy with a sign-in of its own",
            of(|_| Some("302 Found\r\nlocation: https://login.example/")),
            "app_reachable",
            "bad",
        ),
        (
            "a proxy whose app is gone",
            of(|_| Some("502 Bad Gateway")),
            "app_reachable",
            "bad",
        ),
        (
            "a process that is not ready",
            of(|head| asks_for(head, "/readyz").then_some("503 Service Unavailable")),
            "app_ready",
            "bad",
        ),
        (
            "a proxy that answers for the process",
            of(|head| asks_for(head, "/readyz").then_some("401 Unauthorized")),
            "app_ready",
            "warning",
        ),
        (
            "a proxy that removes Cache-Control",
            answered(|head| remove(head, "cache-control")),
            "app_caching",
            "bad",
        ),
        (
            "a proxy that lets pages be kept",
            answered(|head| replace(head, "cache-control", "public, max-age=60")),
            "app_caching",
            "bad",
        ),
        (
            "a proxy that lets pages be rewritten",
            answered(|head| replace(head, "cache-control", "private, no-store")),
            "app_caching",
            "warning",
        ),
        (
            "a proxy that removes the policy",
            answered(|head| remove(head, "content-security-policy")),
            "app_content_policy",
            "warning",
        ),
        (
            "a proxy with a policy of its own",
            answered(|head| replace(head, "content-security-policy", "default-src 'self'")),
            "app_content_policy",
            "bad",
        ),
        (
            "a proxy that removes comments",
            rewritten("<!>", "   "),
            "app_unchanged",
            "bad",
        ),
        (
            "a proxy that starts scripts itself",
            rewritten("<script nonce=\"", "<script later=\""),
            "app_unchanged",
            "bad",
        ),
        (
            "a proxy that takes short headers only",
            of(|head| (text(head).len() > 4_000).then_some("431 Request Header Fields Too Large")),
            "app_long_headers",
            "bad",
        ),
        (
            "a proxy that adds slashes",
            of(|head| {
                asks_for(head, "/live").then_some("301 Moved Permanently\r\nlocation: /live/")
            }),
            "app_trailing_slash",
            "bad",
        ),
        (
            "a proxy that removes slashes",
            of(|head| asks_for(head, "/live/").then_some("404 Not Found")),
            "app_trailing_slash",
            "warning",
        ),
        (
            "a proxy without the files of this build",
            of(|head| asks_for(head, "/pkg/starter.wasm").then_some("404 Not Found")),
            "app_files",
            "bad",
        ),
        (
            "a proxy that loses media types",
            answered(|head| replace(head, "content-type", "application/octet-stream")),
            "app_files",
            "bad",
        ),
        (
            "a proxy that unpacks",
            of(|head| {
                remove(head, "accept-encoding");
                None
            }),
            "app_files",
            "warning",
        ),
        (
            "a clock of another day",
            answered(|head| replace(head, "date", "Mon, 01 Jan 2024 00:00:00 GMT")),
            "app_clock",
            "bad",
        ),
    ] {
        let report = deployment.examine(bend).await;
        let wrong = [report.with("bad"), report.with("warning")].concat();
        assert_eq!(wrong, [check], "{called}\n{}", report.out);
        assert_eq!(report.with(outcome), [check], "{called}\n{}", report.out);
        assert_eq!(report.status, i32::from(outcome == "bad"), "{called}");
    }
}

#[tokio::test]
async fn a_page_that_something_keeps_is_named() {
    let deployment = Deployment::start(&[]).await;
    // As a cache does: the second visitor gets the first one's page, nonce and all.
    let report = deployment
        .examine(Bend {
            answer: |head| {
                if let Some(policy) = value(head, "content-security-policy")
                    && let Some((before, rest)) = policy.split_once("'nonce-")
                    && let Some((_, after)) = rest.split_once('\'')
                {
                    let kept = format!("{before}'nonce-kept'{after}");
                    replace(head, "content-security-policy", &kept);
                }
            },
            ..FAITHFUL
        })
        .await;
    assert!(
        report.with("bad").contains(&"app_caching"),
        "{}",
        report.out
    );
}

#[tokio::test]
async fn an_app_that_is_public_elsewhere_is_told() {
    let deployment = Deployment::start(&[]).await;
    // Without the proxy, at the app's own address.
    let address = deployment.app.address().to_string();
    let report = Report::of(&["--url", &address]).await;
    assert_eq!(report.with("bad"), ["app_public_origin"], "{}", report.out);
}

#[tokio::test]
async fn nothing_is_looked_at_where_nothing_answers() {
    let url = format!("http://localhost:{}", free_port());
    let report = Report::of(&["--url", &url]).await;
    assert_eq!(report.with("bad"), ["app_reachable"], "{}", report.out);
    assert_eq!(report.with("good"), [""; 0], "{}", report.out);
    assert_eq!(report.status, 1);
}

#[tokio::test]
async fn how_long_an_idle_connection_lives_is_found_out() {
    for (idle_for, expected) in [(60, "still open"), (1, "was closed")] {
        let authkit = App::start().await;
        let app = App::start_against_with(&authkit, &[], |settings| Settings {
            connections: ConnectionLimits {
                idle_for: Duration::from_secs(idle_for),
                ..settings.connections
            },
            ..settings
        });
        let app = app.await;
        let url = app.origin.as_str();
        let report = Report::of(&["--url", url, "--slow=2"]).await;
        assert!(
            report.found("app_idle").contains(expected),
            "{}",
            report.out
        );
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_before_anything_is_asked() {
    for arguments in [
        &["doctor", "--url", "app.example.com"][..],
        &["doctor", "--url", "https://app.example.com/live"],
        &["doctor", "--slow"],
        &[
            "doctor",
            "--url",
            "http://localhost:1",
            "--ca-file",
            "no/such.pem",
        ],
    ] {
        let said = run(arguments, &[], "").await;
        assert_eq!(said.status, 2, "{arguments:?}: {}", said.out);
        assert!(said.out.is_empty() && !said.err.is_empty(), "{arguments:?}");
    }
}
