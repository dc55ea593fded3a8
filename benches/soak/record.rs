//! What was seen during the soak: counts, every number that was sent with what was said of it, and what broke a
//! promise. Written by all, read by `verdict` and for the line that says how far it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// Requests of people that were answered with what was asked for.
    Requests,
    /// Sign-ins that ended in a session.
    SignIns,
    /// Sessions that their people signed out of.
    SignOuts,
    /// Sessions that were revoked.
    Revocations,
    /// Sessions that have moved to another organization.
    Moves,
    /// Session cookies that were replaced by a newer one.
    Renewals,
    /// Requests that were hung up on.
    HangUps,
    /// Streams opened.
    Streams,
    /// Answers on streams.
    Answers,
}

/// What was said of a number that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is there, by this id.
    Confirmed(String),
    /// Nothing, or that it is not known.
    Unknown,
    /// It is not there.
    Refused,
}

/// All of it.
#[derive(Default)]
pub struct Record {
    counts: Mutex<BTreeMap<Count, u64>>,
    later: Mutex<BTreeMap<&'static str, u64>>,
    outside: Mutex<BTreeMap<String, u64>>,
    troubles: Mutex<BTreeMap<String, u64>>,
    wrong_sign_outs: Mutex<Vec<String>>,
    let_in: Mutex<Vec<String>>,
    numbers: Mutex<BTreeMap<i64, Said>>,
    seen: Mutex<BTreeSet<String>>,
    attacks: Mutex<crate::attacker::Answers>,
    next: AtomicI64,
    confirmed: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Record {
    pub fn count(&self, what: Count) {
        *lock(&self.counts).entry(what).or_default() += 1;
    }

    pub fn counted(&self, what: Count) -> u64 {
        lock(&self.counts).get(&what).copied().unwrap_or(0)
    }

    /// Counts an answer that tells a user to come back later, as the contract allows.
    pub fn later(&self, name: &'static str) {
        *lock(&self.later).entry(name).or_default() += 1;
    }

    /// Something that is not in the contract. Said at once, too.
    pub fn outside(&self, what: &str) {
        let count = {
            let mut all = lock(&self.outside);
            // Ids and the like would make each one of its own.
            let key: String = what.chars().filter(|it| !it.is_ascii_digit()).collect();
            let known = all.len();
            let kept = known < 50 || all.contains_key(&key);
            let key = if kept { key } else { "others".to_owned() };
            let count = all.entry(key).or_default();
            *count += 1;
            *count
        };
        if count <= 3 {
            println!("       outside the contract: {what}");
        }
    }

    /// Something that the soak does on purpose.
    pub fn trouble(&self, what: impl Into<String>) {
        *lock(&self.troubles).entry(what.into()).or_default() += 1;
    }

    /// A person was signed out who should not have been.
    pub fn wrong_sign_out(&self, what: String) {
        println!("       signed out wrongly: {what}");
        lock(&self.wrong_sign_outs).push(what);
    }

    /// A person was let in whose session had ended.
    pub fn let_in(&self, what: String) {
        println!("       let in after the end: {what}");
        lock(&self.let_in).push(what);
    }

    /// A number that was not sent before. Nothing is known of it yet.
    pub fn next_number(&self) -> i64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed) - 1_000_000;
        lock(&self.numbers).insert(number, Said::Unknown);
        number
    }

    pub fn said(&self, number: i64, said: Said) {
        if matches!(said, Said::Confirmed(_)) {
            self.confirmed.fetch_add(1, Ordering::Relaxed);
        }
        lock(&self.numbers).insert(number, said);
    }

    /// A watcher has seen these numbers, by their ids.
    pub fn seen(&self, ids: impl Iterator<Item = String>) {
        lock(&self.seen).extend(ids);
    }

    pub fn attacked(&self, answers: &crate::attacker::Answers) {
        lock(&self.attacks).merge(answers);
    }

    pub fn so_far(&self) -> String {
        let count = |what| self.counted(what);
        let troubles: u64 = lock(&self.troubles).values().sum();
        let later: u64 = lock(&self.later).values().sum();
        format!(
            "{} requests, {} sign-ins, {} renewals, {} numbers, {} told to wait, {} attacks, {} troubles, {} broken promises",
            count(Count::Requests),
            count(Count::SignIns),
            count(Count::Renewals),
            self.confirmed.load(Ordering::Relaxed),
            later,
            lock(&self.attacks).all(),
            troubles,
            lock(&self.outside).values().sum::<u64>()
                + lock(&self.wrong_sign_outs).len() as u64
                + lock(&self.let_in).len() as u64,
        )
    }

    pub fn all_later(&self) -> BTreeMap<&'static str, u64> {
        lock(&self.later).clone()
    }

    pub fn all_outside(&self) -> BTreeMap<String, u64> {
        lock(&self.outside).clone()
    }

    pub fn all_troubles(&self) -> BTreeMap<String, u64> {
        lock(&self.troubles).clone()
    }

    pub fn all_wrong_sign_outs(&self) -> usize {
        lock(&self.wrong_sign_outs).len()
    }

    pub fn all_let_in(&self) -> usize {
        lock(&self.let_in).len()
    }

    pub fn all_numbers(&self) -> BTreeMap<i64, Said> {
        lock(&self.numbers).clone()
    }

    pub fn all_seen(&self) -> BTreeSet<String> {
        lock(&self.seen).clone()
    }

    pub fn all_attacks(&self) -> crate::attacker::Answers {
        lock(&self.attacks).clone()
    }
}
