//! A user of the app: signs in, looks, adds numbers, hangs up, naps, signs out, and so on, and knows whether
//! they ought to be signed in.

use crate::{
    browser::{Browser, HTML, JSON, Reply},
    contract::{self, Told},
    record::{Count, Said},
    setting::{PROCESSES, Setting, TOKEN_LIFE},
};
use authkit_emulator::SEEDED_PASSWORD;
use authkit_live::Done;
use futures_util::future::join_all;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use reqwest::Method;
use starter::numbers::model::Added;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{RwLock, RwLockReadGuard},
    time::{Instant, sleep, timeout},
};
use url::Url;

/// Who is in two organizations, and moves between them.
const MEMBERS: usize = 40;
const ORGANIZATIONS: [&str; 2] = ["Acme", "Globex"];
/// After the end of a session its last access token has expired, and a renewal is refused.
const LET_IN_UNTIL: Duration = Duration::from_secs(2 * TOKEN_LIFE as u64);

/// A user with a browser.
pub struct Person {
    pub setting: Arc<Setting>,
    pub email: String,
    pub browser: Browser,
    /// Held by requests under way. What ends the session waits for them, so that it is known which answer belongs to
    /// which session.
    under_way: RwLock<()>,
    state: Mutex<State>,
    random: Mutex<SmallRng>,
    is_member: bool,
}

#[derive(Default)]
struct State {
    /// When the session was ended that the browser may still have.
    ended: Option<Instant>,
    /// The session cookie that was last seen.
    session: Option<String>,
}

/// How many were signed in when all was over.
#[derive(Default)]
pub struct AtTheEnd {
    pub signed_in: usize,
    /// They or the soak had ended the session.
    pub signed_out: usize,
    /// They were told to come back later, to the last.
    pub waiting: usize,
}

/// Makes some of them members.
pub fn join_organizations(setting: &Setting, people: &[Arc<Person>]) {
    let control = &setting.host.control;
    for person in people.iter().filter(|person| person.is_member) {
        for name in ORGANIZATIONS {
            let id = control.organization_id(name).expect("it is seeded");
            let added = control.add_member(&person.email, &id, "member");
            added.expect("both are there");
        }
    }
}

/// Looks whether all are what they ought to be, until it is known or `patience` is over.
pub async fn at_the_end(people: &[Arc<Person>], patience: Duration) -> AtTheEnd {
    let looked = people.iter().map(|person| async {
        let look = async {
            loop {
                match person.look(0).await {
                    Told::Later(_) => sleep(Duration::from_secs(1)).await,
                    told => return told,
                }
            }
        };
        let is_between_two_sessions = person.browser.session().is_none();
        match timeout(patience, look).await {
            _ if is_between_two_sessions => Told::SignedOut,
            Ok(told) => {
                person.note("the last look", &told);
                told
            }
            Err(_) => Told::Later("to the last"),
        }
    });
    let mut all = AtTheEnd::default();
    for told in join_all(looked).await {
        match told {
            Told::Done => all.signed_in += 1,
            Told::SignedOut => all.signed_out += 1,
            Told::Later(_) | Told::Outside(_) => all.waiting += 1,
        }
    }
    all
}

impl Person {
    pub fn new(nth: usize, email: String, setting: Arc<Setting>) -> Arc<Self> {
        Arc::new(Self {
            browser: Browser::new(nth, Arc::clone(&setting)),
            setting,
            email,
            under_way: RwLock::default(),
            state: Mutex::default(),
            random: Mutex::new(SmallRng::seed_from_u64(nth as u64)),
            is_member: nth < MEMBERS,
        })
    }

