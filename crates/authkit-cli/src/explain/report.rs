//! The verdict on one token: as JSON for machines, in words for people.
//!
//! The names of the JSON's fields are a promise, kept in docs/tokens.md. Holds what a token says of
//! issuer, audience, subject, dates and key, and nothing else of it.

use super::moment;
use authkit_leptos::server::token::{Examination, Verdict, shown};
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// What is told of one token.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Which of the tokens, from 1.
    number: usize,
    /// Whether any provider accepts it.
    pub accepted: bool,
    /// Who accepts it, or where it got furthest.
    provider: Option<String>,
    /// Reason code of the refusal that counts.
    reason: Option<&'static str>,
    /// The same in words.
    sentence: Option<String>,
    issuer: Option<String>,
    /// `aud` as it is in the token: text or a list.
    audience: Option<Value>,
    subject: Option<String>,
    algorithm: Option<String>,
    /// The key's id.
    key: Option<String>,
    /// Seconds since the epoch.
    expires_at: Option<u64>,
    /// What each provider says, in their order.
    providers: Vec<Answer>,
    #[serde(skip)]
    now: u64,
}

/// What one provider says.
#[derive(Debug, Serialize)]
struct Answer {
    provider: String,
    accepted: bool,
    reason: Option<&'static str>,
    sentence: Option<String>,
}

impl Report {
    /// The report on the token that was examined at `now`.
    pub fn new(number: usize, examination: &Examination, now: u64) -> Self {
        let refusal = examination.refusal();
        let error = refusal.as_ref().map(|refusal| &refusal.error);
        let provider = match &refusal {
            None => examination.accepted_by(),
            Some(refusal) => refusal.provider(),
        };
        let decoded = examination.decoded.as_ref().ok();
        let parameter = |name| decoded?.parameter(name).map(str::to_owned);
        let claim = |name| decoded?.claim(name).map(str::to_owned);
        Self {
            number,
            accepted: refusal.is_none(),
            provider: provider.map(ToString::to_string),
            reason: error.map(|error| error.code()),
            sentence: error.map(ToString::to_string),
            issuer: claim("iss"),
            audience: decoded.and_then(|decoded| decoded.claims.get("aud").cloned()),
            subject: claim("sub"),
            algorithm: parameter("alg"),
            key: parameter("kid"),
            expires_at: decoded.and_then(|decoded| decoded.date("exp")),
            providers: examination.verdicts.iter().map(Answer::new).collect(),
            now,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let text = |value: &Option<String>| value.as_deref().map(shown);
        let audience = self.audience.as_ref().map(|audience| match audience {
            Value::String(text) => shown(text),
            other => shown(&other.to_string()),
        });
        let expires = self.expires_at.map(|at| moment::in_words(at, self.now));
        let facts = [
            ("issuer", text(&self.issuer)),
            ("audience", audience),
            ("subject", text(&self.subject)),
            ("expires", expires),
            ("algorithm", text(&self.algorithm)),
            ("key", text(&self.key)),
        ];
        let known = |(name, value): (_, Option<String>)| Some((name, value?));
        facts.into_iter().filter_map(known).collect()
    }
}

impl Answer {
    fn new(Verdict { provider, outcome }: &Verdict) -> Self {
        let error = outcome.as_ref().err();
        Self {
            provider: provider.to_string(),
            accepted: error.is_none(),
            reason: error.map(|error| error.code()),
            sentence: error.map(ToString::to_string),
        }
    }
}

/// What decides comes first, with an arrow.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.reason {
            None => "accepted".to_owned(),
            Some(reason) => format!("refused ({reason})"),
        };
        if self.number > 1 {
            writeln!(f)?;
        }
        writeln!(f, "token {}: {verdict}", self.number)?;
        for (name, value) in self.facts() {
            writeln!(f, "  {name:<9}  {value}")?;
        }
        if let (Some(sentence), true) = (&self.sentence, self.providers.is_empty()) {
            writeln!(f, "→ {sentence}")?;
        }
        let decides = |answer: &&Answer| Some(&answer.provider) == self.provider.as_ref();
        let (first, others): (Vec<_>, Vec<_>) = self.providers.iter().partition(decides);
        for (mark, answers) in [("→", first), (" ", others)] {
            for answer in answers {
                writeln!(f, "{mark} {}", answer.provider)?;
                let sentence = answer.sentence.as_deref().unwrap_or("accepts it");
                writeln!(f, "    {sentence}")?;
            }
        }
        Ok(())
    }
}
