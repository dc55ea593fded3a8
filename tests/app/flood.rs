//! One address floods every door at which strangers cause work, while everybody else renews and signs in as if
//! nothing were. How long that takes is not looked at; what becomes of each request is.

use super::{
    attacker::{Answers, Attacker, Door, Means},
    population::token_response,
    support::{ADA, ALAN, Answer, App, Browser, GRACE, SESSION, emulator_settings, settings},
};
use authkit_app::{AddressLimits, TrustedProxies};
use authkit_emulator::Endpoint;
use futures_util::{StreamExt, stream};
use reqwest::StatusCode;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};
use tokio::{sync::mpsc, task::JoinSet};

/// Requests at each door, at least.
const EACH: u64 = 5_000;
/// Connections per door.
const CONNECTIONS: usize = 2;
/// Beside Ada and Grace.
const OTHERS: usize = 100;
/// Of them, those who come at the same time. More would wait for each other on a slow machine, not for the flood.
const AT_ONCE: usize = 6;

/// A server with the limits it has by default, behind a proxy on this machine.
async fn behind_a_proxy() -> App {
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&data, emulator_settings());
    settings.addresses = AddressLimits {
        trusted_proxies: TrustedProxies::parse("127.0.0.0/8").unwrap(),
        ..AddressLimits::default()
    };
    let app = App::build(settings, data).await;
    app.control.set_webhook(None);
    app
}

/// A browser whose access token has expired by now, without a walk through the pages.
async fn with_an_expired_token(app: &App, email: &str) -> Browser {
    let granted = app.control.grant(email).unwrap();
    let cookies = app.authkit.session_cookies(token_response(&granted));
    let mut browser = app.browser();
    browser.cookies = cookies.await.unwrap().into_iter().collect();
    browser
}

/// What an attacker has who has an account.
async fn means(app: &App) -> Means {
    let mut begins = app.browser();
    let state = begins.get("/sign-in").await.parameter("state").unwrap();
    let session = async || app.signed_in(ALAN).await.cookie_header();
    Means {
        address: "203.0.113.66",
        origin: app.authkit.origin().to_owned(),
        attempt: (begins.cookie_header(), state),
        leaving: session().await,
        moving: session().await,
    }
}

/// Knocks until there were enough requests and the others are `done`. Tells `refused` of the first 429.
async fn flood(
    mut attacker: Attacker,
    door: Door,
    now_ms: u64,
    count: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
    refused: mpsc::UnboundedSender<Door>,
) -> Answers {
    let mut answers = Answers::default();
    loop {
        let nth = count.fetch_add(1, Ordering::Relaxed);
        let is_limited = answers.of(429) > 0;
        // Without any limit there is nothing to wait for.
        if nth >= EACH && (done.load(Ordering::Relaxed) || !is_limited) {
            return answers;
        }
        answers.add(attacker.knock(door, nth, now_ms).await);
        if !is_limited && answers.of(429) > 0 {
            refused.send(door).unwrap();
        }
    }
}

/// Somebody with an address of their own.
struct Person {
    email: String,
    address: String,
    browser: Browser,
}

impl Person {
    async fn get(&mut self, url: &str) -> Answer {
        let headers = [("x-forwarded-for", self.address.as_str())];
        let answer = self.browser.get_with(url, &headers).await;
        let status = answer.status;
        assert!(!status.is_server_error(), "{}: {status} {url}", self.email);
        assert_ne!(status, StatusCode::TOO_MANY_REQUESTS, "{}", self.email);
        answer
    }

    /// That the account page is this person's.
    async fn is_at_home(&mut self) {
        let page = self.get("/account").await;
        assert_eq!(page.status, StatusCode::OK, "{} is signed out", self.email);
        assert!(page.body.contains(&self.email));
    }

