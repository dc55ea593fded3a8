//! [`Stopwatch`]: how long ago something was, on machines that sleep and whose clocks are set.
//!
//! Only ever measures a distance. What the browser believes the time is matters to nobody here.

use leptos::prelude::window;

/// Measures with two clocks and believes the one that says more.
///
/// `performance.now()` is steady, but may stand still while a laptop sleeps. `Date.now()` goes on,
/// but jumps when somebody sets it. What is good for a while is better given up too early than late.
#[derive(Clone, Copy)]
pub struct Stopwatch {
    steady: f64,
    wall: f64,
}

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self {
            steady: milliseconds_since_load(),
            wall: js_sys::Date::now(),
        }
    }

    /// Seconds since the start.
    pub fn seconds(&self) -> f64 {
        let now = Self::start();
        (now.steady - self.steady).max(now.wall - self.wall) / 1000.0
    }
}

/// `performance.now()`.
pub fn milliseconds_since_load() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}
