//! What is kept on disk is its owner's alone: folder, database and the files that SQLite puts beside it.
#![cfg(unix)]

use super::support::{ADA, ANY_PORT, App, settings};
use authkit_app::{AuthKitSettings, DatabaseSettings, EmulatorSettings, Settings};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// A server that keeps everything in this folder, in which a user has signed in.
async fn used(folder: &Path) -> App {
    let data = tempfile::tempdir().unwrap();
    let emulator = AuthKitSettings::Emulator(EmulatorSettings {
        addr: ANY_PORT,
        state_dir: Some(folder.to_owned()),
    });
    let settings = Settings {
        database: DatabaseSettings::Sqlite(folder.join("app.db")),
        ..settings(&data, emulator)
    };
    let app = App::build(settings, data).await;
    app.signed_in(ADA).await;
    app
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn readable_by_others(folder: &Path) -> Vec<PathBuf> {
    let mut files = files(folder);
    files.retain(|file| mode(file) != 0o600);
    files
}

#[tokio::test]
async fn data_files_and_their_folder_are_made_for_their_owner_only() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("deep/data");
    let _app = used(&folder).await;
    assert_eq!(mode(&folder), 0o700);
    let readable = readable_by_others(&folder);
    assert!(readable.is_empty(), "{readable:?}");
    for name in [
        "app.db",
        "app.db-wal",
        "app.db-shm",
        "emulator.json",
        "cookie-password",
    ] {
        assert!(folder.join(name).exists(), "{name}");
    }
}

#[tokio::test]
async fn a_database_that_others_could_read_is_closed_to_them() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    fs::create_dir(&folder).unwrap();
    for name in ["app.db", "app.db-journal"] {
        fs::write(folder.join(name), "").unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let _app = used(&folder).await;
    let readable = readable_by_others(&folder);
    assert!(readable.is_empty(), "{readable:?}");
}

#[tokio::test]
async fn a_server_that_has_stopped_leaves_its_whole_database_in_one_file() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    used(&folder).await.stop().await;
    let mut left = files(&folder);
    left.sort();
    let left: Vec<_> = left.iter().filter_map(|it| it.file_name()).collect();
    assert_eq!(left, ["app.db", "cookie-password", "emulator.json"]);
}
