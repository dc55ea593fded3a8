//! [`Page`]: when an open page asks the server who is signed in, and what it does about the answer.
//!
//! At most once a second and one call at a time; unasked by another tab never while hidden. No timer
//! runs while all is well. Never writes to the console.

use super::{
    ask,
    reload::reload,
    stopwatch::Stopwatch,
    tabs::{self, Tabs},
    timer::Timer,
    token::Token,
};
use crate::{
    access_token::AccessToken,
    auth::{AuthState, Identity},
    change::{Change, looks_the_same},
    error::AuthError,
};
use leptos::{prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;
use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::{Rc, Weak},
};

/// Seconds between two calls.
const PACE: f64 = 1.0;
/// The first wait after a call that failed, in seconds. It doubles with each failure,
const FAILED: f64 = 1.0;
/// and so does the first one after an answer that nobody can vouch for,
const UNAVAILABLE: f64 = 3.0;
/// up to here.
const LONGEST: f64 = 30.0;
/// How long the answer to a form may take, in seconds.
const LEAVING: f64 = 10.0;

/// The page, as far as it is about who is signed in.
pub struct Page {
    this: Weak<Self>,
    /// What is on the screen was made with this.
    rendered: AuthState,
    /// What the islands know.
    known: RefCell<AuthState>,
    state: WriteSignal<AuthState>,
    ended: WriteSignal<bool>,
    /// The server's time when `opened` started, in seconds since the epoch.
    opened_at: f64,
    opened: Stopwatch,
    asking: Cell<bool>,
    /// The server has said that the session is over, and has not said since then who is signed in.
    in_doubt: Cell<bool>,
    asked: Cell<Option<Stopwatch>>,
    ask_again: Cell<bool>,
    /// Another tab named another session, and the server has not been asked about it since.
    heard: Cell<bool>,
    /// This page has contradicted another tab, and no tab has agreed with it since.
    contradicted: Cell<bool>,
    /// The signals hold the rendered state, because an island is being hydrated.
    looks_as_rendered: Cell<bool>,
    /// Since a form was sent, which leads to another page.
    leaving: Cell<Option<Stopwatch>>,
    failures: Cell<i32>,
    timer: Timer,
    tabs: OnceCell<Tabs>,
    pub(super) token: Token,
}

thread_local! {
    /// There is one page, and it has one thread.
    static CURRENT: RefCell<Option<Rc<Page>>> = const { RefCell::new(None) };
}