    /// From the first sign-in to the end of the soak.
    pub async fn live(&self) {
        let stopping = self.setting.people_stop.clone();
        while !stopping.is_cancelled() {
            if !self.sign_in().await {
                sleep(Duration::from_secs(1)).await;
                continue;
            }
            while !stopping.is_cancelled() {
                let thinking = self.think();
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = sleep(thinking) => {}
                }
                if self.act().await {
                    break;
                }
            }
        }
    }

    /// A few seconds; rarely long enough for the access token to expire.
    fn think(&self) -> Duration {
        let milliseconds = match self.dice() {
            0..2 => 1_000 * (TOKEN_LIFE as u64 + 10),
            _ => 500 + 50 * self.dice(),
        };
        Duration::from_millis(milliseconds)
    }

    /// From 0 to 99.
    fn dice(&self) -> u64 {
        self.random_below(100)
    }

    fn random_below(&self, end: u64) -> u64 {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        random.random_range(0..end)
    }

    /// One of the processes.
    pub fn any_process(&self) -> usize {
        self.random_below(PROCESSES as u64) as usize
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held by a request.
    pub async fn under_way(&self) -> RwLockReadGuard<'_, ()> {
        self.under_way.read().await
    }

    /// Does something. Whether the session is over.
    async fn act(&self) -> bool {
        let at = self.any_process();
        match self.dice() {
            0..28 => self.note("session", &self.look(at).await),
            28..40 => self.open(at, "/account", &self.email).await,
            40..46 => self.open(at, "/live", "action=\"/sign-out\"").await,
            46..54 => self.list(at).await,
            54..78 => self.add(at).await,
            78..82 => self.add_and_hang_up(at).await,
            82..88 => self.look_and_hang_up(at).await,
            88..93 => self.look_often_at_once().await,
            93..96 => self.call(at, "/auth/access-token", &[]).await,
            96..98 if self.is_member => self.move_on(at).await,
            98..100 => self.sign_out(at).await,
            _ => {
                let path = "/account/organizations";
                self.open(at, path, "action=\"/sign-out\"").await
            }
        }
    }

    async fn send(
        &self,
        at: usize,
        method: Method,
        path: &str,
        accept: &str,
        form: Option<&[(&str, &str)]>,
    ) -> Reply {
        let reply = {
            let _under_way = self.under_way().await;
            self.browser.send(at, method, path, accept, form).await
        };
        self.see_renewal();
        reply
    }

    /// Counts a session cookie that has changed without a sign-in.
    pub fn see_renewal(&self) {
        let session = self.browser.session();
        let mut state = self.state();
        if session.is_some() && state.session.is_some() && session != state.session {
            self.setting.record.count(Count::Renewals);
        }
        state.session = session;
    }

    /// Notes what was told, and whether the session is over.
    pub fn note(&self, what: &str, told: &Told) -> bool {
        let record = &self.setting.record;
        let ended = self.state().ended;
        match told {
            Told::Done => {
                record.count(Count::Requests);
                if ended.is_some_and(|at| at.elapsed() > LET_IN_UNTIL) {
                    record.let_in(format!("{}: {what}", self.email));
                }
                false
            }
            Told::SignedOut => {
                if ended.is_none() {
                    record.wrong_sign_out(format!("{}: {what}", self.email));
                }
                true
            }
            Told::Later(name) => {
                record.later(name);
                false
            }
            Told::Outside(what) => {
                record.outside(what);
                false
            }
        }
    }

    /// Asks who is signed in.
    pub async fn look(&self, at: usize) -> Told {
        let reply = self.send(at, Method::GET, "/auth/session", JSON, None);
        contract::session(&reply.await, &self.email)
    }

    /// Asks who is signed in, for a page whose stream has said that the session is over.
    pub async fn look_again(&self) {
        let at = self.any_process();
        // No other sign-in comes between the answer and what is made of it.
        let _under_way = self.under_way().await;
        if self.browser.session().is_none() {
            return;
        }
        let reply = self
            .browser
            .send(at, Method::GET, "/auth/session", JSON, None);
        let told = contract::session(&reply.await, &self.email);
        self.see_renewal();
        self.note("after its stream ended", &told);
    }

    async fn look_often_at_once(&self) -> bool {
        let looks = (0..4).map(|nth| self.look(nth % PROCESSES));
        let told = join_all(looks).await;
        let is_over = told.iter().any(|told| matches!(told, Told::SignedOut));
        for told in &told {
            if !matches!(told, Told::SignedOut) {
                self.note("one of several", told);
            }
        }
        is_over && self.note("one of several", &Told::SignedOut)
    }

    async fn look_and_hang_up(&self, at: usize) -> bool {
        let patience = Duration::from_millis(self.random_below(60));
        let path = ["/auth/session", "/account", "/live"][self.random_below(3) as usize];
        let line = format!("GET {path}");
        let _under_way = self.under_way().await;
        self.setting.record.count(Count::HangUps);
        self.browser.hang_up(at, &line, "", patience).await;
        false
    }

    async fn open(&self, at: usize, path: &str, own: &str) -> bool {
        let reply = self.send(at, Method::GET, path, HTML, None).await;
        self.note(path, &contract::page(path, &reply, own))
    }

    async fn call(&self, at: usize, path: &str, form: &[(&str, &str)]) -> bool {
        let reply = self.send(at, Method::POST, path, JSON, Some(form)).await;
        self.note(path, &contract::function(path, &reply))
    }

    async fn list(&self, at: usize) -> bool {
        let path = "/api/list_numbers?count=20";
        let reply = self.send(at, Method::GET, path, JSON, None).await;
        self.note(path, &contract::function(path, &reply))
    }

    async fn add(&self, at: usize) -> bool {
        let record = &self.setting.record;
        let number = record.next_number();
        let (path, value) = ("/api/add_number", number.to_string());
        let form = [("value", value.as_str())];
        let reply = self.send(at, Method::POST, path, JSON, Some(&form)).await;
        let told = contract::function(path, &reply);
        let answer = reply.answer.as_ref();
        let added = answer.and_then(|it| serde_json::from_str::<Done<Added>>(&it.body).ok());
        match (&told, added, answer.and_then(contract::error)) {
            (Told::Done, Some(added), _) => {
                record.said(number, Said::Confirmed(added.answer.id));
            }
            (Told::Done, None, _) => record.outside("a number was added without an id"),
            (_, _, Some(refused)) if refused.code == contract::UNCONFIRMED => {}
            (_, _, Some(_)) => record.said(number, Said::Refused),
            (_, _, None) => {}
        }
        self.note(path, &told)
    }

    async fn add_and_hang_up(&self, at: usize) -> bool {
        let number = self.setting.record.next_number();
        let patience = Duration::from_millis(self.random_below(40));
        let body = format!("value={number}");
        let _under_way = self.under_way().await;
        self.setting.record.count(Count::HangUps);
        let line = "POST /api/add_number";
        self.browser.hang_up(at, line, &body, patience).await;
        false
    }

    /// Moves the session to one of the organizations.
    async fn move_on(&self, at: usize) -> bool {
        let name = ORGANIZATIONS[self.random_below(2) as usize];
        let id = self.setting.host.control.organization_id(name);
        let id = id.expect("it is seeded");
        let (path, form) = (
            "/auth/switch-organization",
            [("organization_id", id.as_str())],
        );
        let reply = self.send(at, Method::POST, path, JSON, Some(&form)).await;
        let told = contract::function(path, &reply);
        if matches!(told, Told::Done) {
            let body = reply.answer.map(|it| it.body).unwrap_or_default();
            match body.starts_with("{\"Done\"") {
                true => self.setting.record.count(Count::Moves),
                false => self.setting.record.outside(&format!("{path}: {body}")),
            }
        }
        self.note(path, &told)
    }

    /// Signs out, here and at AuthKit. Always over then.
    async fn sign_out(&self, mut at: usize) -> bool {
        let _nothing_under_way = self.under_way.write().await;
        let record = &self.setting.record;
        self.state().ended = Some(Instant::now());
        loop {
            let path = "/sign-out";
            let reply = self.browser.send(at, Method::POST, path, HTML, Some(&[]));
            let reply = reply.await;
            let emulator = self.emulator();
            let told = contract::step(path, &reply, |host, path| {
                (host == emulator && path.ends_with("/logout")) || path == "/signed-out"
            });
            match told {
                Told::Done => {}
                // Of a process that stopped: the browser tries again.
                told => {
                    self.note(path, &told);
                    at = (at + 1) % PROCESSES;
                    sleep(Duration::from_millis(300)).await;
                    continue;
                }
            }
            record.count(Count::SignOuts);
            if self.browser.session().is_some() {
                record.outside("a sign-out has left the session’s cookie");
            }
            let leads_to = reply.answer.and_then(|answer| answer.location());
            if let Some(url) = leads_to.filter(|url| url.authority() == emulator) {
                self.browser.at_emulator(&url, None).await;
            }
            // Some leave for good.
            if self.dice() < 50 {
                self.browser.forget();
            }
            return true;
        }
    }

    /// Ends the session at WorkOS, if there is one that has not ended.
    pub async fn revoke(&self) -> bool {
        let _nothing_under_way = self.under_way.write().await;
        if self.browser.session().is_none() || self.state().ended.is_some() {
            return false;
        }
        self.state().ended = Some(Instant::now());
        self.setting.record.count(Count::Revocations);
        let ended = self.setting.host.control.end_sessions_of(&self.email);
        ended.is_ok_and(|count| count > 0)
    }

    fn emulator(&self) -> String {
        self.setting.host.emulator_origin.authority().to_owned()
    }

    /// Signs in, as it is done in a browser. Whether there is a session then.
    pub async fn sign_in(&self) -> bool {
        let _nothing_under_way = self.under_way.write().await;
        let emulator = self.emulator();
        let path = "/sign-in?return_to=/account";
        let at = self.any_process();
        let begun = self.browser.send(at, Method::GET, path, HTML, None).await;
        let told = contract::step("/sign-in", &begun, |host, _| host == emulator);
        let url = begun.answer.and_then(|answer| answer.location());
        let (Told::Done, Some(url)) = (&told, url) else {
            self.note("/sign-in", &told);
            return false;
        };
        let Some(callback) = self.at_authkit(url).await else {
            self.setting.record.outside("AuthKit did not lead back");
            return false;
        };
        self.come_back(&callback).await
    }

    /// What AuthKit shows, filled in. The callback it leads to.
    async fn at_authkit(&self, mut url: Url) -> Option<Url> {
        for _ in 0..4 {
            let mut answer = self.browser.at_emulator(&url, None).await?;
            if answer.status.is_success() {
                url.set_path("/sign-in");
                let form = [
                    ("email", self.email.as_str()),
                    ("password", SEEDED_PASSWORD),
                ];
                answer = self.browser.at_emulator(&url, Some(&form)).await?;
            }
            url = answer.location()?;
            if url.path() == "/callback" {
                return Some(url);
            }
        }
        None
    }

    /// The callback. Some hang up first, and load it again.
    async fn come_back(&self, callback: &Url) -> bool {
        let at = self.any_process();
        let path = format!("/callback?{}", callback.query().unwrap_or_default());
        let life = self.setting.life(at);
        if self.dice() < 8 {
            self.setting.record.count(Count::HangUps);
            let patience = Duration::from_millis(self.random_below(60));
            let line = format!("GET {path}");
            self.browser.hang_up(at, &line, "", patience).await;
        }
        let reply = self.browser.send(at, Method::GET, &path, HTML, None).await;
        let mut told = contract::step("/callback", &reply, |_, path| path == "/account");
        if !self.setting.was_there_since(at, life) {
            told = contract::after_a_restart(told);
        }
        if let Told::Done = told {
            let mut state = self.state();
            state.ended = None;
            state.session = self.browser.session();
            self.setting.record.count(Count::SignIns);
            return true;
        }
        self.note("/callback", &told);
        let explained = reply.answer.and_then(|answer| answer.location());
        if let (Told::Later(_), Some(page)) = (&told, explained) {
            let path = format!("{}?{}", page.path(), page.query().unwrap_or_default());
            let reply = self.browser.send(at, Method::GET, &path, HTML, None).await;
            if let Err(why) = contract::explanation(&reply, &path) {
                self.setting.record.outside(&why);
            }
        }
        false
    }
}
