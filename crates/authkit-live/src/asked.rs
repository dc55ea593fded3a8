//! [`Asked`]: which question an island shows the answer of, and which it has asked since.
//!
//! Decides for `browser::changing` what is asked, what is left, and whose answer is shown. Pure: knows no signal, no
//! stream and no clock. An answer is shown only if it is to the question that is shown, or to the last one asked.

use crate::message::Problem;

/// Numbers the questions of one island, in the order they are asked.
pub type Number = u32;
/// One who follows on the stream of the page.
pub type Follower = u32;

/// The questions of one island. While one waits for its answer the one before is followed still: what is shown stays
/// current, also when the server refuses the new question.
pub struct Asked<Q> {
    /// The question whose answer is shown.
    shown: Question<Q>,
    /// The last question, until its answer is there.
    next: Option<Question<Q>>,
    /// What the arguments say now, until the changes have settled.
    wanted: Option<Q>,
    /// How many have been asked.
    count: Number,
}

struct Question<Q> {
    number: Number,
    query: Q,
    follower: Option<Follower>,
    refused: Option<Problem>,
}

/// What to do about arguments that have changed.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// [Ask](Asked::ask), once the changes have settled.
    Later,
    /// Nothing: it is asked already, or its answer is shown. One who followed another may be left.
    Asked(Option<Follower>),
}

/// A question to be followed from now on.
#[derive(Debug, PartialEq, Eq)]
pub struct Ask<Q> {
    pub number: Number,
    pub query: Q,
    /// Who follows a question that nobody wants the answer of any more.
    pub leave: Option<Follower>,
}

/// What an answer is to the island.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The question shown has another answer.
    Shown,
    /// The last question has its first answer. It replaces what is shown, and who followed that may leave.
    Next(Option<Follower>),
    /// Nobody wants it any more.
    Old,
}

/// The number of the question that came with the page.
pub const FIRST: Number = 0;

impl<Q: Clone + PartialEq> Asked<Q> {
    /// The page has the answer to this question.
    pub fn new(query: Q) -> Self {
        Self {
            shown: Question::new(FIRST, query),
            next: None,
            wanted: None,
            count: FIRST,
        }
    }

    /// The arguments say this now.
    pub fn want(&mut self, query: Q) -> Wanted {
        self.wanted = None;
        if query == self.shown.query && self.shown.follower.is_some() {
            return Wanted::Asked(self.next.take().and_then(|next| next.follower));
        }
        if self.next.as_ref().is_some_and(|next| query == next.query) {
            return Wanted::Asked(None);
        }
        self.wanted = Some(query);
        Wanted::Later
    }

    /// The changes have settled.
    pub fn ask(&mut self) -> Option<Ask<Q>> {
        let query = self.wanted.take()?;
        self.count = self.count.wrapping_add(1);
        let number = self.count;
        let next = Question::new(number, query.clone());
        let before = self.next.replace(next);
        Some(Ask {
            number,
            query,
            leave: before.and_then(|before| before.follower),
        })
    }

    /// The question is followed from now on.
    pub fn set_follower(&mut self, number: Number, follower: Follower) {
        if let Some(question) = self.at(number) {
            question.follower = Some(follower);
        }
    }

    /// There is an answer.
    pub fn hear(&mut self, number: Number) -> Heard {
        if number == self.shown.number {
            self.shown.refused = None;
            return Heard::Shown;
        }
        match self.next.take_if(|next| next.number == number) {
            Some(mut next) => {
                next.refused = None;
                let before = std::mem::replace(&mut self.shown, next);
                Heard::Next(before.follower)
            }
            None => Heard::Old,
        }
    }

    /// The server refuses the question. What is shown stays. Returns who is to leave.
    pub fn refuse(&mut self, number: Number, problem: Problem) -> Option<Follower> {
        let is_next = self.next.as_ref().is_some_and(|next| next.number == number);
        if is_next && problem == Problem::TooMany {
            // The question shown may have the last place: what the arguments say now comes first.
            let place = self.shown.follower.take();
            if place.is_some() {
                return place;
            }
        }
        let question = self.at(number)?;
        question.refused = Some(problem);
        // No later stream has another answer to such a question.
        let is_final = matches!(problem, Problem::Arguments | Problem::Unknown);
        (is_next && is_final)
            .then(|| question.follower.take())
            .flatten()
    }

