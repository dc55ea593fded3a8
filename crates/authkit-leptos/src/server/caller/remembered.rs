//! [`Remembered`]: what was found out about a proof, a session cookie or a bearer token, for when it comes again.
//!
//! Asked by the authenticator before it opens or verifies anything. Keeps a keyed hash of each proof and never the proof.
//! Says nothing of whether the finding still holds: the authenticator asks that each time.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use moka::{Expiry, policy::EvictionPolicy, sync::Cache};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Memory for findings about one kind of proof, in bytes, by estimate: 10,000 sessions as WorkOS makes them, and some.
const MOST_BYTES: u64 = 80 * 1024 * 1024;

/// Findings of type `T` by proof. Those not asked for the longest go when there are too many.
pub struct Remembered<T> {
    /// Random, and new in each process. Without it a client could look for two proofs with one name.
    key: hmac::Key,
    found: Cache<Proof, Finding<T>>,
    hits: AtomicU64,
}

/// Names a proof: HMAC-SHA256 (RFC 2104) under the key of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Proof([u8; 32]);

/// Names a proof that comes in pieces.
pub struct Naming(hmac::Context);

struct Finding<T> {
    what: Arc<T>,
    bytes: u32,
    lasts: Duration,
}

impl<T: Send + Sync + 'static> Remembered<T> {
    /// Nothing yet.
    ///
    /// # Errors
    /// When the operating system has no random numbers.
    pub fn new() -> Result<Self, getrandom::Error> {
        Self::within(MOST_BYTES)
    }

    fn within(bytes: u64) -> Result<Self, getrandom::Error> {
        // The system's own: aws-lc would collect entropy for its generator first, for 20 ms of each start.
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self {
            key: hmac::Key::new(HMAC_SHA256, &key),
            found: Cache::builder()
                .max_capacity(bytes)
                .weigher(|_, finding: &Finding<T>| finding.bytes)
                .expire_after(WithItsToken)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            hits: AtomicU64::new(0),
        })
    }

    /// Begins to name a proof.
    pub fn naming(&self) -> Naming {
        Naming(hmac::Context::with_key(&self.key))
    }

    /// What was found out about a proof.
    pub fn get(&self, proof: &Proof) -> Option<Arc<T>> {
        self.found.get(proof).map(|finding| finding.what)
    }

    /// Remembers what was found out about a proof, which takes so many bytes, for as long as its token `lasts`.
    pub fn put(&self, proof: Proof, what: T, bytes: usize, lasts: Duration) {
        let finding = Finding {
            what: Arc::new(what),
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
            lasts,
        };
        self.found.insert(proof, finding);
    }

    /// Counts a request that was answered by what is remembered.
    pub fn count_hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// How often a request was answered so.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// How many proofs something is remembered of.
    pub fn count(&self) -> u64 {
        self.found.run_pending_tasks();
        self.found.entry_count()
    }
}

impl Naming {
    /// The next piece. Where it ends is part of the name: "ab" and "c" are not "a" and "bc".
    pub fn add(&mut self, piece: &[u8]) {
        self.0.update(&piece.len().to_le_bytes());
        self.0.update(piece);
    }

    /// The name of all pieces.
    pub fn proof(self) -> Proof {
        let mut name = [0; 32];
        name.copy_from_slice(self.0.sign().as_ref());
        Proof(name)
    }
}

impl<T> Clone for Finding<T> {
    fn clone(&self) -> Self {
        Self {
            what: Arc::clone(&self.what),
            bytes: self.bytes,
            lasts: self.lasts,
        }
    }
}

/// A finding about a token that has expired is no use to anybody.
struct WithItsToken;

impl<T> Expiry<Proof, Finding<T>> for WithItsToken {
    fn expire_after_create(&self, _: &Proof, finding: &Finding<T>, _: Instant) -> Option<Duration> {
        Some(finding.lasts)
    }

    fn expire_after_update(
        &self,
        _: &Proof,
        finding: &Finding<T>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(finding.lasts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(300);

    fn name(remembered: &Remembered<u32>, pieces: &[&str]) -> Proof {
        let mut naming = remembered.naming();
        for piece in pieces {
            naming.add(piece.as_bytes());
        }
        naming.proof()
    }

    #[test]
    fn what_was_found_is_found_again_by_the_same_pieces_in_the_same_process_only() {
        let (here, elsewhere) = (Remembered::new().unwrap(), Remembered::new().unwrap());
        here.put(name(&here, &["ab", "c"]), 1, 1, LONG);
        let found = |pieces: &[&str]| here.get(&name(&here, pieces)).as_deref().copied();
        assert_eq!(found(&["ab", "c"]), Some(1));
        for other in [&["a", "bc"][..], &["abc"], &["ab", "c", ""], &["c", "ab"]] {
            assert_eq!(found(other), None, "{other:?}");
        }
        assert_ne!(name(&here, &["ab"]), name(&elsewhere, &["ab"]));
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for_and_what_is_asked_for_stays() {
        let remembered = Remembered::within(1_000).unwrap();
        let often = name(&remembered, &["often"]);
        remembered.put(often, 0, 100, LONG);
        for number in 1..500_u32 {
            let proof = name(&remembered, &[&number.to_string()]);
            remembered.put(proof, number, 100, LONG);
            assert!(remembered.get(&often).is_some(), "{number}");
            assert!(remembered.count() <= 10, "{number}");
        }
        remembered.put(name(&remembered, &["huge"]), 0, usize::MAX, LONG);
        assert!(remembered.count() <= 10);
    }

    #[test]
    fn what_is_over_is_not_kept() {
        let remembered = Remembered::new().unwrap();
        let proof = name(&remembered, &["over"]);
        remembered.put(proof, 0, 1, Duration::ZERO);
        assert!(remembered.get(&proof).is_none());
    }
}
