//! [`Shown`]: an answer, with what the user has just done on top of it.
//!
//! Decides when an answer replaces the one before, and when an optimistic update is no longer needed. Pure:
//! knows no signal, no stream and no clock.

use crate::{
    message::Problem,
    query::{Revision, Written},
};
use std::sync::Arc;

type Change<A> = Arc<dyn Fn(&mut A) + Send + Sync>;

/// What an island shows of a query.
pub struct Shown<A> {
    /// Whether it is the answer to what is asked now.
    pub asking: Asking,
    revision: Revision,
    answer: A,
    updates: Vec<Update<A>>,
    /// An answer that waits for calls under way.
    held: Option<Held<A>>,
    /// The id of the next update, or wait.
    next: u32,
}

/// What has become of the last question, for a query whose arguments change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// It is answered.
    Answered,
    /// Its answer is still to come.
    Waiting,
    /// The server does not answer it.
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(dead_code, reason = "the browser asks")
    )]
    Refused(Problem),
}

struct Held<A> {
    #[cfg(any(feature = "hydrate", test))]
    wait: u32,
    revision: Revision,
    answer: A,
}

/// An optimistic update.
struct Update<A> {
    id: u32,
    change: Change<A>,
    /// What it came to; `None` while the call is under way.
    written: Option<Written>,
}

impl<A: Clone> Shown<A> {
    pub fn new(revision: Revision, answer: A) -> Self {
        Self {
            asking: Asking::Answered,
            revision,
            answer,
            updates: Vec::new(),
            held: None,
            next: 0,
        }
    }

    /// The answer, with the updates in the order they were made.
    pub fn to_answer(&self) -> A {
        let mut answer = self.answer.clone();
        for update in &self.updates {
            (update.change)(&mut answer);
        }
        answer
    }

    /// Takes an answer from the stream, unless it is not newer. While calls are under way it is held back
    /// until they have answered or the wait that this returns is [over](Self::end_wait), which the caller
    /// sees to: what a call has written would else be seen twice, as the update and in the answer.
    #[cfg(any(feature = "hydrate", test))]
    pub fn take(&mut self, revision: Revision, answer: A) -> Option<u32> {
        let held = self.held.as_ref();
        if !revision.is_newer_than(held.map_or(&self.revision, |held| &held.revision)) {
            return None;
        }
        if !self.is_under_way() {
            self.set(revision, answer);
            return None;
        }
        // One wait is enough, whatever comes meanwhile.
        let waits = held.map(|held| held.wait);
        let wait = waits.unwrap_or_else(|| self.take_id());
        self.held = Some(Held {
            wait,
            revision,
            answer,
        });
        waits.is_none().then_some(wait)
    }

    /// Shows the answer that is held back, if it is still by this wait.
    #[cfg(any(feature = "hydrate", test))]
    pub fn end_wait(&mut self, wait: u32) {
        if self.held.as_ref().is_some_and(|held| held.wait == wait) {
            self.release();
        }
    }

    fn release(&mut self) {
        if let Some(held) = self.held.take() {
            self.set(held.revision, held.answer);
        }
    }

    fn take_id(&mut self) -> u32 {
        let id = self.next;
        self.next = id.wrapping_add(1);
        id
    }

    /// Puts an update on top; returns its id.
    pub fn apply(&mut self, change: Change<A>) -> u32 {
        let id = self.take_id();
        self.updates.push(Update {
            id,
            change,
            written: None,
        });
        id
    }

    /// The update has become what was written: it stays until an answer has that.
    pub fn settle(&mut self, id: u32, written: Written) {
        for update in &mut self.updates {
            if update.id == id {
                update.written = Some(written);
                break;
            }
        }
        self.drop_what_the_answer_has();
        self.release_when_settled();
    }

    /// The update has come to nothing.
    pub fn roll_back(&mut self, id: u32) {
        self.updates.retain(|update| update.id != id);
        self.release_when_settled();
    }

    /// Takes the answer to another question. What was done on top of the old answer was done to that: such updates
    /// are gone, and those who settle them later change nothing here.
    #[cfg(any(feature = "hydrate", test))]
    pub fn replace(&mut self, revision: Revision, answer: A) {
        self.updates.clear();
        self.held = None;
        self.set(revision, answer);
    }

    fn is_under_way(&self) -> bool {
        self.updates.iter().any(|update| update.written.is_none())
    }

    fn set(&mut self, revision: Revision, answer: A) {
        self.revision = revision;
        self.answer = answer;
        self.drop_what_the_answer_has();
    }

    fn drop_what_the_answer_has(&mut self) {
        let revision = &self.revision;
        self.updates.retain(|update| {
            let written = update.written.as_ref();
            !written.is_some_and(|written| revision.has(written))
        });
    }

