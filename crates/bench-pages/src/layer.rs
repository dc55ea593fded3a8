//! The authentication layer by itself, in this process: no connection, no HTTP, no page. What a cookie costs that is seen for
//! the first time, and one that has been seen before; and what of it is unsealing and verifying.
//!
//! Called by `auth`. The layer is set up as the program sets it up; criterion decides how often each is run.

use super::{
    rounds::blocking,
    server::{PASSWORD, WorkOs},
    sessions::Minter,
};
use authkit_leptos::server::{AuthKit, Config, MaybeUser, core::clock::Clock, token::Verifier};
use axum::{body::Body, response::Response, routing::get};
use criterion::{BatchSize, Criterion};
use http::{Request, StatusCode, header::COOKIE};
use serde_json::Value;
use std::{convert::Infallible, fs, path::PathBuf, sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::Mutex};
use tower::{Layer, Service, ServiceExt};

/// How long each is run before it counts, and how long it counts.
const WARM_UP: Duration = Duration::from_millis(100);
const MEASURED: Duration = Duration::from_millis(300);
/// Sessions that are granted before: more than can be opened or seen in that time.
const SESSIONS: usize = 20_000;
/// What the handler answers.
const SIGNED_IN: StatusCode = StatusCode::OK;
const NOBODY: StatusCode = StatusCode::NO_CONTENT;

/// What one request costs.
pub struct Cost {
    /// Unsealing its cookie and verifying the token in it, with nothing remembered.
    pub opened: Duration,
    /// With a cookie that is seen for the first time.
    pub first: Duration,
    /// With one that has been seen before.
    pub again: Duration,
    /// Without any.
    pub nobody: Duration,
}

/// Measures it with the sessions that `mint` makes.
pub async fn measure(
    workos: &WorkOs,
    minter: Arc<Minter>,
    mint: impl Fn() -> String + Send + 'static,
) -> Cost {
    let config = Config::read(|name| {
        let origin = "http://localhost:1";
        let own = [
            ("WORKOS_REDIRECT_URI", format!("{origin}/callback")),
            ("WORKOS_COOKIE_PASSWORD", PASSWORD.to_owned()),
        ];
        let variables = workos.variables().into_iter().chain(own);
        let mut found = variables.filter(|(variable, _)| *variable == name);
        found.next().map(|(_, value)| value)
    });
    let config = config.expect("variables of a server").expect("all of them");
    let verifier = Verifier::new(config.all_providers(), Clock::default());
    let verifier = verifier.expect("TLS as the system has it");
    let folder = tempfile::tempdir().expect("a folder for the database");
    let builder = AuthKit::builder(config).sqlite_file(folder.path().join("app.db"));
    let authkit = builder
        .start()
        .await
        .expect("a layer for a server like that");
    let handler = get(async |MaybeUser(user): MaybeUser| match user {
        Some(_) => SIGNED_IN,
        None => NOBODY,
    });
    let layer = authkit.layer().without_protection().layer(handler);
    blocking(move || {
        let mut small = Small::new();
        let layer = &Mutex::new(layer);
        let send = |cookie| async move { send(&mut *layer.lock().await, cookie).await };
        let open = |cookie| open(&minter, &verifier, cookie);
        let cookies: Vec<_> = (0..SESSIONS).map(|_| mint()).collect();
        let mut turns = cookies.iter().cycle();
        let mut new = cookies.clone();
        Cost {
            opened: small.measure("opened", || turns.next().expect("sessions"), open),
            first: small.measure(
                "first",
                || Some(new.pop().expect("a session that is new")),
                send,
            ),
            again: small.measure("again", || Some(cookies[0].clone()), send),
            nobody: small.measure("nobody", || None, send),
        }
    })
    .await
}

/// What takes microseconds, by criterion.
struct Small {
    criterion: Criterion,
    runtime: Handle,
    folder: PathBuf,
}

impl Small {
    /// Of this runtime. What criterion finds goes into its folder beside what cargo builds.
    fn new() -> Self {
        let built = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        let folder = PathBuf::from(built).join("criterion");
        let criterion = Criterion::default().output_directory(&folder);
        Self {
            criterion: criterion.warm_up_time(WARM_UP).measurement_time(MEASURED),
            runtime: Handle::current(),
            folder,
        }
    }

    /// What `run` takes on average, without what makes its input.
    fn measure<I, F: Future<Output = ()>>(
        &mut self,
        name: &str,
        mut input: impl FnMut() -> I,
        mut run: impl FnMut(I) -> F,
    ) -> Duration {
        self.criterion.bench_function(name, |bencher| {
            let mut bencher = bencher.to_async(&self.runtime);
            bencher.iter_batched(&mut input, &mut run, BatchSize::SmallInput);
        });
        let found = self.folder.join(name).join("new/estimates.json");
        let found = fs::read(&found).expect("what criterion found");
        let found: Value = serde_json::from_slice(&found).expect("its JSON");
        let nanoseconds = found["mean"]["point_estimate"].as_f64();
        Duration::from_secs_f64(nanoseconds.expect("a time") / 1e9)
    }
}

/// Unseals a cookie, and verifies its token.
async fn open(minter: &Minter, verifier: &Verifier, cookie: &str) {
    let session = minter.open(cookie);
    let verified = verifier.verify(&session.access_token).await;
    verified.expect("a token of the emulator");
}

/// Sends a request through the layer to the handler, and checks its status: [`SIGNED_IN`] with a cookie, [`NOBODY`] without.
async fn send<S>(layer: &mut S, cookie: Option<String>)
where
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
{
    let request = Request::get("http://localhost:1/");
    let (request, expected) = match cookie {
        Some(cookie) => (request.header(COOKIE, cookie), SIGNED_IN),
        None => (request, NOBODY),
    };
    let request = request.body(Body::empty()).expect("a request");
    let answered = match layer.ready().await {
        Ok(layer) => layer.call(request).await,
        Err(never) => match never {},
    };
    let answer = answered.unwrap_or_else(|never| match never {});
    assert_eq!(answer.status(), expected);
}
