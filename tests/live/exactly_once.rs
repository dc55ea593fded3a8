//! Mutations over a network that loses, doubles and cuts, to two processes that are killed at any moment: each is done exactly
//! once, and whoever asked is told so. `SEED=…` has the same faults again.

use crate::{
    client::{Answer, Client},
    database::Database,
    process::Process,
    support::{ADA, ALAN, ANY_PORT, App, GRACE},
};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use test_support::{
    faulty_proxy::{Faults, FaultyProxy, NetworkFault, seed},
    postgres::{Postgres, free_port},
};
use tokio::{task::JoinSet, time::sleep};
use url::Url;

/// So many numbers are added.
const MUTATIONS: i64 = 200;
/// So many more by clients who ask once, and never hear what became of it.
const GIVEN_UP: i64 = 30;
/// Each client adds so many at once.
const AT_ONCE: usize = 2;
/// The share of requests that something happens to.
const FAULTS: Faults = Faults::Share(0.5);

/// Two processes at addresses that stay, on one database.
struct Deployment<'a> {
    door: &'a App,
    database: &'a Database,
    addresses: [SocketAddr; 2],
    processes: [Option<Process>; 2],
}

impl<'a> Deployment<'a> {
    async fn start(door: &'a App, database: &'a Database) -> Self {
        let addresses = [(); 2].map(|()| SocketAddr::new(ANY_PORT.ip(), free_port()));
        let mut deployment = Self {
            door,
            database,
            addresses,
            processes: [None, None],
        };
        deployment.start_missing().await;
        deployment
    }

    async fn start_missing(&mut self) {
        for (process, addr) in self.processes.iter_mut().zip(self.addresses) {
            if process.is_none() {
                let variables = [self.database.variable()];
                let log = Stdio::inherit();
                let started =
                    Process::start_at(crate::PROGRAM, addr, self.door, &variables, log).await;
                *process = Some(started);
            }
        }
    }

    /// Kills a process, both, or the database every few requests, and starts it again, until it is told to stop. How
    /// often it has killed a process, and the database.
    async fn restart_at_random(
        &mut self,
        mut postgres: Option<Postgres>,
        mut random: SmallRng,
        proxy: &FaultyProxy,
        stop: &AtomicBool,
    ) -> (usize, usize, Option<Postgres>) {
        let (mut kills, mut crashes) = (0, 0);
        loop {
            let next = proxy.requests() + random.random_range(5..30);
            while proxy.requests() < next {
                if stop.load(Ordering::Relaxed) {
                    return (kills, crashes, postgres);
                }
                sleep(Duration::from_millis(1)).await;
            }
            // At any moment of what is done for the last of them.
            sleep(Duration::from_micros(random.random_range(0..10_000))).await;
            let killed = match (random.random_range(0..7), &mut postgres) {
                (0 | 1, Some(postgres)) => {
                    crashes += 1;
                    postgres.stop().await;
                    postgres.start_again().await;
                    continue;
                }
                (0..=2, _) => 0..1,
                (3..=5, _) => 1..2,
                _ => 0..2,
            };
            for process in &mut self.processes[killed] {
                process.take().unwrap().kill();
                kills += 1;
            }
            self.start_missing().await;
        }
    }

    fn origins(&self) -> [Url; 2] {
        self.addresses
            .map(|at| format!("http://{at}").parse().unwrap())
    }
}

fn key(seed: u64, value: i64) -> String {
    format!("{seed:x}-of-the-number-{value}")
}

/// Adds the numbers of this queue, and gives what was answered for each.
async fn add_all(
    client: Client,
    proxy: Url,
    seed: u64,
    values: Arc<Mutex<VecDeque<i64>>>,
) -> Vec<(i64, usize, Option<Answer>)> {
    let mut told = Vec::new();
    loop {
        let Some(value) = values.lock().unwrap().pop_front() else {
            return told;
        };
        let key = key(seed, value);
        if value < MUTATIONS {
            let (attempts, answer) = client.add_until_known(&proxy, &key, value).await;
            told.push((value, attempts, Some(answer)));
        } else {
            let text = value.to_string();
            let (keys, form) = ([key.as_bytes()], [("value", text.as_str())]);
            let sent = client.send(&proxy, "add_number", &keys, &form);
            let answer = sent.await.ok().filter(|answer| answer.status == 200);
            told.push((value, 1, answer));
        }
    }
}

