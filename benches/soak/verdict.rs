//! What was found beside what was promised: the database is read, and compared with what people were told.

use crate::{
    PEOPLE, WATCHERS,
    person::AtTheEnd,
    record::{Count, Said},
    setting::{Memory, PROCESSES, Setting},
    table::Table,
    watcher::Shown,
};
use authkit_live::Revision;
use sqlx::{Connection, PgConnection};
use starter::numbers::model::ListNumbers;
use std::collections::{BTreeMap, BTreeSet};

/// How much more memory a process may have than earlier in its life: a quarter more, and this. In kB. What it
/// remembers of strangers and of sessions is bounded, and fills up for a while.
const MEMORY_MORE: u64 = 16 * 1024;

/// What the database has in the end.
pub struct Database {
    /// All numbers: their values by id.
    pub numbers: BTreeMap<String, i64>,
    /// How often each topic has changed.
    pub revision: Revision,
}

/// What is known when all is over.
pub struct End {
    /// Whether all people have stopped when they were asked to.
    pub all_stopped: bool,
    pub signed_in: AtTheEnd,
    pub database: Database,
    pub watchers: Vec<Shown>,
    /// Of each process, at each quarter.
    pub memory: Vec<Vec<Memory>>,
}

/// Reads it.
pub async fn read(setting: &Setting) -> Database {
    let connection = PgConnection::connect(&setting.database).await;
    let mut connection = connection.expect("the database is there again");
    let numbers = sqlx::query_as("SELECT id, value FROM numbers")
        .fetch_all(&mut connection)
        .await;
    let topics = sqlx::query_as::<_, (String, i64)>("SELECT topic, number FROM live_topic")
        .fetch_all(&mut connection)
        .await;
    let topics = topics.expect("the table is there").into_iter();
    Database {
        numbers: numbers.expect("the table is there").into_iter().collect(),
        revision: Revision(
            topics
                .map(|(topic, number)| (topic, number.unsigned_abs()))
                .collect(),
        ),
    }
}

/// The table.
pub fn table(setting: &Setting, end: End) -> Table {
    let mut table = Table::default();
    people(&mut table, setting, &end);
    numbers(&mut table, setting, &end);
    errors(&mut table, setting);
    table.heading("what failed on purpose");
    for (what, count) in setting.record.all_troubles() {
        table.note(what, count);
    }
    attacks(&mut table, setting);
    memory(&mut table, &end.memory);
    table
}

fn people(table: &mut Table, setting: &Setting, end: &End) {
    let count = |what| setting.record.counted(what);
    table.heading("people");
    table.note("people, of whom watch", format!("{PEOPLE}, {WATCHERS}"));
    table.note("requests answered as asked", count(Count::Requests));
    table.note("requests hung up on", count(Count::HangUps));
    table.note("sign-ins", count(Count::SignIns));
    let moves = count(Count::Moves);
    // A move changes the cookie, too.
    let renewals = count(Count::Renewals).saturating_sub(moves);
    table.note("renewals that came to a browser", renewals);
    table.note("moves to another organization", moves);
    let ended = [Count::SignOuts, Count::Revocations].map(count);
    table.note("signed out, revoked", format!("{}, {}", ended[0], ended[1]));
    table.require_none("signed out wrongly", setting.record.all_wrong_sign_outs());
    table.require_none(
        "let in after the end of the session",
        setting.record.all_let_in(),
    );
    let AtTheEnd {
        signed_in,
        signed_out,
        waiting,
    } = end.signed_in;
    table.note(
        "at the end: signed in, signed out",
        format!("{signed_in}, {signed_out}"),
    );
    table.require_none("at the end: still told to wait", waiting);
    let stopped = if end.all_stopped { "yes" } else { "no" };
    table.require("all got their last answer", stopped, "yes", end.all_stopped);
}

