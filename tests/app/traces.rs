//! Traces, as a collector of OpenTelemetry gets them: a process of the program, with variables of OpenTelemetry.

use super::{
    process::Process,
    support::{ADA, App, Browser},
};
use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message;
use reqwest::Method;
use std::{
    fs::{self, File},
    process::Stdio,
    sync::{Arc, Mutex},
};
use test_support::postgres::free_port;

/// Of the W3C's specification: the trace, and the span in it that sends the request.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// A collector of OpenTelemetry, at any port, as far as it concerns traces.
#[derive(Clone, Default)]
struct Collector {
    received: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
}

impl Collector {
    /// Starts one, and gives its address.
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let receive = async |State(it): State<Self>, body: Bytes| {
            let received = ExportTraceServiceRequest::decode(body).unwrap();
            it.received.lock().unwrap().push(received);
        };
        let router = Router::new()
            .route("/v1/traces", post(receive))
            .with_state(collector.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, format!("http://{addr}"))
    }

    fn spans(&self) -> Vec<Span> {
        let received = self.received.lock().unwrap();
        let resources = received.iter().flat_map(|it| &it.resource_spans);
        let scopes = resources.flat_map(|it| &it.scope_spans);
        scopes.flat_map(|it| it.spans.clone()).collect()
    }

    /// What the program is called.
    fn service(&self) -> String {
        let received = self.received.lock().unwrap();
        let resource = received[0].resource_spans[0].resource.clone().unwrap();
        let name = resource
            .attributes
            .iter()
            .find(|it| it.key == "service.name");
        name.map(|it| text(it.value.as_ref())).unwrap_or_default()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|it| it.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

/// Empty if the span has none.
fn attribute(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|it| it.key == key);
    found.map(|it| text(it.value.as_ref())).unwrap_or_default()
}

/// The spans below `parent`, at any depth.
fn below<'a>(parent: &Span, spans: &'a [Span]) -> Vec<&'a Span> {
    let children = spans
        .iter()
        .filter(|it| it.parent_span_id == parent.span_id);
    let with_theirs = children.flat_map(|it| [vec![it], below(it, spans)].concat());
    with_theirs.collect()
}

fn names(spans: &[&Span]) -> Vec<String> {
    spans.iter().map(|it| it.name.clone()).collect()
}

/// Asks as somebody whose own trace has come here.
async fn get_within_a_trace(browser: &mut Browser, path: &str) {
    let parent = format!("00-{TRACE}-{PARENT}-01");
    let answer = browser.get_with(path, &[("traceparent", &parent)]).await;
    assert_eq!(answer.status.as_u16(), 200);
}

#[tokio::test]
async fn a_trace_goes_on_from_a_trusted_proxy_to_workos_and_the_database_and_has_no_secret() {
    let (collector, endpoint) = Collector::start().await;
    let door = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("TRUSTED_PROXIES", "127.0.0.0/8"),
        ("DATA_DIR", folder.path().to_str().unwrap()),
    ];
    let log = File::create(folder.path().join("log")).unwrap();
    let process = Process::start_alone(crate::PROGRAM, &door, &variables, log.into()).await;
    let mut ada = process.browser(&door.browser());
    ada.sign_in("/sign-in?state=not-for-a-collector", ADA).await;
    get_within_a_trace(&mut ada, "/live?secret=17").await;
    let form = [("value", "7")];
    let json = [("accept", "application/json")];
    ada.send(Method::POST, "/api/add_number", &json, Some(&form))
        .await;
    // What waits is sent at the end.
    assert!(process.stop().await);

    let spans = collector.spans();
    assert_eq!(collector.service(), "starter");
    let of_route = |name: &str| spans.iter().find(|it| it.name == name);
    let page = of_route("GET /live").expect("the page");
    assert_eq!(hex(&page.trace_id), TRACE);
    assert_eq!(hex(&page.parent_span_id), PARENT);
    assert_eq!(attribute(page, "http.response.status_code"), "200");
    assert_eq!(attribute(page, "url.path"), "/live");
    assert!(!attribute(page, "request_id").is_empty());
    let inside = names(&below(page, &spans));
    for name in ["authenticate", "answer", "database read", "query"] {
        assert!(
            inside.iter().any(|it| it == name),
            "no {name} in {inside:?}"
        );
    }
    let query = spans.iter().find(|it| it.name == "query").unwrap();
    let statements: Vec<_> = query.events.iter().collect();
    assert!(
        !statements.is_empty(),
        "the statement is an event: {query:?}"
    );

    let callback = spans
        .iter()
        .find(|it| attribute(it, "url.path") == "/callback");
    let callback = callback.expect("the callback");
    let inside = below(callback, &spans);
    let call = inside.iter().find(|it| it.name == "workos");
    assert_eq!(
        attribute(call.expect("the token request"), "class"),
        "exchange"
    );

    let added = of_route("POST /api/add_number").expect("the mutation");
    let inside = names(&below(added, &spans));
    for name in ["mutation", "database write"] {
        assert!(
            inside.iter().any(|it| it == name),
            "no {name} in {inside:?}"
        );
    }
    let said = format!("{spans:?}");
    for secret in [
        "secret=17",
        "not-for-a-collector",
        "code=",
        "sk_",
        "wos-session",
        ADA,
    ] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[tokio::test]
async fn what_a_stranger_says_of_a_trace_is_not_read() {
    let (collector, endpoint) = Collector::start().await;
    let door = App::start().await;
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_SERVICE_NAME", "shop"),
    ];
    let process = Process::start_alone(crate::PROGRAM, &door, &variables, Stdio::inherit()).await;
    let mut browser = process.browser(&door.browser());
    get_within_a_trace(&mut browser, "/").await;
    assert!(process.stop().await);
    assert_eq!(collector.service(), "shop");
    let spans = collector.spans();
    let page = spans.iter().find(|it| it.name == "GET /").unwrap();
    assert_ne!(hex(&page.trace_id), TRACE);
    assert_eq!(page.parent_span_id, Vec::<u8>::new());
}

#[tokio::test]
async fn a_collector_that_is_away_costs_nobody_a_page_nor_the_process_its_end() {
    let door = App::start().await;
    let folder = tempfile::tempdir().unwrap();
    let away = format!("http://127.0.0.1:{}", free_port());
    let log = folder.path().join("log");
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", away.as_str())];
    let file = File::create(&log).unwrap();
    let process = Process::start_alone(crate::PROGRAM, &door, &variables, file.into()).await;
    let mut browser = process.browser(&door.browser());
    assert_eq!(browser.get("/").await.status.as_u16(), 200);
    assert!(process.stop().await, "it ends well");
    let said = fs::read_to_string(&log).unwrap();
    assert!(said.contains("ExportError"), "the log says so: {said}");
}
