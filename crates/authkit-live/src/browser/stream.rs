//! [`Stream`]: what the page follows, and how it keeps hearing of it.
//!
//! One for the page, over one socket after the other. Every new one goes on from the answers seen last. Where no socket
//! stays open, it takes turns over HTTP until one does.
//! Asks [`Page`] when the session may be over, and never decides about that itself.

use super::{
    socket::{Happened, Listener, Socket},
    submit,
    turn::{self, Turn},
};
use crate::{
    close,
    connection::Connection,
    forms::all_come,
    message::{FromServer, Problem, ToServer},
    query::Revision,
    retry,
};
use authkit_leptos::browser::{Page, Timer};
use leptos::{prelude::*, task::spawn_local};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use web_sys::WebSocket;

/// A connection that has been silent for so many seconds is dead: the server speaks every 20.
const SILENCE: f64 = 45.0;
/// How long a handshake may take, in seconds.
const HANDSHAKE: f64 = 15.0;
/// A connection that lasted so many seconds was not a failure.
const LASTED: f64 = 3.0;
/// How long a gap may last before it is told, in seconds.
const GAP: f64 = 1.5;
/// How soon to look again whether it is known who is signed in, in seconds.
const ASKING: f64 = 1.0;
/// How soon to look again whether somebody is signed in, in seconds.
const SIGNED_OUT: f64 = 5.0;
/// So many connections in a row have to come to nothing before turns are taken.
const HOPELESS: i32 = 3;
/// The connection broke (RFC 6455 §7.1.5).
const BROKEN: u16 = 1006;

/// What a follower does with what is heard. Says whether it could read it.
type Hear = Rc<dyn Fn(Heard<'_>) -> bool>;

/// What is heard of a query.
#[derive(Clone, Copy)]
pub enum Heard<'a> {
    /// An answer, as JSON.
    Answer(&'a Revision, &'a str),
    /// The server does not answer it.
    Refused(Problem),
}

/// The stream of the page.
pub struct Stream {
    listener: Listener,
    socket: RefCell<Option<Socket>>,
    followed: RefCell<Vec<Followed>>,
    next_follower: Cell<u32>,
    connection: (ArcReadSignal<Connection>, ArcWriteSignal<Connection>),
    /// The server itself is cut off from the news.
    behind: Cell<bool>,
    /// Connections in a row that came to nothing.
    failures: Cell<i32>,
    /// To connect again, or to look whether the connection is dead.
    timer: Timer,
    /// Whether turns are taken, and if so, how the last one went.
    turns: Cell<Option<bool>>,
    next_turn: Timer,
    /// To tell that there is a gap.
    gap: Timer,
}

/// A query and those who follow it.
struct Followed {
    key: String,
    /// The answer that all of them have.
    seen: Revision,
    /// Whether the server refuses it, or what it says can't be read.
    lost: bool,
    followers: Vec<(u32, Hear)>,
}

thread_local! {
    /// There is one page, and it has one thread.
    static STREAM: &'static Stream = Box::leak(Box::new(Stream::new()));
}

