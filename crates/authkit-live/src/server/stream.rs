//! The stream of one page: a WebSocket (RFC 6455) on which it follows its queries.
//!
//! Begun by `handshake`. Not server-sent events: of those, and of all else over HTTP/1.1, a browser opens
//! at most six to a host, but a WebSocket for each of hundreds of tabs. So every tab has a stream of its
//! own, and none depends on another tab, which the browser may freeze. Who follows is whoever the layer has found for the
//! handshake, which renews a session like any request. A stream never outlives its session, its
//! organization, its access token, or what a guard of its queries lets pass.

use super::{
    Live,
    budget::{Budget, RoomPermit},
    places::Place,
    registered::Asked,
    room::{Latest, Room},
};
use crate::{
    close,
    message::{FromServer, Problem, ToServer},
    query::{Revision, name_and_arguments},
};
use authkit_leptos::server::{Ending, SessionWatch, UserIdentity};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use std::{
    convert::Infallible,
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};

/// The longest message of a page, in bytes.
const MAX_MESSAGE: usize = 16 * 1024;
/// What is read of a longer one, so that the page can be told. In bytes.
pub const MAX_READ: usize = 4 * MAX_MESSAGE;
/// Queries that one page may follow.
pub const MAX_QUERIES: usize = 32;
/// How often a page hears from the server at least.
const ALIVE: Duration = Duration::from_secs(20);
/// How long a page may take nothing. It catches up when it comes back.
const SLOWEST: Duration = Duration::from_secs(10);
/// How long the stream of a page lasts that nobody is signed in to.
const NOBODY: Duration = Duration::from_secs(10);
/// How long the end of a stream may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// A caller who follows queries.
pub struct Follower {
    /// Verified.
    pub identity: Box<UserIdentity>,
    /// Since the handshake.
    pub watch: SessionWatch,
    /// Free again when the stream is over.
    pub place: Place,
}

/// How a stream ends.
enum End {
    /// The page is gone, or takes nothing.
    Gone,
    /// The page is told why.
    Told(u16, &'static str),
}

/// From the first message to the last.
pub async fn serve(live: Live, caller: Option<Follower>, mut socket: WebSocket) {
    let end = {
        let ends = pin!(ends(&live, caller.as_ref()));
        let budget = match &caller {
            Some(caller) => Arc::clone(&caller.place.budget),
            None => Arc::default(),
        };
        let mut stream = Stream {
            ends,
            live: &live,
            caller: caller.as_ref(),
            budget,
            socket: &mut socket,
            followed: Vec::new(),
            is_behind: false,
        };
        match stream.talk().await {
            Err(end) => end,
            Ok(never) => match never {},
        }
    };
    let End::Told(code, reason) = end else { return };
    let farewell = async {
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::from_static(reason),
        };
        let told = socket.send(Message::Close(Some(frame))).await;
        // What is unread when a connection is closed may cost the other side what was sent.
        while told.is_ok() && matches!(socket.recv().await, Some(Ok(_))) {}
    };
    let _ = timeout(FAREWELL, farewell).await;
}

/// Resolves when the stream has to end, whatever the page does.
async fn ends(live: &Live, caller: Option<&Follower>) -> End {
    let session = async {
        match caller {
            Some(caller) => caller.watch.ended().await,
            // Has been told by then.
            None => {
                sleep(NOBODY).await;
                Ending::Over
            }
        }
    };
    tokio::select! {
        () = live.inner.closing.cancelled() => End::Told(close::RESTART, "restart"),
        ending = session => match ending {
            Ending::Over => End::Told(close::SESSION_OVER, "session_over"),
            Ending::Expiring => End::Told(close::RENEW, "renew"),
        },
    }
}

struct Stream<'a, E> {
    ends: Pin<&'a mut E>,
    live: &'a Live,
    caller: Option<&'a Follower>,
    /// Shared with the other streams of the session.
    budget: Arc<Budget>,
    socket: &'a mut WebSocket,
    followed: Vec<Followed>,
    /// What the page was last told.
    is_behind: bool,
}

