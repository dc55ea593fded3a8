//! A soak, run by `script/soak [MINUTES]`: people on two processes with one PostgreSQL, for as long as is said, while
//! all that can fail around them does. Prints a table of what was promised and what was found, and exits with 1 if a
//! promise was broken.
//!
//! `setting` is what they meet, `person` and `watcher` what they do, `trouble` what fails, `attack` who is there too.
//! `contract` says what may be answered, `record` keeps what was, and `verdict` compares.

mod attack;
mod browser;
mod contract;
mod person;
mod record;
mod setting;
mod table;
mod trouble;
mod verdict;
mod watcher;

use person::Person;
use setting::Setting;
use std::{process::ExitCode, sync::Arc, time::Duration};
use test_app::{app as support, process};
use test_support::{attacker, postgres};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use trouble::Plan;

/// The app, as it is deployed.
const PROGRAM: &str = env!("CARGO_BIN_EXE_starter");

/// People with a browser each.
const PEOPLE: usize = 300;
/// Of them, those who have the live page open.
const WATCHERS: usize = 60;
/// Between two lines that say how far it is.
const INTERVAL: Duration = Duration::from_secs(15);
/// How many people sign in at once at the beginning: passwords are slow by intent.
const FIRST_SIGN_INS_PER_SECOND: u32 = 20;
/// How long the last request of somebody, and the last answer to a watcher, may take after the end.
const LAST: Duration = Duration::from_secs(90);

fn main() -> ExitCode {
    // What cargo adds (`--bench`), and how long.
    let mut minutes = std::env::args().skip(1).filter(|it| !it.starts_with('-'));
    let minutes = minutes.next().map_or(Ok(10.0), |it| it.parse::<f64>());
    let duration = match minutes {
        Ok(minutes) if (1.0..=24.0 * 60.0).contains(&minutes) => {
            Duration::from_secs_f64(minutes * 60.0)
        }
        _ => {
            eprintln!("How many minutes? One at least; ten by default.");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(soak(duration))
}

async fn soak(duration: Duration) -> ExitCode {
    println!(
        "A soak of {} s: {PEOPLE} people, of whom {WATCHERS} watch, on two processes and one PostgreSQL.",
        duration.as_secs()
    );
    let setting = Setting::start().await;
    println!("The processes log to {}", setting.logs().display());
    let people: Vec<_> = setting
        .host
        .control
        .add_users(PEOPLE)
        .into_iter()
        .enumerate()
        .map(|(nth, user)| Person::new(nth, user.email, Arc::clone(&setting)))
        .collect();
    person::join_organizations(&setting, &people);

    let plan = Plan::new(duration);
    let mut living = JoinSet::new();
    for (nth, person) in (0..).zip(&people) {
        let (person, delay) = (Arc::clone(person), nth * Duration::from_secs(1));
        living.spawn(async move {
            sleep(delay / FIRST_SIGN_INS_PER_SECOND).await;
            person.live().await;
        });
    }
    let mut watching = JoinSet::new();
    for person in &people[..WATCHERS] {
        watching.spawn(watcher::watch(Arc::clone(person)));
    }
    let mut around = JoinSet::new();
    around.spawn(attack::attack(Arc::clone(&setting)));
    around.spawn(trouble::emulator_faults(Arc::clone(&setting)));
    around.spawn(trouble::revocations(Arc::clone(&setting), people.clone()));
    let restarts = tokio::spawn(trouble::restarts(Arc::clone(&setting), plan));
    let memory = tokio::spawn(setting::sample_memory(Arc::clone(&setting), plan));
    let saying = tokio::spawn(say(Arc::clone(&setting), plan));

    sleep_until(plan.end()).await;
    // From here on nothing fails any more. What was around has gone on until now.
    assert!(around.try_join_next().is_none());
    around.shutdown().await;
    restarts.await.expect("the restarts have been done");
    saying.abort();
    setting.host.control.clear_faults();
    let memory = memory.await.expect("the memory was read");
    setting.stop_people();
    let stopped = tokio::time::timeout(LAST, living.join_all()).await;
    let all_stopped = stopped.is_ok();
    let signed_in = person::at_the_end(&people, LAST).await;
    let database = verdict::read(&setting).await;
    setting.stop_watchers(database.revision.clone());
    let watchers = tokio::time::timeout(LAST, watching.join_all()).await;
    let end = verdict::End {
        all_stopped,
        signed_in,
        database,
        watchers: watchers.unwrap_or_default(),
        memory,
    };
    match verdict::table(&setting, end).print() {
        true => {
            // The logs are for looking into what was broken.
            let _ = std::fs::remove_dir_all(setting.logs());
            ExitCode::SUCCESS
        }
        false => ExitCode::FAILURE,
    }
}

/// One line every so often.
async fn say(setting: Arc<Setting>, plan: Plan) {
    let mut next = Instant::now() + INTERVAL;
    loop {
        sleep_until(next).await;
        next += INTERVAL;
        println!("{:>4} s: {}", plan.elapsed().as_secs(), setting.so_far());
    }
}