    /// Comes back to a session whose token has expired, and then signs in with another browser.
    async fn comes_by(mut self, app: &App) {
        let before = self.browser.cookies.clone();
        self.is_at_home().await;
        assert_ne!(self.browser.cookies, before, "{} has renewed", self.email);

        self.browser = app.browser();
        let begun = self.get("/sign-in?return_to=/account").await;
        let page = self.browser.follow(begun).await;
        let callback = self.browser.enter_password(&page, &self.email).await;
        let back = self.get(callback.as_str()).await;
        assert_eq!(back.location().path(), "/account", "{}", self.email);
        assert!(
            self.browser
                .cookies
                .keys()
                .any(|it| it.starts_with(SESSION))
        );
        self.is_at_home().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_one_address_floods_every_door_all_others_renew_and_sign_in() {
    let app = behind_a_proxy().await;
    let added = app.control.add_users(OTHERS);
    let added = added.into_iter().map(|user| user.email);
    let emails = [ADA, GRACE].map(str::to_owned).into_iter().chain(added);
    app.advance(-400);
    let mut people = Vec::new();
    for (nth, email) in emails.enumerate() {
        people.push(Person {
            browser: with_an_expired_token(&app, &email).await,
            address: format!("198.51.100.{nth}"),
            email,
        });
    }
    app.advance(0);
    let means = Arc::new(means(&app).await);
    let calls_before = app.control.calls_of(Endpoint::Authenticate);

    let started = Instant::now();
    let server = app.address().socket_addrs(|| None).unwrap()[0];
    let done = Arc::new(AtomicBool::new(false));
    let (refused, mut refusals) = mpsc::unbounded_channel();
    let answers = Arc::new(Mutex::new(BTreeMap::<Door, Answers>::new()));
    let mut attack = JoinSet::new();
    for door in Door::ALL {
        let count = Arc::new(AtomicU64::new(0));
        for _ in 0..CONNECTIONS {
            let attacker = Attacker::new(server, Arc::clone(&means));
            let now_ms = app.clock.now() * 1_000;
            let (count, done) = (Arc::clone(&count), Arc::clone(&done));
            let flooding = flood(attacker, door, now_ms, count, done, refused.clone());
            let answers = Arc::clone(&answers);
            attack.spawn(async move {
                let all = flooding.await;
                answers.lock().unwrap().entry(door).or_default().merge(&all);
            });
        }
    }
    drop(refused);
    // Others come once every door is flooded.
    let mut flooded: Vec<Door> = Vec::new();
    while flooded.len() < Door::ALL.len() {
        let door = refusals.recv().await;
        let door = door.unwrap_or_else(|| panic!("only {flooded:?} are limited"));
        if !flooded.contains(&door) {
            flooded.push(door);
        }
    }
    let coming = stream::iter(people);
    coming
        .for_each_concurrent(AT_ONCE, |person| person.comes_by(&app))
        .await;
    done.store(true, Ordering::Relaxed);
    attack.join_all().await;

    let limits = AddressLimits::default();
    let seconds = started.elapsed().as_secs() + 1;
    let allowed = u64::from(limits.burst.get()) + u64::from(limits.per_second.get()) * seconds;
    let answers = answers.lock().unwrap();
    let let_in = |doors: &dyn Fn(Door) -> bool| -> u64 {
        let through = answers.iter().filter(|(door, _)| doors(**door));
        through.map(|(_, it)| it.all() - it.of(429)).sum()
    };
    println!("{seconds} s: {answers:?}");
    for (door, answers) in answers.iter() {
        assert!(answers.all() >= EACH, "{door:?}: {answers:?}");
        assert_eq!(answers.without_retry_after, 0, "{door:?}: {answers:?}");
        assert_eq!(answers.broken, 0, "{door:?}: {answers:?}");
        for status in answers.by_status.keys() {
            let is_known = matches!(status, 101 | 302 | 303 | 400 | 401 | 403 | 429 | 503);
            assert!(is_known, "{door:?}: {status}");
        }
    }
    for door in [Door::Webhook, Door::Stream] {
        let through = let_in(&|it| it == door);
        assert!(through <= allowed, "{door:?}: {through} of {allowed}");
    }
    let through = let_in(&|door| door.is_of_the_sign_in());
    assert!(through <= allowed, "{through} of {allowed} sign-ins");
    // The others have asked twice each: for a renewal and for a sign-in.
    let of_others = 2 * (OTHERS as u64 + 2);
    let calls = app.control.calls_of(Endpoint::Authenticate) - calls_before;
    let asking = let_in(&|door| matches!(door, Door::Callback | Door::SwitchOrganization));
    assert!(
        (of_others..=of_others + asking).contains(&calls),
        "{calls} calls for {of_others} of others and {asking} that were let in"
    );
    // One session was signed out, however often.
    assert!(app.control.calls_of(Endpoint::Revoke) <= 1);
}
