//! A stranger with one address who knocks at every door that costs something: the `flood` test and script/soak let
//! it. Writes HTTP/1.1 by hand, so that an attack costs the machine little beside what it attacks.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// The doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// Each sign-in makes a new attempt.
    SignIn,
    /// Each has a code of its own, with a good `state`: WorkOS has to be asked.
    Callback,
    /// Always of the same session.
    SignOut,
    /// Each to an organization of its own.
    SwitchOrganization,
    /// With a signature of this moment that does not fit.
    Webhook,
    /// The handshake of the stream of live queries.
    Stream,
}

impl Door {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SignIn,
        Self::Callback,
        Self::SignOut,
        Self::SwitchOrganization,
        Self::Webhook,
        Self::Stream,
    ];

    /// How the server counts: these doors share one limit.
    pub fn is_of_the_sign_in(self) -> bool {
        !matches!(self, Self::Webhook | Self::Stream)
    }
}

/// What an attacker may well have: the cookies of sessions of their own.
pub struct Means {
    /// Where all requests come from, as a trusted proxy says it.
    pub address: &'static str,
    /// Of the app, as in `Origin`: `http://localhost:3000`.
    pub origin: String,
    /// `Cookie` with an attempt, and the `state` that names it.
    pub attempt: (String, String),
    /// `Cookie` with the session that is signed out.
    pub leaving: String,
    /// `Cookie` with the session that is moved, and that opens streams.
    pub moving: String,
}

impl Means {
    /// The `nth` request at this door, at this time in milliseconds since the epoch.
    fn request(&self, door: Door, nth: u64, now_ms: u64) -> String {
        let Self {
            address, origin, ..
        } = self;
        let (_, host) = origin.split_once("://").unwrap();
        let (attempt, state) = &self.attempt;
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        let (line, headers, body) = match door {
            Door::SignIn => (
                format!("GET /sign-in?return_to=/account?nth={nth}"),
                "sec-fetch-site: same-origin\r\n".to_owned(),
                String::new(),
            ),
            Door::Callback => (
                format!("GET /callback?code=nonsense_{nth}&state={state}"),
                format!("cookie: {attempt}\r\n"),
                String::new(),
            ),
            Door::SignOut => (
                "POST /sign-out".to_owned(),
                format!("cookie: {}\r\norigin: {origin}\r\n{form}", self.leaving),
                String::new(),
            ),
            Door::SwitchOrganization => (
                "POST /auth/switch-organization".to_owned(),
                format!("cookie: {}\r\norigin: {origin}\r\n{form}", self.moving),
                format!("organization_id=org_nonsense_{nth}"),
            ),
            Door::Webhook => (
                "POST /webhooks/workos".to_owned(),
                format!(
                    "workos-signature: t={now_ms}, v1={}\r\ncontent-type: application/json\r\n",
                    "0".repeat(64)
                ),
                r#"{"event":"user.deleted","data":{"id":"user_1"}}"#.repeat(20),
            ),
            Door::Stream => (
                "GET /live/stream".to_owned(),
                format!(
                    "cookie: {}\r\norigin: {origin}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                     sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                    self.moving
                ),
                String::new(),
            ),
        };
        format!(
            "{line} HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\nx-forwarded-for: {address}\r\n\
             content-length: {}\r\n{headers}\r\n{body}",
            body.len()
        )
    }
}

/// What was answered, by status.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    pub by_status: BTreeMap<u16, u64>,
    /// Answers of 429 or 503 without `Retry-After`.
    pub without_retry_after: u64,
    /// Connections that ended without an answer.
    pub broken: u64,
}

impl Answers {
    pub fn add(&mut self, answer: io::Result<Answered>) {
        match answer {
            Ok(Answered {
                status,
                retry_after,
            }) => {
                *self.by_status.entry(status).or_default() += 1;
                let must_say_when = matches!(status, 429 | 503);
                self.without_retry_after += u64::from(must_say_when && !retry_after);
            }
            Err(_) => self.broken += 1,
        }
    }

    pub fn of(&self, status: u16) -> u64 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }

    pub fn all(&self) -> u64 {
        self.by_status.values().sum()
    }

    pub fn merge(&mut self, other: &Self) {
        for (status, count) in &other.by_status {
            *self.by_status.entry(*status).or_default() += count;
        }
        self.without_retry_after += other.without_retry_after;
        self.broken += other.broken;
    }
}

/// One answer.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    pub status: u16,
    pub retry_after: bool,
}

/// One connection of the attacker, kept open from request to request.
pub struct Attacker {
    server: SocketAddr,
    means: Arc<Means>,
    connection: Option<BufReader<TcpStream>>,
}

impl Attacker {
    pub fn new(server: SocketAddr, means: Arc<Means>) -> Self {
        Self {
            server,
            means,
            connection: None,
        }
    }

    /// Sends the `nth` request at this door, and reads the answer to its end.
    pub async fn knock(&mut self, door: Door, nth: u64, now_ms: u64) -> io::Result<Answered> {
        let request = self.means.request(door, nth, now_ms);
        let mut connection = match self.connection.take() {
            Some(open) => open,
            None => BufReader::new(TcpStream::connect(self.server).await?),
        };
        connection.get_mut().write_all(request.as_bytes()).await?;
        let (answered, goes_on) = read(&mut connection).await?;
        // What was upgraded is a stream now, which ends here.
        self.connection = goes_on.then_some(connection);
        Ok(answered)
    }
}

/// Reads an answer, and says whether the connection can be used again.
async fn read(connection: &mut BufReader<TcpStream>) -> io::Result<(Answered, bool)> {
    let nonsense = || io::Error::from(io::ErrorKind::InvalidData);
    let (mut status, mut length, mut retry_after) = (None, None, false);
    let mut line = String::new();
    loop {
        line.clear();
        if connection.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        match line.trim_end().split_once(": ") {
            None => {
                let code = line.split(' ').nth(1).and_then(|code| code.parse().ok());
                status = Some(code.ok_or_else(nonsense)?);
            }
            Some(("content-length", value)) => {
                length = Some(value.parse().map_err(|_| nonsense())?);
            }
            Some(("retry-after", _)) => retry_after = true,
            Some(_) => {}
        }
    }
    let status = status.ok_or_else(nonsense)?;
    if let Some(length) = length {
        let mut body = vec![0; length];
        connection.read_exact(&mut body).await?;
    }
    let answered = Answered {
        status,
        retry_after,
    };
    Ok((answered, length.is_some() && status != 101))
}
