//! An SQLite file before SQLite opens it: in a private folder, and readable by its owner only.
//!
//! The files beside it get the database's own mode from SQLite when they are made; those of an earlier run
//! may still have another.

use crate::private_files;
use std::{io, path::Path};

/// What SQLite adds to the name of a database for the files beside it.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Makes the folder and an empty file if there are none, and closes an existing file to others.
pub fn prepare(database: &Path) -> io::Result<()> {
    drop(private_files::create(database)?);
    private_files::close_to_others(database);
    for suffix in BESIDE {
        let mut beside = database.as_os_str().to_owned();
        beside.push(suffix);
        private_files::close_to_others(beside.as_ref());
    }
    Ok(())
}
