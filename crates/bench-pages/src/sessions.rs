//! Sessions in bulk: tokens that the emulator grants, sealed with the server's password, as the server itself would do it.
//!
//! Called where thousands are needed, or one whose token has expired. The server can't tell them from those it sealed.

use super::server::PASSWORD;
use authkit_emulator::Control;
use authkit_leptos::{
    User,
    server::core::{
        seal::{Salt, Sealer},
        session::{Purpose, Session},
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// Two hours, in seconds: a token that was granted then has expired.
const LONG_AGO: i64 = 7_200;
/// The session cookie's name over http.
const COOKIE: &str = "wos-session";

/// Seals sessions.
pub struct Minter {
    sealer: Sealer,
    is_successor: bool,
}

impl Default for Minter {
    /// Of sessions that were renewed before, as most have been: the server tells the ledger of the first request of each.
    fn default() -> Self {
        Self {
            sealer: Sealer::new(&PASSWORD.into(), []),
            is_successor: true,
        }
    }
}

impl Minter {
    /// Of sessions that have just been signed in to.
    pub fn of_sign_ins() -> Self {
        Self {
            is_successor: false,
            ..Self::default()
        }
    }

    /// The Cookie header of a new session of this user.
    pub fn mint(&self, emulator: &Control, email: &str) -> String {
        let grant = emulator.grant(email).expect("a grant to a user it knows");
        let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
        let user = &grant["user"];
        let optional = |name: &str| user[name].as_str().map(str::to_owned);
        let token = text(&grant, "access_token");
        let session = Session {
            session_id: text(&claims(&token), "sid"),
            access_token: token.into(),
            refresh_token: text(&grant, "refresh_token").into(),
            user: User {
                id: text(user, "id"),
                email: text(user, "email"),
                email_verified: user["email_verified"].as_bool().unwrap_or_default(),
                first_name: optional("first_name"),
                last_name: optional("last_name"),
                profile_picture_url: optional("profile_picture_url"),
            },
            organization_id: grant["organization_id"].as_str().map(str::to_owned),
            impersonator: None,
            authentication_method: None,
            is_successor: self.is_successor,
        };
        let mut salt = Salt::default();
        rand::fill(&mut salt);
        let sealed = session.seal(&self.sealer, salt, Purpose::Cookie(COOKIE));
        format!("{COOKIE}={sealed}")
    }

    /// The same of a session whose token has expired.
    pub fn mint_expired(&self, emulator: &Control, email: &str) -> String {
        emulator.set_clock_offset(-LONG_AGO);
        let cookie = self.mint(emulator, email);
        emulator.set_clock_offset(0);
        cookie
    }

    /// The session in a Cookie header that this minted.
    pub fn open(&self, cookie: &str) -> Session {
        let (_, sealed) = cookie.split_once('=').expect("a name and a value");
        let opened = Session::open(&self.sealer, Purpose::Cookie(COOKIE), sealed);
        opened.expect("its own seal")
    }
}

/// What a token says, for the part of it that a session repeats.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap_or_default();
    let json = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    serde_json::from_slice(&json).expect("the emulator's token")
}
