//! Answers: one run per change however many follow, always newer, and nothing missed.

use crate::{
    deaf::Deaf,
    postgres,
    tally::{Ours, Place, Server, Tally, on_both_databases, start},
};
use authkit_live::{FromServer, Revision, Written};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tokio::task::JoinSet;

on_both_databases! {
    each_change_is_counted_once_for_fifty_followers,
    answers_come_in_order_and_the_last_one_always,
    who_has_seen_the_answer_is_sent_the_next_one_only,
    who_comes_back_gets_what_they_missed,
    who_has_seen_more_than_this_process_gets_nothing_older,
    two_processes_see_each_others_writes,
    a_slow_page_gets_the_latest_and_not_what_it_missed,
    a_query_that_is_left_is_run_no_more,
    a_topic_may_have_quotes_and_any_letters_in_it,
    a_topic_of_2_600_bytes_is_counted_and_with_a_longer_one_nothing_is_committed,
}

async fn each_change_is_counted_once_for_fifty_followers(place: Place) {
    let (_app, browser, server) = start(&place).await;
    let tally = Tally::of("once");
    let mut pages = Vec::new();
    for _ in 0..50 {
        let mut page = server.page(&browser).await;
        page.follow(&tally, Revision::default()).await;
        page.answer_with(0).await;
        pages.push(page);
    }
    assert_eq!(tally.runs(), 1, "for all who came");
    for rows in 1..=10 {
        let Written(written) = server.add("once").await;
        for page in &mut pages {
            let (revision, answer) = page.answer().await;
            assert_eq!((revision, answer.rows), (written.clone(), rows));
        }
    }
    assert_eq!(tally.runs(), 11);
    for page in &mut pages {
        page.hears_nothing().await;
    }
}

async fn answers_come_in_order_and_the_last_one_always(place: Place) {
    let (_app, browser, server) = start(&place).await;
    let tally = Tally::of("order");
    let mut readers = JoinSet::new();
    for _ in 0..5 {
        let mut page = server.page(&browser).await;
        page.follow(&tally, Revision::default()).await;
        readers.spawn(async move {
            let (mut seen, mut count) = (Revision::default(), 0);
            loop {
                let (revision, answer) = page.answer().await;
                assert!(revision.is_newer_than(&seen), "{revision:?}, {seen:?}");
                assert!(answer.rows > count || answer.rows == 0);
                (seen, count) = (revision, answer.rows);
                if count == 100 {
                    return;
                }
            }
        });
    }
    for _ in 0..100 {
        server.add("order").await;
    }
    readers.join_all().await;
    assert!(tally.runs() <= 101, "{}", tally.runs());
}

async fn who_has_seen_the_answer_is_sent_the_next_one_only(place: Place) {
    let (_app, browser, server) = start(&place).await;
    let tally = Tally::of("seen");
    let Written(first) = server.add("seen").await;
    let mut page = server.page(&browser).await;
    page.follow(&tally, first.clone()).await;
    let Written(second) = server.add("seen").await;
    let (revision, answer) = page.answer().await;
    assert_eq!(
        (revision, answer.rows),
        (second.clone(), 2),
        "not the first"
    );

    let mut page = server.page(&browser).await;
    page.follow(&tally, first).await;
    assert_eq!(page.answer().await.0, second, "an old one is replaced");
    let mut page = server.page(&browser).await;
    page.follow(&tally, second).await;
    page.hears_nothing().await;
}

async fn who_comes_back_gets_what_they_missed(place: Place) {
    let (_app, browser, server) = start(&place).await;
    let tally = Tally::of("back");
    let mut page = server.page(&browser).await;
    page.follow(&tally, Revision::default()).await;
    let (seen, _) = page.answer().await;
    drop(page);
    server.add("back").await;
    server.add("back").await;
    let mut page = server.page(&browser).await;
    page.follow(&tally, seen).await;
    // An answer from between the two writes may come first.
    page.answer_with(2).await;
    page.hears_nothing().await;
}

async fn who_has_seen_more_than_this_process_gets_nothing_older(place: Place) {
    let (_app, browser, server) = start(&place).await;
    let tally = Tally::of("newer");
    let mut early = server.page(&browser).await;
    early.follow(&tally, Revision::default()).await;
    early.answer_with(0).await;
    // As another process that this one has not heard of yet: nobody is told.
    let mut write = server.store.write().await.unwrap();
    sqlx::query("INSERT INTO tally (kind) VALUES ('newer')")
        .execute(&mut *write)
        .await
        .unwrap();
    sqlx::query("INSERT INTO live_topic (topic, number) VALUES ('newer', 7)")
        .execute(&mut *write)
        .await
        .unwrap();
    write.commit().await.unwrap();
    let seen = Revision(vec![("newer".to_owned(), 7)]);
    let mut page = server.page(&browser).await;
    page.follow(&tally, seen.clone()).await;
    // Its asking has this process look, and find it.
    assert_eq!(early.answer_with(1).await.0, seen);
    page.hears_nothing().await;

    // From a time that this database has never seen, a backup restored perhaps: it gets what there is.
    let future = Revision(vec![("newer".to_owned(), 1_000)]);
    let mut page = server.page(&browser).await;
    page.follow(&tally, future).await;
    assert_eq!(page.answer_with(1).await.0, seen);
}

