//! The state on disk: one JSON file, replaced whole, readable by its owner only. Caller: the store.
//! An unreadable file is never deleted: it is renamed, with a warning.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::memory::Memory;
use authkit_local::private_files;

/// Reads the state; `None` when there is no file, or its content cannot be parsed.
pub fn load(path: &Path) -> io::Result<Option<Memory>> {
    let json = match fs::read(path) {
        Ok(json) => json,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match serde_json::from_slice(&json) {
        Ok(state) => Ok(Some(state)),
        Err(error) => {
            let aside = set_aside(path)?;
            tracing::warn!(
                file = %path.display(),
                moved_to = %aside.display(),
                %error,
                "the emulator's state file could not be understood; starting with the seeded users"
            );
            Ok(None)
        }
    }
}

/// Replaces the file in one step: a crash leaves either the old state or the new one.
pub fn save(path: &Path, state: &Memory) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    private_files::create_folder(folder)?;
    // Temporary files are created with mode 0600, which the rename keeps.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut file, state)?;
    file.flush()?;
    file.persist(path)?;
    Ok(())
}

fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(".corrupt");
    let aside = PathBuf::from(name);
    fs::rename(path, &aside)?;
    Ok(aside)
}