impl Page {
    /// Starts to look after a page that was `rendered` with a state whose token is good for so many
    /// seconds. Ends with the owner it is called under.
    pub fn open(
        rendered: AuthState,
        expires_in: u64,
        state: WriteSignal<AuthState>,
        ended: WriteSignal<bool>,
    ) {
        let page = Rc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            opened_at: expiry(&rendered) - seconds(expires_in),
            opened: Stopwatch::start(),
            known: RefCell::new(rendered.clone()),
            rendered,
            state,
            ended,
            asking: Cell::default(),
            in_doubt: Cell::default(),
            asked: Cell::default(),
            ask_again: Cell::default(),
            heard: Cell::default(),
            contradicted: Cell::default(),
            looks_as_rendered: Cell::default(),
            leaving: Cell::default(),
            failures: Cell::default(),
            timer: Timer::default(),
            tabs: OnceCell::new(),
            token: Token::default(),
        });
        page.listen();
        if let AuthState::Unavailable(_) = page.rendered {
            page.try_again(UNAVAILABLE);
        }
        CURRENT.set(Some(page));
    }

    /// The page, once it is open.
    pub fn current() -> Option<Rc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// What the page knows by now; signed out where there is none.
    pub fn known_state() -> AuthState {
        Self::current().map_or(AuthState::SignedOut, |page| page.known.borrow().clone())
    }

    /// Sets the signals, and the time, to those of the rendered page until the current island is hydrated. A lazy island may
    /// arrive after the state has changed, and stops all scripts if it renders other HTML than the server did.
    pub fn look_as_rendered() {
        let Some(page) = Self::current() else {
            return;
        };
        if !hydrates() || page.looks_as_rendered.replace(true) {
            return;
        }
        let mut ended = false;
        page.ended.maybe_update(|now| {
            ended = std::mem::take(now);
            false
        });
        page.give(page.rendered.clone(), false);
        spawn_local(async move {
            page.looks_as_rendered.set(false);
            let known = page.known.borrow().clone();
            let is_news = !looks_the_same(&page.rendered, &known);
            page.give(known, is_news);
            page.set_ended(ended);
        });
    }

    /// Client-side routing shows a protected page without asking the server for it: asks now whether the session still
    /// is. While the page is hydrated the server has just said so.
    pub fn protected_page_opened() {
        if let (false, Some(page)) = (hydrates(), Self::current()) {
            page.ask_soon();
        }
    }

    /// Whether a token is of the session and organization that the page was made for.
    pub(super) fn is_made_for(&self, token: &AccessToken) -> bool {
        self.rendered.identity().is_some_and(|identity| {
            identity.session_id == token.session_id
                && identity.organization_id == token.organization_id
        })
    }

    /// The ids of the user and the organization that the server made this page for. They never change: for another user or
    /// organization the page loads anew.
    pub fn whose(&self) -> Option<(String, Option<String>)> {
        let identity = self.rendered.identity()?;
        Some((identity.user.id.clone(), identity.organization_id.clone()))
    }

    /// The session has these rights. If the page knows of others, they have changed.
    pub fn met_rights(&self, digest: u32) {
        let known = self.known.borrow();
        if known
            .identity()
            .is_some_and(|it| it.rights_digest != digest)
        {
            drop(known);
            self.ask_soon();
        }
    }

    /// The session that the page was made for may be over: asks who is signed in now.
    pub fn doubt(&self) {
        self.in_doubt.set(true);
        self.ask_soon();
    }

    /// The server has said who is signed in, without being asked by the page.
    pub fn learn(&self, identity: Identity) {
        // Both are from before.
        self.token.forget();
        self.ask_again
            .set(self.asking.get() || self.ask_again.get());
        self.take(Ok(AuthState::SignedIn(identity)));
    }

    /// Whether it is still to be found out who is signed in.
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt.get()
    }

    /// Whether nobody is signed in, as far as the page knows.
    pub fn is_signed_out(&self) -> bool {
        matches!(*self.known.borrow(), AuthState::SignedOut)
    }

    /// The server's time, in seconds since the epoch, of a page that was made for somebody signed in.
    pub fn server_time(&self) -> f64 {
        let since_then = match self.looks_as_rendered.get() {
            true => 0.0,
            false => self.opened.seconds(),
        };
        self.opened_at + since_then
    }

    fn listen(&self) {
        let on = |event: &str, act: fn(&Self, &web_sys::Event)| {
            let page = Weak::clone(&self.this);
            let handle = window_event_listener_untyped(event, move |event| {
                if let Some(page) = page.upgrade() {
                    act(&page, &event);
                }
            });
            on_cleanup(move || handle.remove());
        };
        on("visibilitychange", |page, _| page.wake());
        on("focus", |page, _| page.wake());
        on("online", |page, _| page.ask_if_seen());
        on("submit", |page, event| {
            // A form that an island sends by itself leads nowhere.
            if !event.default_prevented() {
                page.leaving.set(Some(Stopwatch::start()));
            }
        });
        // Only a page that comes out of the back/forward cache is older than its HTML.
        on("pageshow", |page, event| {
            if came_from_cache(event) {
                page.ask_if_seen();
            }
        });
        let page = Weak::clone(&self.this);
        let tabs = Tabs::join(move |session| {
            if let Some(page) = page.upgrade() {
                page.hear(&session);
            }
        });
        tabs.tell(&self.rendered);
        let _ = self.tabs.set(tabs);
        let page = SendWrapper::new(Weak::clone(&self.this));
        on_cleanup(move || {
            if let Some(page) = page.upgrade() {
                page.close();
            }
        });
    }

    fn close(&self) {
        self.timer.clear();
        if let Some(tabs) = self.tabs.get() {
            tabs.leave();
        }
        CURRENT.with_borrow_mut(|current| {
            current.take_if(|page| std::ptr::eq(&raw const **page, self));
        });
    }

    /// Somebody looks at the page again. Comes in pairs (shown and focused), so what comes too early
    /// is dropped.
    fn wake(&self) {
        if !is_seen() || self.pause() > 0.0 {
            return;
        }
        if self.asking.get() {
            // Under way since before the machine slept, perhaps: its answer may be old.
            self.ask_again.set(true);
        } else {
            self.ask();
        }
    }

    fn ask_if_seen(&self) {
        if is_seen() {
            self.ask_soon();
        }
    }

    /// Another tab speaks of a session. Asked even while hidden, so that nobody meets an old page.
    fn hear(&self, session: &str) {
        let known = tabs::session(&self.known.borrow());
        if known.as_deref() == Some(session) {
            self.contradicted.set(false);
        } else {
            self.heard.set(true);
            self.ask_soon();
        }
    }

    /// Tells the other tabs the session that the server has confirmed. A page that was loading when the session changed has
    /// missed the first message. At most once until a tab agrees, so that two pages with different answers do not exchange
    /// messages for ever.
    fn contradict(&self) {
        if self.heard.take() && !self.contradicted.replace(true) {
            self.tell();
        }
    }

    fn tell(&self) {
        if let Some(tabs) = self.tabs.get() {
            tabs.tell(&self.known.borrow());
        }
    }

    /// Asks as soon as it may. What comes too early is put off: the answer under way may be older
    /// than the reason to ask.
    pub fn ask_soon(&self) {
        let pause = self.pause();
        if self.asking.get() {
            self.ask_again.set(true);
        } else if pause > 0.0 {
            self.after(pause, Self::ask_soon);
        } else {
            self.ask();
        }
    }

    /// Seconds until the next call may be made.
    fn pause(&self) -> f64 {
        self.asked.get().map_or(0.0, |asked| PACE - asked.seconds())
    }

    fn ask(&self) {
        let Some(page) = self.this.upgrade() else {
            return;
        };
        self.timer.clear();
        self.asking.set(true);
        self.asked.set(Some(Stopwatch::start()));
        spawn_local(async move {
            let answer = ask::session().await;
            page.asking.set(false);
            page.take(answer);
            if page.ask_again.take() {
                page.ask_soon();
            }
        });
    }

    fn take(&self, answer: Result<AuthState, AuthError>) {
        let Ok(answer) = answer else {
            return self.try_again(FAILED);
        };
        let change = Change::between(&self.rendered, &answer);
        let interrupts = matches!(
            change,
            Change::Ended | Change::SomebodyElse | Change::Rights
        );
        if let (true, Some(wait)) = (interrupts, self.still_leaving()) {
            // A reload would cancel the form, and a sign-out is no news to whoever sent it.
            return self.after(wait, Self::ask_if_seen);
        }
        match change {
            Change::Unknown => {
                if self.token_has_expired() {
                    self.show(answer);
                }
                return self.try_again(UNAVAILABLE);
            }
            Change::None => {
                self.show(answer);
                self.set_ended(false);
            }
            Change::Ended => {
                self.token.forget();
                self.show(answer);
                self.set_ended(true);
            }
            // Islands follow by themselves, and so does all of a page that is hydrated.
            Change::Rights if cfg!(not(feature = "islands")) => {
                self.token.forget();
                self.show(answer);
                self.set_ended(false);
            }
            Change::SomebodyElse | Change::Rights => {
                self.token.forget();
                if let Err(early) = reload() {
                    self.after(early, Self::ask_if_seen);
                }
            }
        }
        self.contradict();
        self.failures.set(0);
        // An answer that was under way before is older than the doubt, and a page of somebody else's
        // is about to go.
        if !matches!(change, Change::SomebodyElse | Change::Rights) && !self.ask_again.get() {
            self.in_doubt.set(false);
        }
    }

    /// For how many seconds a form that was sent may still be under way.
    fn still_leaving(&self) -> Option<f64> {
        let wait = LEAVING - self.leaving.get()?.seconds();
        (wait > 0.0).then_some(wait)
    }

    /// Gives the answer to the islands, and wakes them only if it makes a difference.
    fn show(&self, answer: AuthState) {
        let before = self.known.replace(answer.clone());
        let same = looks_the_same(&before, &answer);
        self.give(answer, !same);
        if !same {
            self.heard.set(false);
            self.tell();
        }
    }

    fn give(&self, known: AuthState, is_news: bool) {
        self.state.maybe_update(|state| {
            *state = known;
            is_news
        });
    }

    fn set_ended(&self, ended: bool) {
        self.ended
            .maybe_update(|before| std::mem::replace(before, ended) != ended);
    }

    /// A page made without a token has none to lose.
    fn token_has_expired(&self) -> bool {
        let now = self.server_time();
        match &*self.known.borrow() {
            AuthState::SignedIn(identity) => seconds(identity.expires_at) <= now,
            AuthState::SignedOut => false,
            AuthState::Unavailable(_) => true,
        }
    }

    /// After a wait that grows from `first` on, with a chance part, so that not all the pages of the
    /// world come back at once. A hidden page waits until it is looked at.
    fn try_again(&self, first: f64) {
        let failures = self.failures.get();
        self.failures.set(failures.saturating_add(1));
        let wait = (first * 2_f64.powi(failures.min(5))).min(LONGEST);
        let jitter = 0.8 + 0.4 * js_sys::Math::random();
        self.after(wait * jitter, Self::ask_if_seen);
    }

    /// The one timer of the page: a new one replaces the one before.
    fn after(&self, seconds: f64, act: fn(&Self)) {
        let page = Weak::clone(&self.this);
        let act = move || {
            if let Some(page) = page.upgrade() {
                act(&page);
            }
        };
        self.timer.set(seconds, act);
    }
}

/// Whether a component created now may hydrate HTML from the server. Lazy islands may at any time.
fn hydrates() -> bool {
    cfg!(feature = "islands")
        || Owner::current_shared_context().is_some_and(|it| it.during_hydration())
}

fn is_seen() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

fn came_from_cache(event: &web_sys::Event) -> bool {
    use leptos::wasm_bindgen::JsCast;
    event
        .unchecked_ref::<web_sys::PageTransitionEvent>()
        .persisted()
}

fn expiry(state: &AuthState) -> f64 {
    state
        .identity()
        .map_or(0.0, |identity| seconds(identity.expires_at))
}

/// Seconds, far below 2⁵³.
#[allow(clippy::cast_precision_loss)]
fn seconds(seconds: u64) -> f64 {
    seconds as f64
}
