//! The authentication layer by itself, in this process: no connection, no HTTP, no page. What a cookie costs that is seen for
//! the first time, and one that has been seen before; and what of it is unsealing and verifying.
//!
//! Called by `auth`. The layer is set up as the program sets it up.

use super::{
    server::{PASSWORD, WorkOs},
    sessions::Minter,
};
use authkit_leptos::server::{AuthKit, Config, MaybeUser, core::clock::Clock, token::Verifier};
use axum::{body::Body, response::Response, routing::get};
use http::{Request, StatusCode, header::COOKIE};
use std::{
    convert::Infallible,
    iter::repeat_n,
    time::{Duration, Instant},
};
use tower::{Layer, Service, ServiceExt};

/// Requests with a cookie that has been seen before, and without one.
const AGAIN: usize = 20_000;
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

/// Measures it with these sessions, all of which are new to this process.
pub async fn measure(workos: &WorkOs, minter: &Minter, cookies: &[String]) -> Cost {
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
    let mut layer = authkit.layer().without_protection().layer(handler);
    let (warm, cookies) = cookies.split_first().expect("sessions");
    // The keys are fetched for the first one.
    open(minter, &verifier, warm).await;
    send(&mut layer, Some(warm)).await;
    let begun = Instant::now();
    for cookie in cookies {
        open(minter, &verifier, cookie).await;
    }
    let opened = begun.elapsed() / u32::try_from(cookies.len()).unwrap_or(u32::MAX);
    let new = cookies.iter().map(|cookie| Some(cookie.as_str()));
    Cost {
        opened,
        first: send_each(&mut layer, new).await,
        again: send_each(&mut layer, repeat_n(Some(warm.as_str()), AGAIN)).await,
        nobody: send_each(&mut layer, repeat_n(None, AGAIN)).await,
    }
}

/// Unseals a cookie, and verifies its token.
async fn open(minter: &Minter, verifier: &Verifier, cookie: &str) {
    let session = minter.open(cookie);
    let verified = verifier.verify(&session.access_token).await;
    verified.expect("a token of the emulator");
}

/// Sends requests with these cookies, one after the other: what one takes.
async fn send_each<'a, S>(
    layer: &mut S,
    cookies: impl ExactSizeIterator<Item = Option<&'a str>>,
) -> Duration
where
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
{
    let count = u32::try_from(cookies.len()).unwrap_or(u32::MAX);
    let begun = Instant::now();
    for cookie in cookies {
        send(layer, cookie).await;
    }
    begun.elapsed() / count
}

/// Sends a request through the layer to the handler, and checks its status: [`SIGNED_IN`] with a cookie, [`NOBODY`] without.
async fn send<S>(layer: &mut S, cookie: Option<&str>)
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
