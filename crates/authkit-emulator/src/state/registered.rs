//! The registered addresses of an app (redirect URIs, sign-out URIs, CORS origins), in order of registration, with
//! WorkOS's ids. Callers: the protocol redirects to these only; `api::registration` and control add to them.
//! Addresses are compared character by character (RFC 9700 §4.1.3) and never normalized.

use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::state::random;

/// A set of addresses.
pub struct Registered {
    prefix: &'static str,
    at_start: Vec<Address>,
    addresses: RwLock<Vec<Address>>,
}

/// A registered address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Address {
    pub id: String,
    pub address: String,
    pub created_at: Timestamp,
}

impl Registered {
    /// The `configured` addresses, followed by those `remembered` from before a restart. New ids start
    /// with `prefix`.
    pub fn new(
        prefix: &'static str,
        configured: &[String],
        remembered: Vec<Address>,
        now: Timestamp,
    ) -> Self {
        let registered = Registered {
            prefix,
            at_start: Vec::new(),
            addresses: RwLock::default(),
        };
        for address in configured {
            registered.register(address, now);
        }
        let at_start = registered.entries();
        for address in remembered {
            registered.insert(address);
        }
        Registered {
            at_start,
            ..registered
        }
    }

    /// Adds an address; `None` if it is registered already.
    pub fn register(&self, address: impl Into<String>, now: Timestamp) -> Option<Address> {
        self.insert(Address {
            id: random::id_at(self.prefix, now),
            address: address.into(),
            created_at: now,
        })
    }

    /// Whether exactly this address is registered (RFC 9700 §4.1.3: simple string comparison).
    pub fn contains(&self, address: &str) -> bool {
        self.entries().iter().any(|known| known.address == address)
    }

    /// The default: the address registered first.
    pub fn first(&self) -> Option<String> {
        self.all().into_iter().next()
    }

    /// All addresses, in order of registration.
    pub fn all(&self) -> Vec<String> {
        self.entries()
            .into_iter()
            .map(|known| known.address)
            .collect()
    }

    /// All addresses with their records.
    pub fn entries(&self) -> Vec<Address> {
        let addresses = self.addresses.read();
        addresses.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Removes all addresses except the configured ones.
    pub fn reset(&self) {
        *self.write() = self.at_start.clone();
    }

    fn insert(&self, new: Address) -> Option<Address> {
        let mut addresses = self.write();
        if addresses.iter().any(|known| known.address == new.address) {
            return None;
        }
        addresses.push(new.clone());
        Some(new)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vec<Address>> {
        self.addresses
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
