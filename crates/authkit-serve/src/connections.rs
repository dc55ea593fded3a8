//! [`Connections`]: limits the number of open connections, in total and per client address.
//!
//! `accept` asks it for a [`ConnectionPermit`] per accepted connection. Dropping the permit frees the place;
//! `socket` holds it until the socket is closed, upgraded or not.

use crate::{
    client_address::network,
    settings::{SettingError, count, seconds},
};
use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Limits of the accept loop.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// `MAX_CONNECTIONS`, 10,000 by default: open connections in total. Lowered to three quarters of the
    /// process's limit of open files where that is less.
    pub all: NonZeroUsize,
    /// `MAX_CONNECTIONS_PER_ADDRESS`, 256 by default: open connections per public IPv4 address or IPv6 /64
    /// network. Loopback and private addresses are not counted: a proxy there stands for all clients.
    pub per_address: NonZeroUsize,
    /// A connection is closed when its client accepts no byte of an answer for this long: 30 seconds.
    pub stalled_after: Duration,
    /// `IDLE_TIMEOUT_SECONDS`, 75 by default: how long a connection without a request stays open. A proxy that
    /// keeps connections for its next request must give up first, or it meets one that is being closed.
    pub idle_for: Duration,
    /// `HEADER_TIMEOUT_SECONDS`, 10 by default: how long a client may take for the head of a request, from its
    /// first byte on.
    pub head_within: Duration,
    /// `DRAIN_SECONDS`, 0 by default: how long a process that is asked to stop keeps serving, while it tells proxies to send
    /// their requests elsewhere.
    pub drain_for: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            all: const { NonZeroUsize::new(10_000).unwrap() },
            per_address: const { NonZeroUsize::new(256).unwrap() },
            stalled_after: Duration::from_secs(30),
            idle_for: Duration::from_secs(75),
            head_within: Duration::from_secs(10),
            drain_for: Duration::ZERO,
        }
    }
}

impl ConnectionLimits {
    /// Reads the variables.
    ///
    /// # Errors
    /// [`SettingError::Count`] for a value that is no count.
    pub fn read(variables: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let default = Self::default();
        let seconds =
            |name, default| Ok::<_, SettingError>(seconds(&variables, name)?.unwrap_or(default));
        Ok(Self {
            all: count(&variables, "MAX_CONNECTIONS")?.unwrap_or(default.all),
            per_address: count(&variables, "MAX_CONNECTIONS_PER_ADDRESS")?
                .unwrap_or(default.per_address),
            stalled_after: default.stalled_after,
            idle_for: seconds("IDLE_TIMEOUT_SECONDS", default.idle_for)?,
            head_within: seconds("HEADER_TIMEOUT_SECONDS", default.head_within)?,
            drain_for: seconds("DRAIN_SECONDS", default.drain_for)?,
        })
    }

    /// Lowers the total so that the database and the site still get file descriptors.
    fn within_the_system(mut self) -> Self {
        if let Some(files) = open_files()
            && let Ok(files) = usize::try_from(files)
            && let Some(most) = NonZeroUsize::new(files / 4 * 3)
            && most < self.all
        {
            tracing::warn!(
                connections = most,
                files,
                "the system lets this process open too few files for MAX_CONNECTIONS: see ulimit -n"
            );
            self.all = most;
        }
        self
    }
}

/// The process's limit of open files, after raising it as far as the system allows.
#[cfg(unix)]
fn open_files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    // A refusal by the system leaves the limit unchanged.
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    let _ = setrlimit(Resource::Nofile, raised);
    getrlimit(Resource::Nofile).current
}

#[cfg(not(unix))]
fn open_files() -> Option<u64> {
    None
}

/// Counts the open connections.
pub struct Connections {
    limits: ConnectionLimits,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_peer: HashMap<IpAddr, usize>,
}

