//! [`LogPace`]: how often a line may be logged that strangers can cause at will.
//!
//! Used where connections and requests are refused. Counts nothing.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// At most one line per interval.
const INTERVAL: Duration = Duration::from_secs(10);

/// When the last line was logged.
#[derive(Default)]
pub struct LogPace {
    logged_at: Mutex<Option<Instant>>,
}

impl LogPace {
    /// Whether a line may be logged now. A caller that gets true logs it.
    pub fn allows(&self) -> bool {
        let mut logged_at = self
            .logged_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let allows = logged_at.is_none_or(|at| at.elapsed() >= INTERVAL);
        if allows {
            *logged_at = Some(Instant::now());
        }
        allows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_many_lines_is_logged() {
        let pace = LogPace::default();
        assert_eq!((0..1_000).filter(|_| pace.allows()).count(), 1);
    }
}