fn numbers(table: &mut Table, setting: &Setting, end: &End) {
    let said = setting.record.all_numbers();
    let there = &end.database.numbers;
    let seen = setting.record.all_seen();
    let mut by_value: BTreeMap<i64, Vec<&String>> = BTreeMap::new();
    for (id, value) in there {
        by_value.entry(*value).or_default().push(id);
    }
    let of = |value: &i64| by_value.get(value).map_or(&[][..], Vec::as_slice);
    let (mut confirmed, mut unknown, mut unknown_there, mut refused) = (0, 0, 0, 0);
    let (mut lost, mut others, mut refused_there, mut seen_of_confirmed) = (0, 0, 0, 0);
    for (value, said) in &said {
        match said {
            Said::Confirmed(id) => {
                confirmed += 1;
                lost += usize::from(!of(value).contains(&id));
                seen_of_confirmed += usize::from(seen.contains(id));
            }
            Said::Unknown => {
                unknown += 1;
                unknown_there += usize::from(!of(value).is_empty());
            }
            Said::Refused => {
                refused += 1;
                refused_there += usize::from(!of(value).is_empty());
            }
        }
    }
    let doubled = by_value.values().filter(|ids| ids.len() > 1).count();
    others += by_value.keys().filter(|it| !said.contains_key(it)).count();
    table.heading("numbers");
    table.note("sent", said.len());
    table.note("confirmed", confirmed);
    table.note(
        "unknown to who sent them, of which there",
        format!("{unknown}, {unknown_there}"),
    );
    table.note("said not to be added", refused);
    table.require_none("confirmed, and lost", lost);
    table.require_none("there twice", doubled);
    table.require_none("said not to be added, and there", refused_there);
    table.require_none("there, and sent by nobody", others);
    table.require_none(
        "seen by a watcher, and not there",
        seen.iter().filter(|id| !there.contains_key(*id)).count(),
    );
    table.note(
        "confirmed, and seen by a watcher",
        format!("{seen_of_confirmed} of {confirmed}"),
    );
    table.note(
        "streams opened, answers on them",
        format!(
            "{}, {}",
            setting.record.counted(Count::Streams),
            setting.record.counted(Count::Answers)
        ),
    );
    let newest = there.keys().rev().take(ListNumbers::default().count.to_usize());
    let newest: Vec<_> = newest.cloned().collect();
    let shown: Vec<_> = end.watchers.iter().flatten().collect();
    let right = shown.iter().filter(|ids| ***ids == newest).count();
    table.require(
        "watchers that show the newest numbers in the end",
        format!("{right} of {}", shown.len()),
        format!("all, of {WATCHERS} but those signed out"),
        end.watchers.len() == WATCHERS && right == shown.len(),
    );
}

fn errors(table: &mut Table, setting: &Setting) {
    table.heading("told to wait, as the contract allows");
    for (what, count) in setting.record.all_later() {
        table.note(what, count);
    }
    let outside = setting.record.all_outside();
    let all: u64 = outside.values().sum();
    table.heading("errors outside the contract");
    table.require("all", all, "0", all == 0);
    for (what, count) in outside {
        table.note(what, count);
    }
}

fn attacks(table: &mut Table, setting: &Setting) {
    let answers = setting.record.all_attacks();
    table.heading("the attacker");
    table.note("requests", answers.all());
    for (status, count) in &answers.by_status {
        table.note(format!("answered {status}"), count);
    }
    table.note("no answer: the process restarted", answers.broken);
    let known: BTreeSet<u16> = [101, 302, 303, 400, 401, 403, 429, 503].into();
    let others = answers.by_status.keys().filter(|it| !known.contains(it));
    table.require_none("with another status", others.count());
    let without = answers.without_retry_after;
    table.require("429 or 503 without Retry-After", without, "0", without == 0);
}

fn memory(table: &mut Table, quarters: &[Vec<Memory>]) {
    table.heading("memory at 1/4, 1/2, 3/4 and the end, MB; | is a restart");
    for at in 0..PROCESSES {
        let all: Vec<Memory> = quarters.iter().map(|it| it[at]).collect();
        let mut shown = String::new();
        let mut first: Option<Memory> = None;
        let mut is_flat = true;
        for memory in all {
            match first {
                Some(first) if first.life == memory.life => {
                    let most = first.kilobytes * 5 / 4 + MEMORY_MORE;
                    is_flat &= memory.kilobytes <= most;
                }
                _ => {
                    if first.is_some() {
                        shown += " |";
                    }
                    first = Some(memory);
                }
            }
            shown = format!("{shown} {}", memory.kilobytes / 1024);
        }
        table.require(
            format!("process {}", at + 1),
            shown.trim_start(),
            "per life at most 1/4 and 16 MB more",
            is_flat,
        );
    }
}