    /// Whether there is to be another answer, to what the arguments say now.
    pub fn is_waiting(&self) -> bool {
        let is_asked = |next: &Question<Q>| next.refused.is_none();
        self.wanted.is_some() || self.next.as_ref().is_some_and(is_asked)
    }

    /// Why there is no answer to what the arguments say now.
    pub fn refused(&self) -> Option<Problem> {
        match self.wanted {
            Some(_) => None,
            None => self.next.as_ref().unwrap_or(&self.shown).refused,
        }
    }

    /// Nobody looks any more. Returns all that followed.
    pub fn end(&mut self) -> impl Iterator<Item = Follower> + use<Q> {
        self.wanted = None;
        let shown = self.shown.follower.take();
        let next = self.next.take().and_then(|next| next.follower);
        shown.into_iter().chain(next)
    }

    fn at(&mut self, number: Number) -> Option<&mut Question<Q>> {
        let mut all = self.next.iter_mut().chain([&mut self.shown]);
        all.find(|question| question.number == number)
    }
}

impl<Q> Question<Q> {
    fn new(number: Number, query: Q) -> Self {
        Self {
            number,
            query,
            follower: None,
            refused: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One who shows the answer to "a", which is followed by 10.
    fn asked() -> Asked<&'static str> {
        let mut asked = Asked::new("a");
        asked.set_follower(FIRST, 10);
        asked
    }

    /// Asks, and follows: number and whom it leaves.
    fn ask(
        asked: &mut Asked<&'static str>,
        query: &'static str,
        by: Follower,
    ) -> (Number, Option<Follower>) {
        assert_eq!(asked.want(query), Wanted::Later);
        let ask = asked.ask().unwrap();
        assert_eq!(ask.query, query);
        asked.set_follower(ask.number, by);
        (ask.number, ask.leave)
    }

    #[test]
    fn the_answer_to_a_new_question_replaces_what_is_shown_and_leaves_the_old_one() {
        let mut asked = asked();
        let (b, left) = ask(&mut asked, "b", 11);
        assert_eq!(left, None, "shown until there is another answer");
        assert!(asked.is_waiting());
        assert_eq!(asked.hear(FIRST), Heard::Shown, "stays current");
        assert!(asked.is_waiting());
        assert_eq!(asked.hear(b), Heard::Next(Some(10)));
        assert!(!asked.is_waiting());
        assert_eq!(asked.hear(b), Heard::Shown);
        assert_eq!(asked.hear(FIRST), Heard::Old);
    }

    #[test]
    fn an_answer_to_a_question_before_the_last_is_never_shown() {
        let mut asked = asked();
        let (b, _) = ask(&mut asked, "b", 11);
        let (c, left) = ask(&mut asked, "c", 12);
        assert_eq!(left, Some(11));
        assert_eq!(asked.hear(b), Heard::Old);
        assert!(asked.is_waiting());
        assert_eq!(asked.hear(c), Heard::Next(Some(10)));
        // The same arguments again are another question.
        let (again, _) = ask(&mut asked, "b", 13);
        assert_ne!(again, b);
        assert_eq!(asked.hear(b), Heard::Old);
        assert_eq!(asked.hear(again), Heard::Next(Some(12)));
    }

    #[test]
    fn quick_changes_ask_the_last_only() {
        let mut asked = asked();
        for query in ["b", "bc", "bcd"] {
            assert_eq!(asked.want(query), Wanted::Later);
            assert!(asked.is_waiting());
        }
        let ask = asked.ask().unwrap();
        assert_eq!((ask.query, ask.leave), ("bcd", None));
        assert_eq!(asked.ask(), None);
    }

    #[test]
    fn who_comes_back_to_what_is_shown_waits_for_nothing() {
        let mut asked = asked();
        assert_eq!(asked.want("a"), Wanted::Asked(None));
        let (b, _) = ask(&mut asked, "b", 11);
        assert_eq!(asked.want("a"), Wanted::Asked(Some(11)));
        assert!(!asked.is_waiting());
        assert_eq!(asked.hear(b), Heard::Old);
        // Typed and taken back before it was asked.
        assert_eq!(asked.want("c"), Wanted::Later);
        assert_eq!(asked.want("a"), Wanted::Asked(None));
        assert_eq!(asked.ask(), None);
        assert_eq!(asked.hear(FIRST), Heard::Shown);
    }

    #[test]
    fn what_is_asked_already_is_not_asked_again() {
        let mut asked = asked();
        let (b, _) = ask(&mut asked, "b", 11);
        assert_eq!(asked.want("c"), Wanted::Later);
        assert_eq!(asked.want("b"), Wanted::Asked(None));
        assert_eq!(asked.ask(), None);
        assert_eq!(asked.hear(b), Heard::Next(Some(10)));
    }

    #[test]
    fn a_refusal_is_told_and_what_is_shown_stays_and_stays_current() {
        let mut asked = asked();
        let (b, _) = ask(&mut asked, "b", 11);
        assert_eq!(asked.refuse(b, Problem::Forbidden), None);
        assert_eq!(asked.refused(), Some(Problem::Forbidden));
        assert!(!asked.is_waiting());
        assert_eq!(asked.hear(FIRST), Heard::Shown);
        assert_eq!(asked.refused(), Some(Problem::Forbidden), "the last one");
        // With other rights, on another stream.
        assert_eq!(asked.hear(b), Heard::Next(Some(10)));
        assert_eq!(asked.refused(), None);
    }

    #[test]
    fn a_question_that_no_stream_will_ever_answer_is_left() {
        for problem in [Problem::Arguments, Problem::Unknown] {
            let mut asked = asked();
            let (b, _) = ask(&mut asked, "b", 11);
            assert_eq!(asked.refuse(b, problem), Some(11));
            assert_eq!(asked.refused(), Some(problem));
            assert_eq!(asked.want("b"), Wanted::Asked(None), "not asked again");
            assert_eq!(asked.want("a"), Wanted::Asked(None));
            assert_eq!(asked.refused(), None);
        }
    }

    #[test]
    fn the_new_question_gets_the_place_of_the_old_one_if_there_is_no_other() {
        let mut asked = asked();
        let (b, _) = ask(&mut asked, "b", 11);
        assert_eq!(asked.refuse(b, Problem::TooMany), Some(10));
        assert!(
            asked.is_waiting(),
            "asked again, in the place of the old one"
        );
        assert_eq!(asked.refused(), None);
        // That was not enough: others have them all.
        assert_eq!(asked.refuse(b, Problem::TooMany), None);
        assert_eq!(asked.refused(), Some(Problem::TooMany));
        assert!(!asked.is_waiting());
        // What is shown is followed no longer, so it has to be asked again.
        let (a, left) = ask(&mut asked, "a", 12);
        assert_eq!(left, Some(11));
        assert_eq!(asked.hear(a), Heard::Next(None));
        assert_eq!(asked.want("a"), Wanted::Asked(None));
    }

    #[test]
    fn a_refusal_is_about_what_the_arguments_say_now() {
        let mut asked = asked();
        let (b, _) = ask(&mut asked, "b", 11);
        asked.refuse(b, Problem::Forbidden);
        assert_eq!(asked.want("c"), Wanted::Later);
        assert_eq!(asked.refused(), None);
        assert!(asked.is_waiting());
        let ask = asked.ask().unwrap();
        assert_eq!(ask.leave, Some(11));
        assert_eq!(asked.refuse(b, Problem::Forbidden), None);
        assert_eq!(asked.refused(), None, "of an old question");
        assert_eq!(asked.want("a"), Wanted::Asked(None));
        // What is shown can be refused, too: on the next stream, to somebody who may no longer ask.
        assert_eq!(asked.refuse(FIRST, Problem::Forbidden), None);
        assert_eq!(asked.refused(), Some(Problem::Forbidden));
        assert_eq!(asked.hear(FIRST), Heard::Shown);
        assert_eq!(asked.refused(), None);
    }

    #[test]
    fn the_end_leaves_all_and_asks_no_more() {
        let mut asked = asked();
        ask(&mut asked, "b", 11);
        assert_eq!(asked.want("c"), Wanted::Later);
        assert_eq!(asked.end().collect::<Vec<_>>(), [10, 11]);
        assert_eq!(asked.ask(), None);
        assert_eq!(asked.end().count(), 0);
    }
}