impl Stream {
    /// The stream of this page.
    #[inline(never)]
    pub fn get() -> &'static Self {
        STREAM.with(|stream| *stream)
    }

    fn new() -> Self {
        let on = |event: &str, act: fn(&Self)| {
            window_event_listener_untyped(event, move |_| act(Self::get()));
        };
        on("online", Self::connect_anew);
        on("offline", Self::connect_anew);
        // With a connection, a page can't be kept for going back to it.
        on("pagehide", |stream| {
            all_come();
            stream.disconnect();
        });
        on("pageshow", Self::wake);
        on("visibilitychange", Self::wake);
        Self {
            listener: Listener::new(|socket, happened| {
                Self::get().happened(socket, happened);
            }),
            socket: RefCell::default(),
            followed: RefCell::default(),
            next_follower: Cell::default(),
            connection: arc_signal(Connection::default()),
            behind: Cell::default(),
            failures: Cell::default(),
            timer: Timer::default(),
            turns: Cell::default(),
            next_turn: Timer::default(),
            gap: Timer::default(),
        }
    }

    /// How current the page is.
    pub fn connection(&self) -> ReadSignal<Connection> {
        self.connection.0.clone().into()
    }

    /// Follows a query, for one who has this answer already. Returns the follower's number.
    pub fn follow(&self, key: String, seen: Revision, hear: Hear) -> u32 {
        let follower = self.next_follower.get();
        self.next_follower.set(follower.wrapping_add(1));
        {
            let mut all = self.followed.borrow_mut();
            let index = all.iter().position(|followed| followed.key == key);
            let index = index.unwrap_or_else(|| {
                all.push(Followed {
                    key,
                    seen: seen.clone(),
                    lost: false,
                    followers: Vec::new(),
                });
                all.len() - 1
            });
            let followed = &mut all[index];
            if followed.seen != seen {
                // One of them has an older answer, so none of the two is what all have.
                followed.seen = Revision::default();
                self.say(&ToServer::Leave {
                    key: followed.key.clone(),
                });
            }
            followed.followers.push((follower, hear));
            self.ask(followed);
        }
        self.connect();
        follower
    }

    /// Follows it no more.
    pub fn leave(&self, follower: u32) {
        let mut all = self.followed.borrow_mut();
        for followed in &mut *all {
            followed.followers.retain(|(id, _)| *id != follower);
        }
        all.retain(|followed| {
            let stays = !followed.followers.is_empty();
            if !stays {
                self.say(&ToServer::Leave {
                    key: followed.key.clone(),
                });
            }
            stays
        });
        // There may be a place now for one that was too many.
        for followed in all.iter_mut().filter(|followed| followed.lost) {
            self.ask(followed);
        }
        let is_last = all.is_empty();
        drop(all);
        if is_last {
            self.disconnect();
        }
    }

    /// Somebody looks at the page again: no more waiting.
    fn wake(&self) {
        submit::wake();
        let silence = self.socket.borrow().as_ref().map(Socket::silence);
        if is_seen() && silence.is_none_or(|silence| silence >= SILENCE) {
            self.connect_anew();
        }
        if self.turns.get().is_some() {
            self.take_turn();
        }
    }

    fn connect_anew(&self) {
        submit::wake();
        self.socket.replace(None);
        self.connect();
    }

    /// Opens a socket, if there is none and there is reason and hope.
    fn connect(&self) {
        if self.socket.borrow().is_some() || self.followed.borrow().is_empty() {
            return;
        }
        self.timer.clear();
        let page = Page::current();
        if page.as_ref().is_some_and(|page| page.is_in_doubt()) {
            return self.after(ASKING, Self::connect);
        }
        if page.is_some_and(|page| page.is_signed_out()) {
            // Covered by now, and uncovered if somebody signs in again.
            self.after(SIGNED_OUT, Self::connect);
        } else if is_online() || is_on_this_machine() {
            match Socket::open(&self.listener) {
                Ok(socket) => {
                    self.socket.replace(Some(socket));
                    self.after(HANDSHAKE, Self::watch);
                }
                Err(_) => self.closed(BROKEN),
            }
        }
        // Else there is news when there is a network again.
        self.show();
    }

    /// Lets the connection go, and waits for a reason to connect.
    fn disconnect(&self) {
        self.timer.clear();
        self.end_turns();
        self.socket.replace(None);
        self.show();
    }

    fn happened(&self, on: &WebSocket, happened: Happened) {
        let is_current = {
            let current = self.socket.borrow();
            current.as_ref().is_some_and(|current| current.is(on))
        };
        match happened {
            Happened::Opened if is_current => self.opened(),
            // Let go before it was open.
            Happened::Opened => _ = on.close(),
            Happened::Heard(message) if is_current => self.hear(&message),
            Happened::Closed(code) if is_current => self.closed(code),
            Happened::Heard(_) | Happened::Closed(_) => {}
        }
    }

    fn opened(&self) {
        if let Some(socket) = &mut *self.socket.borrow_mut() {
            socket.set_open();
        }
        self.behind.set(false);
        for followed in &mut *self.followed.borrow_mut() {
            self.ask(followed);
        }
        self.after(SILENCE, Self::watch);
        self.show();
    }

    fn hear(&self, message: &str) {
        if let Some(socket) = &mut *self.socket.borrow_mut() {
            socket.set_heard();
        }
        self.understand(message);
        self.show();
    }

    fn understand(&self, message: &str) {
        match FromServer::read(message) {
            Some(FromServer::Answer {
                key,
                revision,
                answer,
            }) => self.pass_on(&key, revision, answer),
            Some(FromServer::Refused { key, problem }) => self.refused(&key, problem),
            Some(FromServer::Behind(behind)) => self.behind.set(behind),
            Some(FromServer::Rights(digest)) => {
                if let Some(page) = Page::current() {
                    page.met_rights(digest);
                }
            }
            Some(FromServer::Alive) | None => {}
        }
    }

    /// Tells those who follow the query, who may follow or leave others meanwhile. Whether all could read it.
    fn tell_followers(&self, key: &str, heard: Heard<'_>) -> bool {
        let followers = self.at(key, |followed| followed.followers.clone());
        let mut is_read = true;
        for (_, hear) in followers.unwrap_or_default() {
            is_read &= hear(heard);
        }
        is_read
    }

    /// Gives an answer to those who follow the query.
    fn pass_on(&self, key: &str, revision: Revision, answer: &str) {
        let is_lost = !self.tell_followers(key, Heard::Answer(&revision, answer));
        submit::wake();
        self.at(key, |followed| {
            // Another program by now, perhaps, which the page will meet when it is loaded anew.
            followed.lost = is_lost;
            if !is_lost {
                followed.seen = revision;
            }
        });
    }

    fn refused(&self, key: &str, problem: Problem) {
        self.at(key, |followed| followed.lost = true);
        self.tell_followers(key, Heard::Refused(problem));
        if let (Problem::SignedOut | Problem::Forbidden, Some(page)) = (problem, Page::current()) {
            page.ask_soon();
        }
    }

    fn closed(&self, code: u16) {
        let socket = self.socket.replace(None);
        let age = socket.and_then(|socket| socket.age());
        if age.is_some_and(|age| age >= LASTED) {
            self.failures.set(0);
        }
        let wait = retry::wait(code, self.failures.get(), js_sys::Math::random());
        self.failures.set(self.failures.get().saturating_add(1));
        match (code, Page::current()) {
            (close::SESSION_OVER, Some(page)) => page.doubt(),
            // A handshake that is refused does not say why.
            (_, Some(page)) if age.is_none() => page.ask_soon(),
            _ => {}
        }
        self.after(wait, Self::connect);
        if self.failures.get() >= HOPELESS && self.turns.get().is_none() {
            self.turns.set(Some(false));
            self.take_turn();
        }
        self.show();
    }

    /// Asks over HTTP for all that is newer, unless nobody would see it. Ends turns once a socket stays open.
    fn take_turn(&self) {
        let age = self.socket.borrow().as_ref().and_then(Socket::age);
        if age.is_some_and(|age| age >= LASTED) || self.followed.borrow().is_empty() {
            self.end_turns();
            return self.show();
        }
        let unknown =
            Page::current().is_some_and(|page| page.is_in_doubt() || page.is_signed_out());
        if unknown || !is_seen() || !is_online() {
            return self.plan_turn(true);
        }
        self.next_turn.clear();
        let questions: Vec<_> = {
            let mut all = self.followed.borrow_mut();
            let asked = all.iter_mut().map(|followed| {
                followed.lost = false;
                followed.question()
            });
            asked.collect()
        };
        spawn_local(async move {
            let turn = turn::take(questions.into_iter()).await;
            Self::get().took_turn(turn);
        });
    }

    fn took_turn(&self, turn: Turn) {
        // Nobody follows any more, or a socket does it.
        if self.turns.get().is_none() {
            return;
        }
        let is_good = matches!(turn, Turn::Heard(_));
        match (turn, Page::current()) {
            (Turn::Heard(messages), _) => {
                self.behind.set(false);
                for message in messages.split("\n\n") {
                    self.understand(message);
                }
            }
            (Turn::SessionOver, Some(page)) => page.doubt(),
            (Turn::SessionOver | Turn::Nothing, _) => {}
        }
        self.turns.set(Some(is_good));
        self.plan_turn(is_good);
        self.show();
    }

    fn plan_turn(&self, was_good: bool) {
        let wait = turn::wait(was_good, js_sys::Math::random());
        self.next_turn.set(wait, || Self::get().take_turn());
    }

    fn end_turns(&self) {
        self.turns.set(None);
        self.next_turn.clear();
    }

    /// Gives up on a connection that has been silent for too long.
    fn watch(&self) {
        let left = match &*self.socket.borrow() {
            Some(socket) if socket.age().is_some() => SILENCE - socket.silence(),
            Some(_) => 0.0,
            None => return,
        };
        if left > 0.0 {
            self.after(left, Self::watch);
        } else {
            self.closed(BROKEN);
        }
    }

    /// Asks for what is newer than the answer seen last.
    fn ask(&self, followed: &mut Followed) {
        followed.lost = false;
        self.say(&followed.question());
    }

    fn say(&self, message: &ToServer) {
        if let Some(socket) = &*self.socket.borrow() {
            socket.say(message);
        }
    }

    fn at<T>(&self, key: &str, act: impl FnOnce(&mut Followed) -> T) -> Option<T> {
        let mut all = self.followed.borrow_mut();
        all.iter_mut().find(|followed| followed.key == key).map(act)
    }

    /// Tells how current the page is: at once when all is well, and a gap only if it lasts.
    fn show(&self) {
        let is_open = self
            .socket
            .borrow()
            .as_ref()
            .is_some_and(|socket| socket.age().is_some());
        let is_lost = self.followed.borrow().iter().any(|followed| followed.lost);
        let current = match self.turns.get() {
            // Until the socket has lasted: some proxies close each at once.
            Some(true) => Some(Connection::EveryFewSeconds),
            Some(false) => None,
            None => is_open.then_some(Connection::Live),
        };
        if let (Some(current), false, false) = (current, is_lost, self.behind.get()) {
            self.gap.clear();
            return self.tell(current);
        }
        match self.connection.0.get_untracked() {
            // The first handshake has time.
            Connection::Connecting if !is_open && self.failures.get() == 0 && is_online() => {}
            Connection::Live | Connection::Connecting | Connection::EveryFewSeconds => {
                if !self.gap.is_set() {
                    self.gap.set(GAP, || Self::get().tell_gap());
                }
            }
            Connection::Reconnecting | Connection::Offline => self.tell_gap(),
        }
    }

    fn tell_gap(&self) {
        self.gap.clear();
        self.tell(match is_online() {
            true => Connection::Reconnecting,
            false => Connection::Offline,
        });
    }

    fn tell(&self, connection: Connection) {
        self.connection
            .1
            .maybe_update(|before| std::mem::replace(before, connection) != connection);
    }

    /// The one timer of the stream: a new one replaces the one before.
    fn after(&self, seconds: f64, act: fn(&Self)) {
        self.timer.set(seconds, move || act(Self::get()));
    }
}

impl Followed {
    /// What is newer than the answer seen last?
    fn question(&self) -> ToServer {
        ToServer::Follow {
            key: self.key.clone(),
            seen: self.seen.clone(),
        }
    }
}

fn is_seen() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

fn is_online() -> bool {
    window().navigator().on_line()
}

/// Whether the server needs no network to be reached: a developer's may have none.
fn is_on_this_machine() -> bool {
    let host = window().location().hostname().unwrap_or_default();
    matches!(&*host, "localhost" | "127.0.0.1" | "[::1]")
}
