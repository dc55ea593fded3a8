//! The attacker beside the people: one address, every door of both processes, more often than it is let in.

use crate::{
    attacker::{Answers, Attacker, Door, Means},
    browser::{Browser, HTML},
    person::Person,
    setting::{PROCESSES, Setting},
};
use reqwest::Method;
use std::{sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

/// Between two knocks at one door of one process. Four doors share 30 a second.
const INTERVAL: Duration = Duration::from_millis(22);
/// An answer takes half a minute at most.
const PATIENCE: Duration = Duration::from_secs(40);
/// Makes addresses that no person has.
const NOBODY: usize = 10_000;

/// Knocks until it is dropped.
pub async fn attack(setting: Arc<Setting>) {
    let means = Arc::new(means(&setting).await);
    let mut knocking = JoinSet::new();
    for at in 0..PROCESSES {
        for door in Door::ALL {
            let attacker = Attacker::new(setting.address(at), Arc::clone(&means));
            knocking.spawn(knock(attacker, door, Arc::clone(&setting)));
        }
    }
    knocking.join_all().await;
}

async fn knock(mut attacker: Attacker, door: Door, setting: Arc<Setting>) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for nth in 0.. {
        ticks.tick().await;
        let now_ms = setting.host.clock.now() * 1_000;
        let knocked = attacker.knock(door, nth, now_ms);
        let answer = tokio::time::timeout(PATIENCE, knocked).await;
        let answer = answer.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
        let is_broken = answer.is_err();
        let mut answers = Answers::default();
        answers.add(answer);
        setting.record.attacked(&answers);
        if is_broken {
            sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Two sessions and a sign-in under way.
async fn means(setting: &Arc<Setting>) -> Means {
    let email = setting.host.control.add_users(1).remove(0).email;
    let session = async |nth| {
        let mallory = Person::new(nth, email.clone(), Arc::clone(setting));
        while !mallory.sign_in().await {
            sleep(Duration::from_secs(1)).await;
        }
        mallory.browser.cookies()
    };
    let begins = Browser::new(NOBODY, Arc::clone(setting));
    let attempt = loop {
        let begun = begins.send(0, Method::GET, "/sign-in", HTML, None).await;
        let leads_to = begun.answer.and_then(|answer| answer.location());
        let state = leads_to.as_ref().and_then(|url| {
            let mut query = url.query_pairs();
            query.find(|(name, _)| name == "state")
        });
        if let Some((_, state)) = state {
            break (begins.cookies(), state.into_owned());
        }
        sleep(Duration::from_secs(1)).await;
    };
    Means {
        address: "203.0.113.66",
        origin: setting.origin().to_owned(),
        attempt,
        leaving: session(NOBODY + 1).await,
        moving: session(NOBODY + 2).await,
    }
}