/// Counts one connection for as long as it lives.
pub struct ConnectionPermit {
    connections: Arc<Connections>,
    peer: Option<IpAddr>,
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitReached {
    /// [`ConnectionLimits::all`].
    #[error("MAX_CONNECTIONS are open")]
    All,
    /// [`ConnectionLimits::per_address`].
    #[error("an address has MAX_CONNECTIONS_PER_ADDRESS open")]
    Address,
}

impl Connections {
    /// Counts from zero.
    pub fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits: limits.within_the_system(),
            open: Mutex::default(),
        }
    }

    /// Counts a connection from this address.
    ///
    /// # Errors
    /// [`LimitReached`].
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Result<ConnectionPermit, LimitReached> {
        let peer = counted(address);
        let mut open = self.open();
        if open.all >= self.limits.all.get() {
            return Err(LimitReached::All);
        }
        if let Some(peer) = peer {
            let count = open.by_peer.get(&peer).copied().unwrap_or_default();
            if count >= self.limits.per_address.get() {
                return Err(LimitReached::Address);
            }
            open.by_peer.insert(peer, count + 1);
        }
        open.all += 1;
        Ok(ConnectionPermit {
            connections: Arc::clone(self),
            peer,
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.all -= 1;
        if let Some(peer) = self.peer
            && let Some(count) = open.by_peer.get_mut(&peer)
        {
            *count -= 1;
            if *count == 0 {
                open.by_peer.remove(&peer);
            }
        }
    }
}

/// The key that an address is counted by; `None` for addresses that are not counted.
fn counted(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            // 100.64.0.0/10 (RFC 6598): some clouds number their machines from it.
            let is_shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            let is_local = v4.is_loopback() || v4.is_private() || v4.is_link_local() || is_shared;
            (!is_local).then_some(v4.into())
        }
        IpAddr::V6(v6) => {
            let is_local = v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local();
            (!is_local).then(|| network(v6.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(all: usize, per_address: usize) -> Arc<Connections> {
        Arc::new(Connections::new(ConnectionLimits {
            all: NonZeroUsize::new(all).unwrap(),
            per_address: NonZeroUsize::new(per_address).unwrap(),
            ..ConnectionLimits::default()
        }))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_so_many_connections_and_gets_them_back() {
        let connections = connections(100, 2);
        for (one, same, other) in [
            ("203.0.113.1", "::ffff:203.0.113.1", "203.0.113.2"),
            ("2001:db8::1", "2001:db8:0:0:ffff::2", "2001:db8:0:1::1"),
        ] {
            let first = connections.admit(ip(one)).ok().unwrap();
            let _second = connections.admit(ip(same)).ok().unwrap();
            assert_eq!(
                connections.admit(ip(one)).err(),
                Some(LimitReached::Address)
            );
            assert!(connections.admit(ip(other)).is_ok());
            drop(first);
            let _third = connections.admit(ip(one)).ok().unwrap();
            assert_eq!(
                connections.admit(ip(same)).err(),
                Some(LimitReached::Address)
            );
        }
        assert!(connections.open().by_peer.is_empty());
        assert_eq!(connections.open().all, 0);
    }

    #[test]
    fn an_address_behind_which_all_clients_may_be_counts_towards_the_whole_only() {
        for address in [
            "127.0.0.1",
            "::1",
            "10.1.2.3",
            "172.17.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.1.1",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
        ] {
            let connections = connections(3, 1);
            let places: Vec<_> = (0..3)
                .map(|_| connections.admit(ip(address)).ok().unwrap())
                .collect();
            assert_eq!(
                connections.admit(ip(address)).err(),
                Some(LimitReached::All)
            );
            drop(places);
            assert!(connections.admit(ip(address)).is_ok(), "{address}");
        }
    }

    #[test]
    fn a_count_that_is_none_is_named() {
        for wrong in ["0", "-1", "many"] {
            let set = |name: &str| (name == "MAX_CONNECTIONS").then(|| wrong.to_owned());
            let error = ConnectionLimits::read(set).unwrap_err().to_string();
            assert!(error.contains("MAX_CONNECTIONS"), "{error}");
        }
        let set = |name: &str| (name == "MAX_CONNECTIONS_PER_ADDRESS").then(|| "7".to_owned());
        assert_eq!(ConnectionLimits::read(set).unwrap().per_address.get(), 7);
        for name in [
            "IDLE_TIMEOUT_SECONDS",
            "HEADER_TIMEOUT_SECONDS",
            "DRAIN_SECONDS",
        ] {
            let set = |asked: &str| (asked == name).then(|| "0".to_owned());
            let error = ConnectionLimits::read(set).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        let limits = ConnectionLimits::read(|_| None).unwrap();
        let seconds = [limits.idle_for, limits.head_within, limits.drain_for];
        assert_eq!(seconds.map(|it| it.as_secs()), [75, 10, 0]);
        let set = |name: &str| (name == "IDLE_TIMEOUT_SECONDS").then(|| "620".to_owned());
        assert_eq!(ConnectionLimits::read(set).unwrap().idle_for.as_secs(), 620);
    }
}
