//! The live page of a person, as far as its stream goes: follows the numbers, connects again when the stream ends, and
//! looks that what it is sent never goes back and has nothing twice.

use crate::{
    contract::{self, Told},
    person::Person,
    record::Count,
    setting::Life,
};
use authkit_live::{FromServer, LiveQuery, Revision, STREAM, ToServer};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use starter::numbers::model::ListNumbers;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue},
};

/// The server says something every 20 seconds.
const SILENCE: Duration = Duration::from_secs(40);
/// Before it connects again, unless the server asks for that.
const PAUSE: Duration = Duration::from_millis(700);

type Stream = WebSocketStream<TcpStream>;

/// What a watcher has in the end: the ids of the latest numbers, newest first, or nothing when nobody was signed in.
pub type Shown = Option<Vec<String>>;

#[derive(Deserialize)]
struct Number {
    id: String,
}

/// What is shown.
#[derive(Default)]
struct Page {
    revision: Revision,
    ids: Vec<String>,
}

/// Why a stream is left.
enum Left {
    /// It has ended.
    Told(Told),
    /// All is seen.
    UpToDate,
}

/// From the first stream to the last.
pub async fn watch(person: Arc<Person>) -> Shown {
    let setting = Arc::clone(&person.setting);
    let mut page = Page::default();
    loop {
        if page.has_all(&person) {
            return Some(page.ids);
        }
        let last = setting.last_revision.borrow().is_some();
        match person.browser.session() {
            None if last => return None,
            None => {
                sleep(PAUSE).await;
                continue;
            }
            Some(_) => {}
        }
        let at = person.any_process();
        let life = setting.life(at);
        let told = match connect(&person, at, life).await {
            Ok(stream) => match page.follow(&person, stream, at, life).await {
                Left::UpToDate => continue,
                Left::Told(told) => told,
            },
            Err(told) => told,
        };
        match told {
            Told::Done => continue,
            // The page asks who is signed in.
            Told::SignedOut => {
                sleep(PAUSE).await;
                person.look_again().await;
            }
            told => {
                person.note("stream", &told);
            }
        }
        sleep(PAUSE).await;
    }
}

/// The handshake. It may renew the session.
async fn connect(person: &Person, at: usize, life: Life) -> Result<Stream, Told> {
    let _under_way = person.under_way().await;
    let setting = &person.setting;
    let address = setting.address(at);
    let gone = || contract::stream(None, setting.was_there_since(at, life));
    let request = format!("ws://{address}{STREAM}").into_client_request();
    let mut request = request.expect("an address is a URL");
    let cookies = ("cookie", person.browser.cookies());
    let origin = ("origin", setting.origin().to_owned());
    for (name, value) in person
        .browser
        .headers()
        .into_iter()
        .chain([cookies, origin])
    {
        let value = HeaderValue::from_str(&value).expect("a header");
        request.headers_mut().insert(name, value);
    }
    let socket = TcpStream::connect(address).await.map_err(|_| gone())?;
    let opened = client_async(request, socket);
    let opened = timeout(SILENCE, opened).await.map_err(|_| gone())?;
    match opened {
        Ok((stream, response)) => {
            let set_cookies = response.headers().get_all("set-cookie").iter();
            let set_cookies = set_cookies.filter_map(|it| it.to_str().ok());
            let set_cookies: Vec<_> = set_cookies.map(str::to_owned).collect();
            person.browser.keep(&set_cookies);
            person.see_renewal();
            setting.record.count(Count::Streams);
            Ok(stream)
        }
        Err(tungstenite::Error::Http(response)) => Err(contract::handshake(
            response.status().as_u16(),
            response.headers().contains_key("retry-after"),
        )),
        Err(_) => Err(gone()),
    }
}

impl Page {
    /// Whether it shows the last state of all.
    fn has_all(&self, person: &Person) -> bool {
        let last = person.setting.last_revision.borrow();
        let shows = |last: &Revision| !last.is_newer_than(&self.revision);
        last.as_ref().is_some_and(shows)
    }

    /// Follows until the stream ends.
    async fn follow(&mut self, person: &Person, mut stream: Stream, at: usize, life: Life) -> Left {
        let setting = &person.setting;
        let arguments = serde_json::to_string(&ListNumbers::default()).expect("JSON");
        let follow = ToServer::Follow {
            key: format!("{} {arguments}", ListNumbers::NAME),
            seen: self.revision.clone(),
        };
        let follow = serde_json::to_string(&follow).expect("JSON");
        // If it is gone by now, that is found out below.
        let _ = stream.send(Message::text(follow)).await;
        let mut last = setting.last_revision.subscribe();
        loop {
            if self.has_all(person) {
                let _ = stream.close(None).await;
                return Left::UpToDate;
            }
            let frame = tokio::select! {
                frame = timeout(SILENCE, stream.next()) => frame,
                _ = last.changed() => continue,
            };
            let code = match frame {
                Err(_) => {
                    return Left::Told(Told::Outside("stream: says nothing".to_owned()));
                }
                Ok(Some(Ok(Message::Text(text)))) => {
                    let message = FromServer::read(&text).map(FromServer::with_answer);
                    match message {
                        Some(Ok(FromServer::Answer {
                            revision, answer, ..
                        })) => self.show(person, revision, answer),
                        Some(Ok(FromServer::Refused { .. })) => return Left::Told(Told::SignedOut),
                        Some(Ok(
                            FromServer::Behind(_) | FromServer::Rights(_) | FromServer::Alive,
                        )) => {}
                        Some(Err(_)) | None => {
                            setting.record.outside("stream: a message that is none")
                        }
                    }
                    continue;
                }
                Ok(Some(Ok(Message::Close(frame)))) => frame.map(|frame| frame.code.into()),
                Ok(Some(Ok(_))) => continue,
                Ok(Some(Err(_)) | None) => None,
            };
            return Left::Told(contract::stream(code, setting.was_there_since(at, life)));
        }
    }

    fn show(&mut self, person: &Person, revision: Revision, answer: Vec<Number>) {
        let record = &person.setting.record;
        record.count(Count::Answers);
        if self.revision.is_newer_than(&revision) {
            record.outside("stream: an answer that is older than the one before");
        }
        self.revision = revision;
        self.ids = answer.into_iter().map(|number| number.id).collect();
        let each: BTreeSet<_> = self.ids.iter().collect();
        if each.len() < self.ids.len() {
            record.outside("stream: a number twice in one answer");
        }
        record.seen(self.ids.iter().cloned());
    }
}
