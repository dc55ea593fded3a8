//! Several processes of one app that share a database: a refresh token is still exchanged once, a
//! process may die over it, and a session revoked in one is over in all.

use super::{
    postgres,
    process::Process,
    support::{ADA, ALAN, App, Browser, SESSION},
};
use authkit_emulator::{Endpoint, Fault};
use std::time::Duration;
use tokio::task::JoinSet;

/// Long enough for something to happen while WorkOS is still to answer, and for two answers in 3 s.
const SLOW: Duration = Duration::from_millis(900);

/// An emulator, an app that signs in there, and a browser whose access token has expired by now.
async fn with_an_expired_token() -> (App, App, Browser) {
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    door.advance(-400);
    let browser = door.signed_in(ADA).await;
    door.advance(0);
    (host, door, browser)
}

/// So many requests to each process at once; how many of the answers are for a signed-in user.
async fn signed_in_answers(processes: &[Process], browser: &Browser, each: usize) -> usize {
    let mut requests = JoinSet::new();
    for process in processes {
        for _ in 0..each {
            let mut tab = process.browser(browser);
            requests.spawn(async move { tab.is_signed_in().await });
        }
    }
    let answers = requests.join_all().await;
    answers.into_iter().filter(|signed_in| *signed_in).count()
}

async fn refresh_once(database: (&str, &str)) {
    let (_host, door, browser) = with_an_expired_token().await;
    let processes = Process::several(crate::PROGRAM, 4, &door, database).await;
    // Most of the 3 s are for the requests themselves: there are many.
    let slow = Fault::latency(Duration::from_millis(300));
    door.control.set_fault(Endpoint::Authenticate, slow);
    assert_eq!(signed_in_answers(&processes, &browser, 50).await, 200);
    let calls = door.control.calls_of(Endpoint::Authenticate);
    assert_eq!(calls, 2, "the sign-in and one refresh");
}

#[tokio::test]
async fn four_processes_on_one_postgresql_refresh_once() {
    let database = postgres::shared().await.database().await;
    refresh_once(("DATABASE_URL", &database)).await;
}

#[tokio::test]
async fn four_processes_on_one_sqlite_file_refresh_once() {
    let folder = tempfile::tempdir().unwrap();
    refresh_once(("DATA_DIR", folder.path().to_str().unwrap())).await;
}

#[tokio::test]
async fn a_process_killed_while_workos_is_still_to_answer_costs_nobody_the_session() {
    let database = postgres::shared().await.database().await;
    let (_host, door, browser) = with_an_expired_token().await;
    let mut processes =
        Process::several(crate::PROGRAM, 4, &door, ("DATABASE_URL", &database)).await;
    door.control
        .set_fault(Endpoint::Authenticate, Fault::latency(SLOW).times(1));

    let mut winner = processes.remove(0);
    let mut lost = winner.browser(&browser);
    let lost = tokio::spawn(async move { lost.get("/").await.status });
    while door.control.calls_of(Endpoint::Authenticate) < 2 {
        tokio::task::yield_now().await;
    }
    let others = signed_in_answers(&processes, &browser, 10);
    let killing = async { winner.kill() };
    let (others, ()) = tokio::join!(others, killing);
    assert!(
        lost.await.is_err(),
        "the winner has answered before it was killed"
    );
    assert_eq!(
        others, 30,
        "within the 3 s that a request waits for authentication"
    );
    let calls = door.control.calls_of(Endpoint::Authenticate);
    assert_eq!(calls, 3, "the sign-in, the dead one's and its successor's");
}

