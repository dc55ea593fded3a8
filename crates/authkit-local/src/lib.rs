//! What a server on a developer's own machine needs: which names mean this machine, listening so that `localhost` means
//! this program, and files that are their owner's alone.
//!
//! Used by the app and by the emulator, which know nothing of each other here. Must never know what is served.

pub mod hosts;
pub mod listeners;
pub mod private_files;
pub mod sqlite_file;
mod this_machine;

pub use this_machine::is_this_machine;
