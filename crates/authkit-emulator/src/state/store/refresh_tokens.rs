//! Refresh tokens, indexed by fingerprint and by session. Caller: the state.
//! A session refreshed every minute has over a thousand used tokens per day, so no single request may iterate
//! over all of them.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize, Serializer};

use super::model::RefreshToken;

/// Refresh tokens by fingerprint.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "BTreeMap<String, RefreshToken>")]
pub struct RefreshTokens {
    by_fingerprint: BTreeMap<String, RefreshToken>,
    fingerprints_by_session: HashMap<String, Vec<String>>,
}

impl RefreshTokens {
    /// The token with this fingerprint.
    pub fn get(&self, fingerprint: &str) -> Option<&RefreshToken> {
        self.by_fingerprint.get(fingerprint)
    }

    /// The token with this fingerprint, to mark it as used.
    pub fn get_mut(&mut self, fingerprint: &str) -> Option<&mut RefreshToken> {
        self.by_fingerprint.get_mut(fingerprint)
    }

    /// Whether a session has a token, used or not.
    pub fn has_any_of(&self, session_id: &str) -> bool {
        self.fingerprints_by_session.contains_key(session_id)
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.by_fingerprint.len()
    }

    /// Adds a token.
    pub fn insert(&mut self, fingerprint: String, token: RefreshToken) {
        let session_id = token.session_id.clone();
        let of_session = self.fingerprints_by_session.entry(session_id).or_default();
        of_session.push(fingerprint.clone());
        self.by_fingerprint.insert(fingerprint, token);
    }

    /// Removes the tokens of a session.
    pub fn remove_all_of(&mut self, session_id: &str) {
        let fingerprints = self.fingerprints_by_session.remove(session_id);
        for fingerprint in fingerprints.unwrap_or_default() {
            self.by_fingerprint.remove(&fingerprint);
        }
    }

    /// Keeps the tokens for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&RefreshToken) -> bool) {
        let all = std::mem::take(&mut self.by_fingerprint);
        *self = all
            .into_iter()
            .filter(|(_, token)| keep(token))
            .collect::<BTreeMap<_, _>>()
            .into();
    }
}

impl From<BTreeMap<String, RefreshToken>> for RefreshTokens {
    fn from(by_fingerprint: BTreeMap<String, RefreshToken>) -> RefreshTokens {
        let mut fingerprints_by_session: HashMap<String, Vec<String>> = HashMap::new();
        for (fingerprint, token) in &by_fingerprint {
            let session_id = token.session_id.clone();
            let of_session = fingerprints_by_session.entry(session_id).or_default();
            of_session.push(fingerprint.clone());
        }
        RefreshTokens {
            by_fingerprint,
            fingerprints_by_session,
        }
    }
}

impl Serialize for RefreshTokens {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_fingerprint.serialize(serializer)
    }
}