    fn release_when_settled(&mut self) {
        if !self.is_under_way() {
            self.release();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(number: u64) -> Revision {
        Revision(vec![("letters".to_owned(), number)])
    }

    fn shown(number: u64, letters: &str) -> Shown<String> {
        Shown::new(revision(number), letters.to_owned())
    }

    fn push(shown: &mut Shown<String>, letter: char) -> u32 {
        shown.apply(Arc::new(move |letters| letters.push(letter)))
    }

    #[test]
    fn only_a_newer_answer_replaces_the_one_before() {
        let mut shown = shown(5, "a");
        for (number, letters, after) in
            [(6, "ab", "ab"), (6, "x", "ab"), (4, "y", "ab"), (9, "", "")]
        {
            assert_eq!(shown.take(revision(number), letters.to_owned()), None);
            assert_eq!(shown.to_answer(), after);
        }
    }

    #[test]
    fn an_update_stays_until_the_answer_has_what_it_came_to() {
        let mut shown = shown(5, "a");
        let b = push(&mut shown, 'b');
        assert_eq!(shown.to_answer(), "ab");
        shown.settle(b, Written(revision(7)));
        assert_eq!(shown.to_answer(), "ab");
        assert_eq!(shown.take(revision(6), "ax".to_owned()), None);
        assert_eq!(shown.to_answer(), "axb");
        assert_eq!(shown.take(revision(7), "axb".to_owned()), None);
        assert_eq!(shown.to_answer(), "axb");
    }

    #[test]
    fn an_answer_that_is_faster_than_the_call_waits_for_it_so_that_nothing_is_seen_twice() {
        let mut shown = shown(5, "a");
        let b = push(&mut shown, 'b');
        assert!(shown.take(revision(6), "ab".to_owned()).is_some());
        assert_eq!(shown.to_answer(), "ab");
        shown.settle(b, Written(revision(6)));
        assert_eq!(shown.to_answer(), "ab");
        // The one before would bring back an old answer.
        assert_eq!(shown.take(revision(6), "ab".to_owned()), None);
        assert_eq!(shown.to_answer(), "ab");
    }

    #[test]
    fn an_answer_that_has_waited_long_enough_is_shown_whatever_is_under_way() {
        let mut shown = shown(5, "a");
        let z = push(&mut shown, 'z');
        let wait = shown.take(revision(6), "ab".to_owned()).unwrap();
        assert_eq!(
            shown.take(revision(7), "abc".to_owned()),
            None,
            "one wait is enough"
        );
        shown.end_wait(wait);
        assert_eq!(shown.to_answer(), "abcz");
        shown.roll_back(z);
        assert_eq!(shown.to_answer(), "abc");
    }

    #[test]
    fn a_wait_that_is_over_does_not_end_the_next_one() {
        let mut shown = shown(5, "a");
        let b = push(&mut shown, 'b');
        let first = shown.take(revision(6), "ab".to_owned()).unwrap();
        shown.settle(b, Written(revision(6)));
        let c = push(&mut shown, 'c');
        let second = shown.take(revision(7), "abc".to_owned()).unwrap();
        shown.end_wait(first);
        assert_eq!(shown.to_answer(), "abc", "seen twice");
        shown.end_wait(second);
        assert_eq!(shown.to_answer(), "abcc");
        shown.roll_back(c);
        assert_eq!(shown.to_answer(), "abc");
    }

    #[test]
    fn rolling_back_one_update_leaves_the_others() {
        let mut shown = shown(5, "a");
        let b = push(&mut shown, 'b');
        let c = push(&mut shown, 'c');
        shown.roll_back(b);
        assert_eq!(shown.to_answer(), "ac");
        assert!(shown.take(revision(6), "ax".to_owned()).is_some());
        shown.roll_back(c);
        assert_eq!(shown.to_answer(), "ax");
    }

    #[test]
    fn the_answer_to_another_question_is_shown_whatever_is_under_way_and_without_it() {
        let mut shown = shown(5, "a");
        let b = push(&mut shown, 'b');
        let c = push(&mut shown, 'c');
        let wait = shown.take(revision(6), "ax".to_owned()).unwrap();
        // Older, and of other topics perhaps: it is another question's.
        shown.replace(revision(3), "z".to_owned());
        assert_eq!(shown.to_answer(), "z");
        shown.end_wait(wait);
        shown.settle(b, Written(revision(7)));
        shown.roll_back(c);
        assert_eq!(shown.to_answer(), "z", "of the old question");
        assert_eq!(shown.take(revision(4), "zz".to_owned()), None);
        let d = push(&mut shown, 'd');
        assert_eq!(shown.to_answer(), "zzd");
        shown.roll_back(d);
        assert_eq!(shown.to_answer(), "zz");
    }
}
