//! [`Pace`]: when a change that may be followed by another is acted on.
//!
//! Used by the browser for questions and for the address bar. Pure: the time is passed in, in seconds. Never waits
//! longer than `LONGEST` times the quiet it waits for, however fast changes come.

/// A change waits at most so many times the quiet, while others follow it.
const LONGEST: f64 = 3.0;

/// Acts at once on a change that comes after a rest, and on those that follow it when they have settled.
pub struct Pace {
    /// How long nothing may change before the changes count as settled, and the shortest time between two acts.
    quiet: f64,
    /// When the first of the changes was made that are not acted on yet.
    changed: Option<f64>,
    /// When the last act was.
    acted: Option<f64>,
}

impl Pace {
    pub fn new(quiet: f64) -> Self {
        Self {
            quiet,
            changed: None,
            acted: None,
        }
    }

    /// Something has changed. Returns how many seconds to wait before it is acted on, unless more changes meanwhile.
    pub fn change(&mut self, now: f64) -> f64 {
        let Self { quiet, acted, .. } = *self;
        let is_first = self.changed.is_none();
        let first = *self.changed.get_or_insert(now);
        let longest = quiet * LONGEST;
        let due = match acted {
            Some(acted) if !is_first || now - acted < quiet => {
                (now + quiet).min(first + longest).max(acted + quiet)
            }
            _ => now,
        };
        // A clock that was set back does not make anybody wait.
        (due - now).clamp(0.0, longest)
    }

    /// All changes have been acted on.
    pub fn act(&mut self, now: f64) {
        self.changed = None;
        self.acted = Some(now);
    }

    /// The changes have come to nothing.
    pub fn forget(&mut self) {
        self.changed = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: f64 = 0.2;

    /// When changes at these times are acted on, if nothing changes after them.
    fn acts(changes: impl IntoIterator<Item = f64>) -> Vec<f64> {
        let mut pace = Pace::new(QUIET);
        let (mut acts, mut due) = (Vec::new(), None);
        for now in changes {
            if let Some(at) = due.filter(|at| *at <= now) {
                pace.act(at);
                acts.push(at);
            }
            due = Some(now + pace.change(now));
        }
        acts.extend(due);
        acts
    }

    fn assert_acts(changes: &[f64], expected: &[f64]) {
        let acts = acts(changes.iter().copied());
        let is_near = |(one, other): (&f64, &f64)| (one - other).abs() < 1e-9;
        let is_expected = acts.len() == expected.len() && acts.iter().zip(expected).all(is_near);
        assert!(is_expected, "{changes:?}: {acts:?}");
    }

    #[test]
    fn a_change_after_a_rest_is_acted_on_at_once() {
        assert_acts(&[0.0], &[0.0]);
        assert_acts(&[0.0, 5.0, 5.3], &[0.0, 5.0, 5.3]);
    }

    #[test]
    fn quick_changes_settle_to_the_last() {
        assert_acts(&[0.0, 0.1, 0.2, 0.3], &[0.0, 0.5]);
        assert_acts(&[0.0, 0.1], &[0.0, 0.3]);
    }

    #[test]
    fn who_never_rests_is_acted_on_all_the_same_and_never_more_often_than_once_a_quiet() {
        for gap in [0.001, 0.03, 0.05, 0.11, 0.19, 0.2, 0.21, 0.3] {
            let changes = (0..20_000).map(|number| f64::from(number) * gap);
            let all = acts(changes);
            let gaps = all.windows(2).map(|acts| acts[1] - acts[0]);
            let (least, most) = gaps.fold((f64::MAX, 0.0_f64), |(least, most), gap| {
                (least.min(gap), most.max(gap))
            });
            assert!(least > QUIET - 1e-9, "{gap}: {least}");
            let longest = QUIET * LONGEST + QUIET + gap;
            assert!(most < longest, "{gap}: {most}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait() {
        let mut pace = Pace::new(QUIET);
        pace.act(9_000.0);
        assert!(pace.change(3.0) <= QUIET * LONGEST);
    }

    #[test]
    fn changes_that_came_to_nothing_do_not_hurry_the_next() {
        let mut pace = Pace::new(QUIET);
        pace.act(0.0);
        pace.change(0.1);
        pace.forget();
        assert!((pace.change(0.15) - QUIET).abs() < 1e-9);
    }
}
