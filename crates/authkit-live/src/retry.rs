//! When a page connects again after its stream has ended.
//!
//! Pure: chance and the count of failures are passed in. Always with a part of chance, so that the pages of
//! a server that restarts do not all come back at once.

use super::close;

/// The first wait after a failure, in seconds, at most. It doubles with each failure,
const FIRST: f64 = 0.3;
/// up to here.
const LONGEST: f64 = 30.0;
/// A server that restarts is back soon: pages come over so many seconds.
const RESTART: f64 = 1.0;
/// The page has to know who is signed in first, and that takes a moment.
const SESSION: f64 = 1.0;

/// How many seconds to wait after a stream that ended with `code`. `failures` counts the ones before it
/// that came to nothing, this one included; `chance` is from 0 to 1.
pub fn wait(code: u16, failures: i32, chance: f64) -> f64 {
    match code {
        close::RENEW if failures == 0 => 0.0,
        close::RESTART if failures == 0 => RESTART * chance,
        close::SESSION_OVER if failures == 0 => SESSION * (1.0 + chance),
        _ => (FIRST * 2_f64.powi(failures.clamp(0, 10))).min(LONGEST) * chance,
    }
}

/// The first wait before a submission is sent again, in seconds, at most. It doubles each time,
const SEND_AGAIN: f64 = 1.0;
/// up to here.
const SEND_AGAIN_LONGEST: f64 = 15.0;

/// How many seconds to wait before a submission is sent again whose answer was lost. `failures` counts the ones before
/// this one; `chance` is from 0 to 1.
pub fn wait_to_send_again(failures: i32, chance: f64) -> f64 {
    let longest = (SEND_AGAIN * 2_f64.powi(failures.clamp(0, 10))).min(SEND_AGAIN_LONGEST);
    longest * (1.0 + chance) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6455 §7.1.5: the connection broke.
    const BROKEN: u16 = 1006;

    #[test]
    fn waits_grow_to_half_a_minute_and_no_further() {
        let longest = |failures| wait(BROKEN, failures, 1.0);
        for (failures, seconds) in [(0, 0.3), (1, 0.6), (2, 1.2), (6, 19.2), (7, 30.0)] {
            assert!((longest(failures) - seconds).abs() < 1e-9, "{failures}");
        }
        assert!((longest(i32::MAX) - 30.0).abs() < 1e-9);
    }

    #[test]
    fn a_submission_is_sent_again_soon_at_first_and_every_few_seconds_after_a_while() {
        for (failures, longest) in [(0, 1.0), (1, 2.0), (3, 8.0), (4, 15.0), (i32::MAX, 15.0)] {
            assert!(
                (wait_to_send_again(failures, 1.0) - longest).abs() < 1e-9,
                "{failures}"
            );
            assert!(
                (wait_to_send_again(failures, 0.0) - longest / 2.0).abs() < 1e-9,
                "{failures}"
            );
        }
    }

    #[test]
    fn chance_decides_over_the_whole_wait() {
        for code in [BROKEN, close::RESTART] {
            assert!(wait(code, 0, 0.0) < 1e-9);
            assert!(wait(code, 0, 0.5) < wait(code, 0, 1.0));
        }
    }

    #[test]
    fn a_renewal_is_at_once_unless_the_last_came_to_nothing() {
        assert!(wait(close::RENEW, 0, 1.0) < 1e-9);
        assert!((wait(close::RENEW, 4, 1.0) - wait(BROKEN, 4, 1.0)).abs() < 1e-9);
    }

    #[test]
    fn the_page_has_time_to_learn_that_its_session_is_over() {
        assert!(wait(close::SESSION_OVER, 0, 0.0) >= 1.0);
    }
}
