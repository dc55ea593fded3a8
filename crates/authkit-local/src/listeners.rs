//! Listening so that `localhost` means this program and no other: browsers take it for `127.0.0.1` or for `::1`, whichever
//! answers, and another program on one of them would be shown in place of this one.
//!
//! Used by the server and by the emulator.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};

/// How often port 0 is tried until the same port is free on IPv4 and IPv6.
const PORT_TRIES: usize = 8;

/// The sockets of one program: one, or two when `localhost` is meant. They do not block.
pub struct Listeners {
    /// The sockets.
    pub sockets: Vec<TcpListener>,
    /// Where the first of them listens.
    pub addr: SocketAddr,
}

/// Why a program can't listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program listens there, or on the other address that `localhost` may mean.
    #[error(
        "port {} is taken: another program (perhaps another development server) listens on {addr}, and a browser \
         that opens localhost would reach that one. Stop it, or choose another port",
        addr.port()
    )]
    PortTaken {
        /// Where.
        addr: SocketAddr,
    },
    /// The operating system refuses to listen there.
    #[error("can't listen on {addr}: {source}")]
    Refused {
        /// Where.
        addr: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Listeners {
    /// Listens on `addr`, and where `localhost` leads there on its other loopback address, too. Port 0 takes one that
    /// is free on both.
    ///
    /// # Errors
    /// [`ListenError`].
    pub fn bind(addr: SocketAddr) -> Result<Self, ListenError> {
        let mut taken = addr;
        let tries = if addr.port() == 0 { PORT_TRIES } else { 1 };
        for _ in 0..tries {
            let socket = listen(addr)?;
            let refused = |source| ListenError::Refused { addr, source };
            let bound = socket.local_addr().map_err(refused)?;
            let twin = other_loopback(bound.ip()).map(|ip| SocketAddr::new(ip, bound.port()));
            let sockets = match twin.map(listen) {
                Some(Ok(second)) => vec![socket, second],
                Some(Err(ListenError::PortTaken { addr })) => {
                    taken = addr;
                    continue;
                }
                // Without IPv6 no other program can listen on [::1] either.
                Some(Err(ListenError::Refused { .. })) | None => vec![socket],
            };
            return Ok(Self {
                sockets,
                addr: bound,
            });
        }
        Err(ListenError::PortTaken { addr: taken })
    }

    /// `http://localhost:PORT` where that reaches this program, the IP address otherwise.
    #[must_use]
    pub fn base_url(&self) -> String {
        base_url(self.addr)
    }
}

/// Where a program that listens on `addr` is reached on this machine.
#[must_use]
pub fn base_url(addr: SocketAddr) -> String {
    let ip = addr.ip();
    if ip.is_loopback() || ip.is_unspecified() {
        format!("http://localhost:{}", addr.port())
    } else {
        format!("http://{addr}")
    }
}

/// What else `localhost` may mean to a browser, beside `ip`. A socket for all IPv6 addresses takes IPv4 along.
fn other_loopback(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) if ip == Ipv4Addr::LOCALHOST || ip.is_unspecified() => {
            Some(Ipv6Addr::LOCALHOST.into())
        }
        IpAddr::V6(Ipv6Addr::LOCALHOST) => Some(Ipv4Addr::LOCALHOST.into()),
        _ => None,
    }
}

fn listen(addr: SocketAddr) -> Result<TcpListener, ListenError> {
    let listening = TcpListener::bind(addr).and_then(|socket| {
        socket.set_nonblocking(true)?;
        Ok(socket)
    });
    listening.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::PortTaken { addr },
        _ => ListenError::Refused { addr, source },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether this machine has IPv6 at all.
    fn has_ipv6() -> bool {
        TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
    }

    #[test]
    fn a_program_on_either_loopback_address_is_named() {
        if !has_ipv6() {
            eprintln!("not looked at: this machine has no IPv6");
            return;
        }
        let (four, six) = (
            IpAddr::from(Ipv4Addr::LOCALHOST),
            IpAddr::from(Ipv6Addr::LOCALHOST),
        );
        for (other, ours) in [
            (six, four),
            (four, six),
            (six, Ipv4Addr::UNSPECIFIED.into()),
        ] {
            let other = TcpListener::bind((other, 0)).unwrap().local_addr().unwrap();
            let taken = TcpListener::bind(other).unwrap();
            let error = Listeners::bind(SocketAddr::new(ours, other.port()));
            let Err(ListenError::PortTaken { addr }) = error else {
                panic!("listens on {ours} beside {other}");
            };
            assert_eq!(addr, taken.local_addr().unwrap());
        }
    }

    #[test]
    fn localhost_is_this_program_by_both_its_addresses() {
        let listeners = Listeners::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let addresses = listeners.sockets.iter().map(|it| it.local_addr().unwrap());
        let addresses: Vec<_> = addresses.collect();
        assert!(addresses.iter().all(|it| it.ip().is_loopback()));
        assert_eq!(
            addresses.len(),
            1 + usize::from(has_ipv6()),
            "{addresses:?}"
        );
        let url = format!("http://localhost:{}", addresses[0].port());
        assert_eq!(listeners.base_url(), url);
        assert_eq!(base_url(([10, 0, 0, 7], 80).into()), "http://10.0.0.7:80");
    }
}
