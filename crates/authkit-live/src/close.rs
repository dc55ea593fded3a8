//! Why the server ends a stream, as WebSocket close codes (RFC 6455 §7.4; from 4000 on they are ours).
//!
//! Written by the server's `stream`, read by the browser, which decides by them how to go on.

/// The server stops, and another one is there or will be soon. Connect again.
pub const RESTART: u16 = 1012;
/// The page sent a message that is too long. A mistake in the page.
pub const TOO_LONG: u16 = 1009;
/// The page sent something that is no message. A mistake in the page.
pub const MALFORMED: u16 = 4400;
/// The session has sent more messages than its budget allows. Connect again after a while.
pub const TOO_MANY: u16 = 4429;
/// The session has ended, or is in another organization now. Ask the server who is signed in.
pub const SESSION_OVER: u16 = 4401;
/// The access token is about to expire. Connect again: the handshake renews the session.
pub const RENEW: u16 = 4402;
