//! What a token's header points at is never asked for (RFC 8725 §3.10): not to check it, not to look.

use super::rig::{ALGORITHMS, Frozen, Rig, claims, compact, with};
use serde_json::json;
use std::{io::ErrorKind, net::TcpListener};

#[tokio::test]
async fn addresses_in_a_header_are_never_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let rig = Rig::new();
    let verifier = Frozen::new(rig.providers());
    for of in ALGORITHMS {
        let addresses = json!({"jku": address, "x5u": address, "iss": address, "kid": address});
        for kid in [rig.key(of).kid.as_str(), "unknown", &address] {
            let header = with(with(rig.header(of), addresses.clone()), json!({"kid": kid}));
            for key in [rig.key(of), rig.stranger(of)] {
                let token = compact(header.to_string(), claims(of).to_string(), |message| {
                    key.sign(of.name(), message)
                });
                let accepted = verifier.verify(&token).await.is_ok();
                assert_eq!(accepted, kid == key.kid && std::ptr::eq(key, rig.key(of)));
            }
        }
    }
    let asked = listener.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(asked, Err(ErrorKind::WouldBlock), "somebody came");
}
