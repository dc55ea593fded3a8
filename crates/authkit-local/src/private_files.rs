//! Files and folders that only their owner can read, on systems that know owners.
//!
//! Callers: the database, the development password and the emulator's state. A folder that exists keeps its
//! mode: it may be one that others use as well.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    path::Path,
};

/// Makes a folder and those above it that do not exist, with mode 0700.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Opens a file for writing, and makes it with mode 0600 and the folders above it if it does not exist.
pub fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Takes a file away from everyone but its owner. A file system that has no modes is not an error.
pub fn close_to_others(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let is_open = fs::metadata(path).is_ok_and(|it| it.permissions().mode() & 0o077 != 0);
        if !is_open {
            return;
        }
        let private = fs::Permissions::from_mode(0o600);
        if let Err(error) = fs::set_permissions(path, private) {
            let file = path.display();
            tracing::warn!(%file, %error, "other users of this machine can read a data file");
        }
    }
    #[cfg(not(unix))]
    let _ = fs::metadata(path);
}
