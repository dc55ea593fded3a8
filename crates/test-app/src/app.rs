//! The template with its emulator.

pub use authkit_test::{
    ADA, ALAN, ANY_PORT, Answer, Browser, GRACE, LateAnswer, Log, SESSION, emulator_settings,
    parameter, settings,
};

/// The template, running.
pub type App = authkit_test::App<starter::process::ThisApp>;