async fn two_processes_see_each_others_writes(place: Place) {
    let (app, browser, one) = start(&place).await;
    let other = Server::start(&place, &app).await;
    let tally = Tally::of("both");
    let mut pages = [one.page(&browser).await, other.page(&browser).await];
    for page in &mut pages {
        page.follow(&tally, Revision::default()).await;
        page.answer_with(0).await;
    }
    for (server, rows) in [(&one, 1), (&other, 2), (&one, 3)] {
        let Written(written) = server.add("both").await;
        for page in &mut pages {
            assert_eq!(page.answer_with(rows).await.0, written);
        }
    }
    assert_eq!(tally.runs(), 8, "once per change and process");
}

#[tokio::test]
async fn without_notifications_two_processes_see_each_others_writes_within_seconds() {
    let database = postgres::shared().await.database().await;
    let deaf = Deaf::before(&database).await;
    two_processes_see_each_others_writes(Place::Postgres(deaf.url.clone())).await;
}

async fn a_slow_page_gets_the_latest_and_not_what_it_missed(place: Place) {
    let (_app, browser, server) = start(&place).await;
    let tally = Tally {
        of: "slow".to_owned(),
        padding: 200_000,
    };
    let mut slow = server.page(&browser).await;
    let mut fast = server.page(&browser).await;
    for page in [&mut slow, &mut fast] {
        page.follow(&tally, Revision::default()).await;
        page.answer_with(0).await;
    }
    for rows in 1..=100 {
        server.add("slow").await;
        fast.answer_with(rows).await;
    }
    let (mut answers, mut rows) = (0, 0);
    while rows < 100 {
        let (_, answer) = slow.answer().await;
        assert!(answer.rows > rows);
        (answers, rows) = (answers + 1, answer.rows);
    }
    assert!(answers < 75, "{answers} answers were kept");
}

async fn a_query_that_is_left_is_run_no_more(place: Place) {
    let (_app, browser, server) = start(&place).await;
    let (left, kept) = (Tally::of("left"), Tally::of("kept"));
    let mut page = server.page(&browser).await;
    for tally in [&left, &kept] {
        page.follow(tally, Revision::default()).await;
        page.answer_with(0).await;
    }
    page.leave(&left).await;
    page.hears_nothing().await;
    server.add("left").await;
    server.add("kept").await;
    page.answer_with(1).await;
    page.hears_nothing().await;
    page.follow(&left, Revision::default()).await;
    page.answer_with(1).await;
    assert!(left.runs() <= 3, "{}", left.runs());
}

async fn a_topic_may_have_quotes_and_any_letters_in_it(place: Place) {
    let (app, browser, one) = start(&place).await;
    let other = Server::start(&place, &app).await;
    let kind = r#"it's "ours", {\"o\": $1} é 漢 😀"#;
    let tally = Tally::of(kind);
    let mut page = other.page(&browser).await;
    page.follow(&tally, Revision::default()).await;
    page.answer_with(0).await;
    let Written(written) = one.add(kind).await;
    assert_eq!(page.answer_with(1).await.0, written);
}

async fn a_topic_of_2_600_bytes_is_counted_and_with_a_longer_one_nothing_is_committed(
    place: Place,
) {
    let (_app, _browser, server) = start(&place).await;
    // What a database can't make shorter.
    let mut chance = SmallRng::seed_from_u64(1);
    let mut topic = |length| -> String {
        let letters = (0..length).map(|_| chance.random_range(b' '..=b'~'));
        letters.map(char::from).collect()
    };
    assert!(server.try_add(&topic(2_600)).await.is_ok());
    for length in [2_601, 9_000] {
        let error = server.try_add(&topic(length)).await.unwrap_err();
        assert!(error.is_final(), "{length}: {error}");
    }
}

#[tokio::test]
async fn who_comes_back_in_another_organization_is_told_the_answer_there_whatever_they_have_seen() {
    let (app, ada, server) = start(&Place::file()).await;
    let acme = app.control.organization_id("Acme");
    let alan = app.signed_in(crate::support::ALAN).await;
    let mut seen = Revision::default();
    // None of it has changed meanwhile.
    for (browser, organization) in [(&ada, &acme), (&alan, &None), (&ada, &acme)] {
        let mut page = server.page(browser).await;
        page.follow(&Ours, seen).await;
        let FromServer::Answer {
            answer, revision, ..
        } = page.next::<Option<String>>().await
        else {
            panic!("no answer");
        };
        assert_eq!(answer, *organization);
        seen = revision;
    }
}

#[tokio::test]
async fn what_depends_on_the_organization_is_told_to_those_in_it() {
    let (app, ada, server) = start(&Place::file()).await;
    let alan = app.signed_in(crate::support::ALAN).await;
    let acme = app.control.organization_id("Acme");
    for (browser, organization) in [(ada, acme), (alan, None)] {
        let mut page = server.page(&browser).await;
        page.follow(&Ours, Revision::default()).await;
        let FromServer::Answer { answer, .. } = page.next::<Option<String>>().await else {
            panic!("no answer");
        };
        assert_eq!(answer, organization);
    }
}

#[tokio::test]
async fn a_page_follows_several_queries_at_once() {
    let (_app, browser, server) = start(&Place::file()).await;
    let mut page = server.page(&browser).await;
    let kinds: Vec<_> = (0..10).map(|number| format!("several {number}")).collect();
    for kind in &kinds {
        page.follow(&Tally::of(kind), Revision::default()).await;
        page.answer_with(0).await;
    }
    for kind in &kinds {
        let Written(written) = server.add(kind).await;
        assert_eq!(page.answer().await.0, written);
    }
}