#[tokio::test]
async fn a_process_that_stands_still_costs_nobody_the_session_when_it_goes_on() {
    let database = postgres::shared().await.database().await;
    let (_host, door, browser) = with_an_expired_token().await;
    let mut processes =
        Process::several(crate::PROGRAM, 3, &door, ("DATABASE_URL", &database)).await;
    door.control
        .set_fault(Endpoint::Authenticate, Fault::latency(SLOW));
    let stopped = processes.remove(0);
    let mut waiting = stopped.browser(&browser);
    let waiting = tokio::spawn(async move { waiting.is_signed_in().await });
    while door.control.calls_of(Endpoint::Authenticate) < 2 {
        tokio::task::yield_now().await;
    }
    // WorkOS takes the token and answers; the one who asked does not read it.
    stopped.signal("-STOP");
    // At once: who asks after the other has failed may believe a refusal.
    let asking = processes.iter().map(|process| {
        let mut tab = process.browser(&browser);
        async move {
            assert_eq!(tab.get("/account").await.status.as_u16(), 503);
            assert!(
                tab.cookies.contains_key(SESSION),
                "a refusal after a takeover is not the end"
            );
        }
    });
    futures_util::future::join_all(asking).await;
    stopped.signal("-CONT");
    waiting.await.unwrap();
    for process in &processes {
        assert!(process.browser(&browser).is_signed_in().await);
    }
}

#[tokio::test]
async fn a_session_signed_out_in_one_process_is_over_in_the_others() {
    let database = postgres::shared().await.database().await;
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let processes = Process::several(crate::PROGRAM, 2, &door, ("DATABASE_URL", &database)).await;
    let browser = door.signed_in(ADA).await;
    assert!(processes[1].browser(&browser).is_signed_in().await);
    processes[0].browser(&browser).post("/sign-out").await;
    ends_in(&processes[1], &browser).await;
    // One that starts later knows too.
    let late = Process::start(crate::PROGRAM, &door, ("DATABASE_URL", &database)).await;
    assert!(!late.browser(&browser).is_signed_in().await);
}

#[tokio::test]
async fn a_session_signed_out_in_one_process_is_over_in_another_on_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let database = ("DATA_DIR", folder.path().to_str().unwrap());
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let processes = Process::several(crate::PROGRAM, 2, &door, database).await;
    let browser = door.signed_in(ADA).await;
    assert!(processes[1].browser(&browser).is_signed_in().await);
    processes[0].browser(&browser).post("/sign-out").await;
    ends_in(&processes[1], &browser).await;
}

/// Waits until a process has heard that the session is over; "within seconds" is at most five.
async fn ends_in(process: &Process, browser: &Browser) {
    let heard = async {
        loop {
            let mut copy = process.browser(browser);
            if !copy.is_signed_in().await {
                return copy;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let copy = tokio::time::timeout(Duration::from_secs(5), heard).await;
    let copy = copy.expect("the news has not arrived");
    assert!(!copy.cookies.contains_key(SESSION), "the cookie is cleared");
}

#[tokio::test]
async fn a_database_out_of_reach_signs_nobody_out() {
    let mut postgres = postgres::Postgres::start().await;
    let database = postgres.database().await;
    let host = App::start().await;
    let door = App::start_against(&host, &[]).await;
    let process = Process::start(crate::PROGRAM, &door, ("DATABASE_URL", &database)).await;
    let good = door.signed_in(ADA).await;
    door.advance(-400);
    let expired = door.signed_in(ALAN).await;
    door.advance(0);

    postgres.stop().await;
    assert!(
        process.browser(&good).is_signed_in().await,
        "a good token needs no database"
    );
    let mut tab = process.browser(&expired);
    assert_eq!(
        tab.get("/account").await.status.as_u16(),
        503,
        "nobody knows who else refreshes"
    );
    assert!(tab.cookies.contains_key(SESSION));
    assert_eq!(
        door.control.calls_of(Endpoint::Authenticate),
        2,
        "the sign-ins"
    );

    postgres.start_again().await;
    let mut tab = process.browser(&expired);
    while !tab.get("/account").await.status.is_success() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // A revocation is heard of again, too.
    process.browser(&good).post("/sign-out").await;
    ends_in(&process, &good).await;
}
