//! The app as a browser meets it: the real server and the emulator, each on a port of its own.

mod bearer;
mod callback;
mod command;
mod configuration;
mod debugging;
mod explaining;
mod faults;
mod guards;
mod headers;
mod key_endpoints;
mod keys_outage;
mod outages;
mod population;
mod postgres;
mod processes;
mod provision;
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
