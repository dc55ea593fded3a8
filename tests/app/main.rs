//! The app as a browser meets it: the real server and the emulator, each on a port of its own.

mod callback;
mod configuration;
mod debugging;
mod explaining;
mod faults;
mod guards;
mod headers;
mod keys_outage;
mod outages;
mod population;
mod postgres;
mod processes;
mod renewal;
mod restart;
mod revocation;
mod secrets;
mod session_cookie;
mod sign_in;
mod sign_out;
mod support;
mod switching;
mod tokens;
