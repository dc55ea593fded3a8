//! A proxy in front of an app's processes that fails as networks and balancers do: answers get lost, requests arrive twice or
//! in part, connections end in the middle. HTTP/1.1, one request per connection.
//!
//! Started by the tests of what is done exactly once. What happens to a request depends on the seed, on the request's bytes
//! and on how often it has come, so it must never depend on what else is under way.

use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};

/// What can happen to a request on its way, and to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NetworkFault {
    /// The app gets a part of the request, and then the end of the connection.
    CutRequest,
    /// The app gets all of it, and the end of the connection while it works.
    HungUp,
    /// The app answers; the client gets nothing.
    LostAnswer,
    /// The app answers; the client gets a part of it.
    CutAnswer,
    /// The proxy answers 502 or 503; the app gets nothing.
    RefusedBefore,
    /// The app answers; the client gets a 502 or 503 of the proxy.
    RefusedAfter,
    /// The app gets it twice at the same time.
    TwiceAtOnce,
    /// The app gets it again after its answer; the client gets the second answer.
    TwiceInTurn,
    /// The client gets the answer; the app gets the request again, a while later.
    TwiceAndLate,
    /// It takes its time.
    Delayed,
}

impl NetworkFault {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::CutRequest,
        Self::HungUp,
        Self::LostAnswer,
        Self::CutAnswer,
        Self::RefusedBefore,
        Self::RefusedAfter,
        Self::TwiceAtOnce,
        Self::TwiceInTurn,
        Self::TwiceAndLate,
        Self::Delayed,
    ];
}

/// The seed of a test: what the variable `SEED` says, or a new one. It is printed, and so part of what a test that fails says.
pub fn seed() -> u64 {
    let given = std::env::var("SEED").ok();
    let now = || {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        u64::from(now.unwrap().subsec_nanos()) / 1_000
    };
    let seed = given.map_or_else(now, |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed}");
    seed
}

/// Which requests something happens to, and what.
#[derive(Clone, Copy, Debug)]
pub enum Faults {
    /// Anything, to this share of the requests.
    Share(f64),
    /// This, to each.
    Always(NetworkFault),
}

/// A running proxy. It ends when it is dropped.
pub struct FaultyProxy {
    /// Where it listens.
    pub address: SocketAddr,
    proxy: Arc<Proxy>,
    _accepting: JoinSet<()>,
}

struct Proxy {
    seed: u64,
    faults: Faults,
    servers: Vec<SocketAddr>,
    /// How often each request has come, by its hash.
    came: Mutex<HashMap<u64, u64>>,
    happened: Mutex<BTreeMap<NetworkFault, usize>>,
    open: AtomicUsize,
}

impl FaultyProxy {
    /// In front of these servers.
    pub async fn start(seed: u64, faults: Faults, servers: &[SocketAddr]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = Arc::new(Proxy {
            seed,
            faults,
            servers: servers.to_owned(),
            came: Mutex::default(),
            happened: Mutex::default(),
            open: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&proxy);
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let proxy = Arc::clone(&serving);
                proxy.open.fetch_add(1, Ordering::Relaxed);
                clients.spawn(async move {
                    // A client that hangs up, too, is no fault of the proxy.
                    let _ = proxy.serve(client).await;
                    proxy.open.fetch_sub(1, Ordering::Relaxed);
                });
                while clients.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            proxy,
            _accepting: accepting,
        }
    }

    /// How many requests have come.
    pub fn requests(&self) -> u64 {
        self.proxy.came.lock().unwrap().values().sum()
    }

    /// How often each fault has happened.
    pub fn happened(&self) -> BTreeMap<NetworkFault, usize> {
        self.proxy.happened.lock().unwrap().clone()
    }

