//! The app as a browser meets it: the real server and the emulator, each on a port of its own.

mod callback;
mod configuration;
mod guards;
mod headers;
mod outages;
mod renewal;
mod restart;
mod secrets;
mod session_cookie;
mod sign_in;
mod sign_out;
mod support;
mod tokens;