async fn every_mutation_is_done_exactly_once(database: Database, postgres: Option<Postgres>) {
    let seed = seed();
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let mut deployment = Deployment::start(&door, &database).await;
    let proxy = FaultyProxy::start(seed, FAULTS, &deployment.addresses).await;
    let through: Url = format!("http://{}", proxy.address).parse().unwrap();

    let mut clients = Vec::new();
    let mut adding = JoinSet::new();
    for (nth, email) in [ADA, ALAN, GRACE].into_iter().enumerate() {
        let client = Client::of(&door.signed_in(email).await);
        let values = (0..MUTATIONS + GIVEN_UP).skip(nth).step_by(3);
        let values = Arc::new(Mutex::new(values.collect::<VecDeque<_>>()));
        for _ in 0..AT_ONCE {
            let (client, values) = (client.clone(), Arc::clone(&values));
            adding.spawn(add_all(client, through.clone(), seed, values));
        }
        clients.push(client);
    }
    let stop = AtomicBool::new(false);
    let random = SmallRng::seed_from_u64(seed);
    let restarts = deployment.restart_at_random(postgres, random, &proxy, &stop);
    let told = async {
        let mut told = Vec::new();
        while let Some(some) = adding.join_next().await {
            told.extend(some.unwrap());
        }
        stop.store(true, Ordering::Relaxed);
        told
    };
    let ((kills, crashes, _postgres), told) = tokio::join!(restarts, told);
    proxy.is_idle().await;

    // There was something to go wrong.
    let happened = proxy.happened();
    let attempts: usize = told.iter().map(|(_, attempts, _)| attempts).sum();
    println!("{kills} kills, {crashes} of the database, {attempts} attempts, {happened:?}");
    assert!(kills >= 3, "{kills} kills");
    for fault in NetworkFault::ALL {
        assert!(happened.contains_key(&fault), "{fault:?} has not happened");
    }

    // Each number is there once, and those that nobody waited for at most once.
    let stored = database.numbers().await;
    let mut ids = BTreeMap::<i64, Vec<&str>>::new();
    for number in &stored {
        ids.entry(number.value).or_default().push(&number.id);
    }
    for value in 0..MUTATIONS {
        let count = ids.get(&value).map_or(0, Vec::len);
        assert_eq!(count, 1, "{value} is there {count} times");
    }
    for (value, ids) in &ids {
        assert_eq!(ids.len(), 1, "{value}: {ids:?}");
    }
    // What each client was told is what there is.
    for (value, _, answer) in &told {
        if let Some(answer) = answer {
            assert_eq!(ids[value], [answer.id()], "{value}");
        }
    }
    // And each process tells it again, without doing it again.
    for (value, _, answer) in told {
        let client = &clients[usize::try_from(value % 3).unwrap()];
        for origin in deployment.origins() {
            let again = client.add(&origin, &key(seed, value), value).await;
            if let Some(answer) = &answer {
                assert_eq!(again, *answer, "{value}");
            }
        }
    }
    let all: Vec<_> = (0..MUTATIONS + GIVEN_UP).map(|value| (value, 1)).collect();
    assert_eq!(database.counts().await.into_iter().collect::<Vec<_>>(), all);
}

#[tokio::test]
async fn every_mutation_is_done_exactly_once_on_sqlite() {
    every_mutation_is_done_exactly_once(Database::sqlite(), None).await;
}

#[tokio::test]
async fn every_mutation_is_done_exactly_once_on_postgresql() {
    let postgres = Postgres::start().await;
    let database = Database::Postgres(postgres.database().await);
    every_mutation_is_done_exactly_once(database, Some(postgres)).await;
}