    /// Waits until nothing is on its way any longer, a late copy of a request included.
    pub async fn is_idle(&self) {
        while self.proxy.open.load(Ordering::Relaxed) > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Proxy {
    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let request = read_request(&mut client).await?;
        let mut random = self.random_for(&request);
        let mut pick = || *self.servers.choose(&mut random).unwrap();
        let (server, other) = (pick(), pick());
        let fault = match self.faults {
            Faults::Always(fault) => Some(fault),
            Faults::Share(share) => {
                let any = *NetworkFault::ALL.choose(&mut random).unwrap();
                random.random_bool(share).then_some(any)
            }
        };
        if let Some(fault) = fault {
            *self.happened.lock().unwrap().entry(fault).or_default() += 1;
        }
        let refusal = *[refusal(502), refusal(503)].choose(&mut random).unwrap();
        let part = random.random::<f64>();
        // At least one byte, and never all of them.
        let part_of = |bytes: usize| 1 + ((bytes - 1) as f64 * part) as usize;
        let a_while = Duration::from_millis(random.random_range(1..200));
        match fault {
            None => {
                let answer = self.ask(server, &request).await;
                client.write_all(&answer).await
            }
            Some(NetworkFault::Delayed) => {
                sleep(a_while).await;
                let answer = self.ask(server, &request).await;
                client.write_all(&answer).await
            }
            Some(NetworkFault::CutRequest) => {
                let part = &request[..part_of(request.len() - 1)];
                self.hang_up_after(server, part, Duration::ZERO).await
            }
            Some(NetworkFault::HungUp) => {
                let moment = a_while / 10;
                self.hang_up_after(server, &request, moment).await
            }
            Some(NetworkFault::LostAnswer) => {
                self.ask(server, &request).await;
                client.set_zero_linger()
            }
            Some(NetworkFault::CutAnswer) => {
                let answer = self.ask(server, &request).await;
                client.write_all(&answer[..part_of(answer.len() - 1)]).await
            }
            Some(NetworkFault::RefusedBefore) => client.write_all(refusal.as_bytes()).await,
            Some(NetworkFault::RefusedAfter) => {
                self.ask(server, &request).await;
                client.write_all(refusal.as_bytes()).await
            }
            Some(NetworkFault::TwiceAtOnce) => {
                let both = tokio::join!(self.ask(server, &request), self.ask(other, &request));
                client.write_all(&both.0).await
            }
            Some(NetworkFault::TwiceInTurn) => {
                self.ask(server, &request).await;
                let second = self.ask(other, &request).await;
                client.write_all(&second).await
            }
            Some(NetworkFault::TwiceAndLate) => {
                let answer = self.ask(server, &request).await;
                let written = client.write_all(&answer).await;
                drop(client);
                sleep(a_while).await;
                self.ask(other, &request).await;
                written
            }
        }
    }

    /// The random source for this request, the time that it has come this time.
    fn random_for(&self, request: &[u8]) -> SmallRng {
        let mut hasher = DefaultHasher::new();
        // Its body names what is asked; its head has the client's session, which is another in each run.
        let body = request.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        request[body.unwrap_or(0)..].hash(&mut hasher);
        let hash = hasher.finish();
        let mut came = self.came.lock().unwrap();
        let count = came.entry(hash).or_default();
        *count += 1;
        (self.seed, hash, *count).hash(&mut hasher);
        SmallRng::seed_from_u64(hasher.finish())
    }

    /// All that the server answers; as a balancer answers, if the server is not there or ends before it has answered.
    async fn ask(&self, server: SocketAddr, request: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        let asked = async {
            let mut server = TcpStream::connect(server).await?;
            server.write_all(request).await?;
            server.read_to_end(&mut answer).await
        };
        match asked.await {
            Ok(1..) if is_whole(&answer) => answer,
            _ => refusal(502).into(),
        }
    }

    async fn hang_up_after(
        &self,
        server: SocketAddr,
        bytes: &[u8],
        moment: Duration,
    ) -> io::Result<()> {
        let mut server = TcpStream::connect(server).await?;
        server.write_all(bytes).await?;
        sleep(moment).await;
        server.shutdown().await
    }
}

fn refusal(status: u16) -> &'static str {
    match status {
        502 => "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        _ => "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    }
}

/// The next request, as it is passed on: for one answer only.
async fn read_request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        if client.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        if let httparse::Status::Complete(head) = request.parse(&bytes).map_err(io::Error::other)? {
            break (head, content_length(request.headers).unwrap_or(0));
        }
    };
    while bytes.len() < head + length {
        if client.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let line = bytes.windows(2).position(|bytes| bytes == b"\r\n");
    let close = b"connection: close\r\n";
    bytes.splice(line.unwrap() + 2..line.unwrap() + 2, *close);
    Ok(bytes)
}

/// Whether a process that was killed has not left half an answer.
fn is_whole(answer: &[u8]) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut headers);
    match head.parse(answer) {
        Ok(httparse::Status::Complete(length)) => {
            let body = answer.len() - length;
            content_length(head.headers).is_none_or(|length| length == body)
        }
        _ => false,
    }
}

fn content_length(headers: &[httparse::Header<'_>]) -> Option<usize> {
    let mut headers = headers.iter();
    let length = headers.find(|header| header.name.eq_ignore_ascii_case("content-length"))?;
    std::str::from_utf8(length.value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"POST / HTTP/1.1\r\ncontent-length: 8\r\n\r\nvalue=12";
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    /// A server that answers whole requests. How many it has had, and how many that were none.
    async fn server() -> (SocketAddr, Arc<Mutex<(usize, usize)>>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let had = Arc::new(Mutex::new((0, 0)));
        let counted = Arc::clone(&had);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                match read_request(&mut client).await {
                    Ok(_) => counted.lock().unwrap().0 += 1,
                    Err(_) => counted.lock().unwrap().1 += 1,
                }
                let _ = client.write_all(ANSWER).await;
            }
        });
        (address, had)
    }

    #[tokio::test]
    async fn each_fault_is_what_it_says() {
        for (fault, had_by_server, got) in [
            (NetworkFault::CutRequest, (0, 1), "nothing"),
            (NetworkFault::HungUp, (1, 0), "nothing"),
            (NetworkFault::LostAnswer, (1, 0), "nothing"),
            (NetworkFault::CutAnswer, (1, 0), "a part"),
            (NetworkFault::RefusedBefore, (0, 0), "a refusal"),
            (NetworkFault::RefusedAfter, (1, 0), "a refusal"),
            (NetworkFault::TwiceAtOnce, (2, 0), "the answer"),
            (NetworkFault::TwiceInTurn, (2, 0), "the answer"),
            (NetworkFault::TwiceAndLate, (2, 0), "the answer"),
            (NetworkFault::Delayed, (1, 0), "the answer"),
        ] {
            let (address, had) = server().await;
            let proxy = FaultyProxy::start(7, Faults::Always(fault), &[address]).await;
            let mut client = TcpStream::connect(proxy.address).await.unwrap();
            client.write_all(REQUEST).await.unwrap();
            let mut answer = Vec::new();
            let _ = client.read_to_end(&mut answer).await;
            proxy.is_idle().await;
            while *had.lock().unwrap() != had_by_server {
                tokio::task::yield_now().await;
            }
            let is = match answer.as_slice() {
                b"" => "nothing",
                ANSWER => "the answer",
                part if ANSWER.starts_with(part) => "a part",
                other if other.starts_with(b"HTTP/1.1 50") => "a refusal",
                other => panic!("{}", String::from_utf8_lossy(other)),
            };
            assert_eq!(is, got, "{fault:?}");
            assert_eq!(proxy.happened(), BTreeMap::from([(fault, 1)]));
        }
    }
}