impl<E: Future<Output = End>> Stream<'_, E> {
    async fn talk(&mut self) -> Result<Infallible, End> {
        let mut behind = self.live.inner.behind.subscribe();
        let mut alive = interval_at(Instant::now() + ALIVE, ALIVE);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        if let Some(caller) = self.caller {
            let digest = caller.identity.rights_digest();
            self.say(&FromServer::Rights(digest)).await?;
        }
        loop {
            let is_behind = *behind.borrow_and_update();
            self.tell_behind(is_behind).await?;
            tokio::select! {
                biased;
                end = &mut self.ends => return Err(end),
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.hear(message).await?,
                    Some(Err(_)) => return Err(End::Told(close::MALFORMED, "unreadable")),
                    None => return Err(End::Gone),
                },
                (index, latest) = changed(&mut self.followed) => {
                    // To the end of the line: one that changes all the time is not to hold up others.
                    let mut followed = self.followed.remove(index);
                    let message = followed.due(latest);
                    self.followed.push(followed);
                    if let Some(message) = message {
                        self.send(message).await?;
                    }
                }
                _ = behind.changed() => {}
                _ = alive.tick() => self.send(Utf8Bytes::from_static("alive")).await?,
            }
        }
    }

    /// Whether all that the page follows is up to date, if that has changed. After the answers.
    async fn tell_behind(&mut self, is_behind: bool) -> Result<(), End> {
        let is_behind = is_behind || self.followed.iter().any(|followed| followed.is_stale);
        if is_behind == self.is_behind {
            return Ok(());
        }
        self.is_behind = is_behind;
        self.say(&FromServer::Behind(is_behind)).await
    }

    async fn say(&mut self, message: &FromServer<()>) -> Result<(), End> {
        // A plain enum of texts and numbers is always JSON.
        let text = message.to_text().map_err(|_| End::Gone)?;
        self.send(text.into()).await
    }

    async fn send(&mut self, message: Utf8Bytes) -> Result<(), End> {
        let sending = timeout(SLOWEST, self.socket.send(Message::Text(message)));
        tokio::select! {
            // What has gone out at once was sent, also by a stream that is to end: it is told why then.
            biased;
            sent = sending => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) | Err(_) => Err(End::Gone),
            },
            // Half a message has been sent: there is no way to say why.
            _ = &mut self.ends => Err(End::Gone),
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), End> {
        if !self.budget.take_message() {
            return Err(End::Told(close::TOO_MANY, "too_many_messages"));
        }
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(End::Told(close::MALFORMED, "binary")),
            // Answered by the socket itself.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Ok(()),
        };
        match read(&text) {
            Ok(ToServer::Follow { key, seen }) => self.follow(key, seen).await,
            Ok(ToServer::Leave { key }) => {
                self.leave(&key);
                Ok(())
            }
            Err((code, reason)) => Err(End::Told(code, reason)),
        }
    }

    fn leave(&mut self, key: &str) {
        self.followed.retain(|followed| followed.key != key);
    }

    async fn follow(&mut self, key: String, seen: Revision) -> Result<(), End> {
        let is_repeated = |followed: &Followed| followed.key == key && followed.asked_with == seen;
        if self.followed.iter().any(is_repeated) {
            return Ok(());
        }
        self.leave(&key);
        match self.enter(&key, seen) {
            Ok((mut followed, latest)) => {
                let message = followed.due(latest);
                self.followed.push(followed);
                match message {
                    Some(message) => self.send(message).await,
                    None => Ok(()),
                }
            }
            Err(problem) => self.say(&FromServer::Refused { key, problem }).await,
        }
    }

    fn enter(&self, key: &str, seen: Revision) -> Result<(Followed, Latest), Problem> {
        if self.followed.len() >= MAX_QUERIES {
            return Err(Problem::TooMany);
        }
        let caller = self.caller.ok_or(Problem::SignedOut)?;
        let (asked, permit) = ask(self.live, caller, key)?;
        caller.watch.end_by(asked.allowed_until);
        let (room, latest) = self.live.inner.rooms.enter(asked);
        Ok(Followed::new(key.to_owned(), seen, permit, &room, latest))
    }
}

