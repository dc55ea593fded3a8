//! News for screen readers: which numbers others have added, gathered for a while.
//!
//! Called by the island. What the user has added is no news.

use super::{Numbers, Page};
use crate::numbers::model::Number;
use leptos::prelude::*;
use std::time::Duration;

/// How long news is gathered before it is announced, so that screen readers do not read every single number.
const NEWS: Duration = Duration::from_secs(3);

impl Numbers {
    /// Announces the numbers of other users to screen readers.
    pub(super) fn tell_news(self) {
        let answer = self.query.answer();
        let tell = move || {
            let news = self.page(|page| std::mem::take(&mut page.news));
            self.said.set(match news.as_slice() {
                [only] => only.clone(),
                more => format!("{} new numbers.", more.len()),
            });
        };
        Effect::new(move |_| {
            let is_first = answer.with(|numbers| self.page(|page| page.look(numbers)));
            if is_first {
                // Screen readers read the same words again only after they were gone.
                self.said.set(String::new());
                set_timeout(tell, NEWS);
            }
        });
    }
}

impl Page {
    /// Looks for news. True if this is the first since the last announcement.
    fn look(&mut self, numbers: &[Number]) -> bool {
        let had_none = self.news.is_empty();
        let before = self.newest.take();
        let mut newest = before.clone().unwrap_or_default();
        for number in numbers {
            let Number {
                id,
                value,
                added_by,
                ..
            } = number;
            // The numbers of this user are no news, and may arrive before older ones of others. Ids sort by time.
            if self.is_me(added_by) || before.as_ref().is_some_and(|before| id <= before) {
                continue;
            }
            if before.is_some() {
                let line = format!("{} added {value}.", added_by.display_name());
                self.news.push(line);
            }
            if *id > newest {
                newest.clone_from(id);
            }
        }
        self.newest = Some(newest);
        had_none && !self.news.is_empty()
    }
}
