//! What several of the crates need: which names mean this machine, listening so that `localhost` means this program, files
//! that are their owner's alone, limits per key, what the value of a variable may look like, and where the emulator is.
//!
//! Used by the login, by what serves an app, by the emulator and by the commands, which know nothing of each other here.
//! Must never know what is served.

pub mod emulator;
pub mod hosts;
pub mod listeners;
pub mod private_files;
pub mod rate_limit;
pub mod sqlite_file;
mod this_machine;
mod value;

pub use this_machine::{NotThisMachine, is_this_machine};
pub use value::{is_origin, is_quoted};
