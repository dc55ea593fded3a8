//! Ten thousand people over an hour of the emulator's clock, each coming by at random times with a few
//! requests at once: nobody is signed out, and WorkOS is asked no more often than it must be.

use super::support::{App, Browser};
use authkit_emulator::{Endpoint, Grant, Impersonator};
use authkit_leptos::{
    AuthState,
    server::{AuthLayer, Caller, workos::TokenResponse},
};
use axum::{body::Body, extract::Request, response::Response};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use serde_json::Value;
use std::{collections::BTreeMap, convert::Infallible, time::Instant};
use tokio::task::JoinSet;
use tower::{Layer, ServiceExt};

const PEOPLE: usize = 10_000;
/// Seconds.
const HOUR: usize = 60 * 60;
/// Visits of one person in that hour.
const VISITS: std::ops::RangeInclusive<usize> = 1..=6;
/// Requests of one visit that come at the same moment, with the same cookies.
const REQUESTS: std::ops::RangeInclusive<usize> = 1..=3;
/// What a token lives, and how long before its end it is renewed. Seconds.
const LIFE: u64 = 300;
const BUFFER: u64 = 30;

type Cookies = BTreeMap<String, String>;

/// Somebody with a browser.
struct Person {
    cookies: Cookies,
    /// When the token expires that a visit finds, if tokens are renewed as seldom as may be.
    expires_at: u64,
}

/// A grant of [`Control::grant`](authkit_emulator::Control::grant), as the token endpoint answers the app.
pub fn token_response(granted: &Value) -> TokenResponse {
    let answer: workos::AuthenticateResponse = serde_json::from_value(granted.clone()).unwrap();
    answer.into()
}

/// A browser in which support@example.com is signed in as `email`, because of ticket 7.
pub async fn impersonated(app: &App, email: &str) -> Browser {
    let granted = app.control.grant_as(Grant {
        email: email.to_owned(),
        impersonator: Some(Impersonator {
            email: "support@example.com".to_owned(),
            reason: Some("ticket 7".to_owned()),
        }),
        ..Grant::default()
    });
    let granted = token_response(&granted.unwrap());
    let cookies = app.authkit.session_cookies(granted).await.unwrap();
    let mut browser = app.browser();
    browser.cookies = cookies.into_iter().collect();
    browser
}

/// One request through the layer alone: whether it was signed in, and the cookies afterwards.
async fn request(layer: AuthLayer, mut cookies: Cookies) -> (bool, Cookies) {
    let pairs: Vec<_> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let request = Request::get("/").header("cookie", pairs.join("; "));
    let handler = tower::service_fn(async |request: Request| {
        let caller = request.extensions().get::<Caller>().unwrap();
        let status = match caller.state() {
            AuthState::SignedIn(_) => 200,
            AuthState::SignedOut => 401,
            AuthState::Unavailable(_) => 503,
        };
        let answer = Response::builder().status(status).body(Body::empty());
        Ok::<_, Infallible>(answer.unwrap())
    });
    let request = request.body(Body::empty()).unwrap();
    let answer = layer.layer(handler).oneshot(request).await.unwrap();
    for line in answer.headers().get_all("set-cookie") {
        let cookie = cookie::Cookie::parse(line.to_str().unwrap()).unwrap();
        let (name, value) = (cookie.name().to_owned(), cookie.value().to_owned());
        match cookie.max_age().is_some_and(|age| age.is_zero()) {
            true => cookies.remove(&name),
            false => cookies.insert(name, value),
        };
    }
    (answer.status() == 200, cookies)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_people_for_an_hour_are_never_signed_out_and_refresh_as_seldom_as_may_be() {
    let app = App::start().await;
    let mut random = SmallRng::seed_from_u64(1);
    let started = Instant::now();
    let begin = app.clock.now();
    // The clocks stand at that second of the hour, however long the test takes.
    let set_clock = |second: usize| {
        let passed = i64::try_from(started.elapsed().as_secs()).unwrap();
        app.advance(i64::try_from(second).unwrap() - passed);
    };

    let mut people = Vec::new();
    let mut visits: Vec<Vec<usize>> = vec![Vec::new(); HOUR];
    for created in app.control.add_users(PEOPLE) {
        set_clock(0);
        let granted = app.control.grant(&created.email).unwrap();
        let cookies = app
            .authkit
            .session_cookies(token_response(&granted))
            .await
            .unwrap();
        for _ in 0..random.random_range(VISITS) {
            visits[random.random_range(0..HOUR)].push(people.len());
        }
        people.push(Person {
            cookies: cookies.into_iter().collect(),
            expires_at: begin + LIFE,
        });
    }
    println!("{PEOPLE} sessions after {:?}", started.elapsed());

    let layer = app.authkit.layer();
    let (mut asked, mut fewest) = (0_u64, 0_u64);
    for (second, visitors) in visits.into_iter().enumerate() {
        set_clock(second);
        let now = begin + second as u64;
        let mut requests = JoinSet::new();
        for visitor in visitors {
            let person = &mut people[visitor];
            if person.expires_at <= now + BUFFER {
                person.expires_at = now + LIFE;
                fewest += 1;
            }
            for _ in 0..random.random_range(REQUESTS) {
                let (layer, cookies) = (layer.clone(), person.cookies.clone());
                requests.spawn(async move { (visitor, request(layer, cookies).await) });
                asked += 1;
            }
        }
        while let Some(answer) = requests.join_next().await {
            let (visitor, (is_signed_in, cookies)) = answer.unwrap();
            assert!(is_signed_in, "person {visitor} at second {second}");
            let person = &mut people[visitor];
            // A browser keeps what an answer sets; one that sets nothing changes nothing.
            for (name, value) in cookies {
                person.cookies.insert(name, value);
            }
        }
    }
    let refreshes = app.control.calls_of(Endpoint::Authenticate);
    println!(
        "{asked} requests, {refreshes} refreshes, at least {fewest} needed, {:?}",
        started.elapsed()
    );
    assert!(
        refreshes >= fewest * 99 / 100,
        "{refreshes} of {fewest}: some did without"
    );
    assert!(
        refreshes <= fewest * 101 / 100,
        "{refreshes} where {fewest} would do"
    );
}
