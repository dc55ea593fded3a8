//! The app as a browser meets it: the real server and the emulator, each on a port of its own.

mod address_limits;
mod asked_elsewhere;
mod audience;
mod bearer;
mod big_accounts;
mod callback;
mod classics;
mod command;
mod configuration;
mod connections;
mod data_files;
mod debugging;
mod deployed;
mod doctor;
mod durability;
mod explaining;
mod faults;
mod flood;
mod foreign_tokens;
mod frames;
mod guards;
mod hanging_up;
mod headers;
mod hostile;
mod hosts;
mod key_endpoints;
mod keys_outage;
mod named_tests;
mod navigations;
mod numbers;
mod outages;
mod poolers;
mod population;
mod processes;
mod provision;
mod proxy_tokens;
mod public_addresses;
mod raw;
mod redirect_uris;
mod renewal;
mod restart;
mod revocation;
mod secrets;
mod session_cookie;
mod settings;
mod sign_in;
mod sign_out;
mod switching;
mod sync_users;
mod tokens;
mod users;

use test_app::{app as support, process};
use test_support::{attacker, deaf, postgres};

/// The app, as it is deployed.
const PROGRAM: &str = env!("CARGO_BIN_EXE_starter");
