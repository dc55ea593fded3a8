//! [`RecentAuth`]: whether a sign-in is recent enough for what its user is about to do.
//!
//! Made by guards and checks on the server, and by `use_recent_auth` in the browser, for show. Closed on doubt.

use serde::{Deserialize, Serialize};

/// How far a clock may be ahead of the server's, in seconds.
const AHEAD: u64 = 10;

/// When a user last proved who they are, and whether that is too long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecentAuth {
    /// `auth_time` (OpenID Connect Core §2), in seconds since the epoch; `None` if the token does not say.
    pub authenticated_at: Option<u64>,
    /// Whether the user has to sign in again first.
    pub is_stale: bool,
}

impl RecentAuth {
    /// Of a sign-in at `authenticated_at`, when one is wanted that is at most `max_age` seconds old. `now` is in seconds
    /// since the epoch.
    ///
    /// A sign-in in the future is none, beyond what clocks differ by.
    pub(crate) fn of(authenticated_at: Option<u64>, max_age: u64, now: u64) -> Self {
        let is_recent = authenticated_at
            .is_some_and(|at| at <= now.saturating_add(AHEAD) && at.saturating_add(max_age) >= now);
        Self {
            authenticated_at,
            is_stale: !is_recent,
        }
    }
}

/// Whether a sign-in that was asked for at `asked_at` with this `max_age` has been obeyed (OpenID Connect Core §3.1.2.1):
/// the user had signed in recently enough then, or has since. `now` is in seconds since the epoch, as the others are.
#[cfg(feature = "axum")]
pub(crate) fn is_obeyed(
    authenticated_at: Option<u64>,
    max_age: u64,
    asked_at: u64,
    now: u64,
) -> bool {
    let oldest = asked_at.saturating_sub(max_age).saturating_sub(AHEAD);
    let newest = now.saturating_add(AHEAD);
    authenticated_at.is_some_and(|at| (oldest..=newest).contains(&at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_is_recent_up_to_its_last_second_and_never_from_the_future() {
        for (at, is_stale) in [
            (Some(1_000), false),
            (Some(701), false),
            (Some(700), false),
            (Some(699), true),
            (Some(0), true),
            (Some(1_010), false),
            (Some(1_011), true),
            (Some(u64::MAX), true),
            (None, true),
        ] {
            assert_eq!(RecentAuth::of(at, 300, 1_000).is_stale, is_stale, "{at:?}");
        }
    }

    #[cfg(feature = "axum")]
    #[test]
    fn a_max_age_is_obeyed_by_a_sign_in_that_was_recent_when_it_was_asked_for_or_came_after() {
        // Asked at 1,000; the user is back at 1,060.
        for (at, max_age, obeyed) in [
            (Some(1_050), 0, true),
            (Some(995), 0, true),
            (Some(989), 0, false),
            (Some(700), 300, true),
            (Some(689), 300, false),
            (Some(1_070), 300, true),
            (Some(1_071), 300, false),
            (Some(u64::MAX), u64::MAX, false),
            (None, 300, false),
        ] {
            assert_eq!(
                is_obeyed(at, max_age, 1_000, 1_060),
                obeyed,
                "{at:?} {max_age}"
            );
        }
    }
}