/// What somebody asks with this key, if they may, and what that counts for in their session's budget.
pub fn ask(live: &Live, caller: &Follower, key: &str) -> Result<(Asked, RoomPermit), Problem> {
    let (name, arguments) = name_and_arguments(key);
    let query = live.inner.queries.get(name).ok_or(Problem::Unknown)?;
    let asked = query.ask(key, arguments, &caller.identity, caller.watch.now())?;
    let permit = caller.place.budget.enter_room(&asked.id);
    Ok((asked, permit.ok_or(Problem::TooMany)?))
}

/// What a page says in this text, or how the stream ends that it came on: close code and reason.
pub(super) fn read(text: &str) -> Result<ToServer, (u16, &'static str)> {
    if text.len() > MAX_MESSAGE {
        return Err((close::TOO_LONG, "too_long"));
    }
    let malformed = (close::MALFORMED, "not_a_message");
    let message: ToServer = serde_json::from_str(text).map_err(|_| malformed)?;
    let (ToServer::Follow { key, .. } | ToServer::Leave { key }) = &message;
    // Keys are lines of the server's messages.
    match key.contains('\n') {
        true => Err(malformed),
        false => Ok(message),
    }
}

/// A query that a page follows.
struct Followed {
    key: String,
    /// How new the answer was that the page had when it asked.
    asked_with: Revision,
    /// How new the answer is that the page has.
    seen: Arc<Revision>,
    /// The look at the database from which on the room's answer counts even if it is older than that.
    look: u64,
    is_stale: bool,
    #[expect(dead_code, reason = "held, not read")]
    permit: RoomPermit,
    changed: Pin<Box<dyn Future<Output = watch::Receiver<Latest>> + Send>>,
}

impl Followed {
    /// With what there is at this moment. All that comes later is waited for.
    fn new(
        key: String,
        seen: Revision,
        permit: RoomPermit,
        room: &Room,
        mut latest: watch::Receiver<Latest>,
    ) -> (Self, Latest) {
        let now = latest.borrow_and_update().clone();
        let may_be_older = match &now.answer {
            Some(answer) => seen.is_newer_than(&answer.revision),
            None => seen != Revision::default(),
        };
        let followed = Self {
            key,
            asked_with: seen.clone(),
            seen: Arc::new(seen),
            // The page has been to another process, of whose changes this one is still to hear.
            look: if may_be_older { room.look() } else { 0 },
            is_stale: now.is_stale,
            permit,
            changed: Box::pin(next(latest)),
        };
        (followed, now)
    }

    /// The message for the page, if it has not seen that or something newer.
    fn due(&mut self, latest: Latest) -> Option<Utf8Bytes> {
        self.is_stale = latest.is_stale;
        let answer = latest.answer?;
        let is_older = self.seen.is_newer_than(&answer.revision);
        if answer.revision == self.seen || is_older && latest.look < self.look {
            return None;
        }
        self.seen = answer.revision;
        Some(answer.message)
    }
}

async fn next(mut latest: watch::Receiver<Latest>) -> watch::Receiver<Latest> {
    // The room is there for as long as this is.
    match latest.changed().await {
        Ok(()) => latest,
        Err(_) => std::future::pending().await,
    }
}

/// Waits until one of them changes.
async fn changed(followed: &mut [Followed]) -> (usize, Latest) {
    poll_fn(|context| {
        for (index, followed) in followed.iter_mut().enumerate() {
            if let Poll::Ready(mut latest) = followed.changed.as_mut().poll(context) {
                let now = latest.borrow_and_update().clone();
                followed.changed = Box::pin(next(latest));
                return Poll::Ready((index, now));
            }
        }
        Poll::Pending
    })
    .await
}
