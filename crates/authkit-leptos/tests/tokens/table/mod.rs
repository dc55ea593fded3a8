//! The table of tokens: each with the provider that has to accept it, or the reason to refuse it, as
//! RFC 7515, 7518, 7519, 8037 and 8725 want it.
//!
//! The rows are in the files around, by what is wrong. A row that fails is named. Must not shrink.

mod algorithms;
mod claims;
mod encoding;
mod headers;
mod keys;
mod providers;
mod signatures;

use super::rig::{Frozen, Rig};
use authkit_leptos::server::token::Provider;
use std::collections::{HashMap, HashSet};

/// The fewest rows there may be.
const ROWS: usize = 150;

/// One token.
struct Row {
    name: String,
    /// Who is there to accept it.
    providers: Vec<Provider>,
    token: String,
    /// The provider that accepts it, by its place, or the reason code.
    expected: Result<usize, &'static str>,
    /// What the refusal has to say, where that is part of the row.
    sentence: Option<&'static str>,
}

/// The rows, as they are gathered.
struct Table<'r> {
    rig: &'r Rig,
    /// Three, one an algorithm, in the order of [`ALGORITHMS`](super::rig::ALGORITHMS).
    providers: Vec<Provider>,
    rows: Vec<Row>,
}

impl Table<'_> {
    /// A token that the provider of its algorithm accepts.
    fn accepts(&mut self, provider: usize, name: impl Into<String>, token: String) {
        let providers = self.providers.clone();
        self.row(name, providers, token, Ok(provider));
    }

    /// A token that none of the three accepts.
    fn refuses(&mut self, code: &'static str, name: impl Into<String>, token: String) {
        let providers = self.providers.clone();
        self.row(name, providers, token, Err(code));
    }

    fn row(
        &mut self,
        name: impl Into<String>,
        providers: Vec<Provider>,
        token: String,
        expected: Result<usize, &'static str>,
    ) {
        self.rows.push(Row {
            name: name.into(),
            providers,
            token,
            expected,
            sentence: None,
        });
    }

    /// The words that the refusal of the last row must have.
    fn says(&mut self, sentence: &'static str) {
        self.rows.last_mut().unwrap().sentence = Some(sentence);
    }
}

impl Row {
    /// What is wrong with the verdict, if anything.
    async fn complaint(&self, verifier: &Frozen) -> Option<String> {
        let outcome = verifier.verify(&self.token).await;
        let found = match &outcome {
            Ok(verified) => Ok(self
                .providers
                .iter()
                .position(|provider| *provider == *verified.provider)
                .unwrap()),
            Err(refusal) => Err(refusal.error.code()),
        };
        let words = outcome.err().map(|refusal| refusal.to_string());
        let words = words.unwrap_or_default();
        if found != self.expected {
            let (name, expected) = (&self.name, self.expected);
            return Some(format!("{name}: {expected:?} expected, {found:?} {words}"));
        }
        let sentence = self.sentence?;
        (!words.contains(sentence)).then(|| format!("{}: no {sentence:?} in {words}", self.name))
    }
}

#[tokio::test]
async fn each_token_of_the_table_gets_its_verdict() {
    let rig = Rig::new();
    let mut table = Table {
        rig: &rig,
        providers: rig.providers(),
        rows: Vec::new(),
    };
    algorithms::add(&mut table);
    keys::add(&mut table);
    signatures::add(&mut table);
    headers::add(&mut table);
    encoding::add(&mut table);
    claims::add(&mut table);
    providers::add(&mut table);
    let rows = table.rows;
    assert!(rows.len() >= ROWS, "only {} rows", rows.len());
    let names: HashSet<_> = rows.iter().map(|row| &row.name).collect();
    assert_eq!(names.len(), rows.len(), "two rows of the same name");

    let mut verifiers = HashMap::new();
    let mut complaints = Vec::new();
    for row in &rows {
        let verifier = verifiers
            .entry(&row.providers)
            .or_insert_with(|| Frozen::new(row.providers.clone()));
        complaints.extend(row.complaint(verifier).await);
    }
    println!("{} tokens", rows.len());
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
