//! [`Budget`]: what one session may ask of this process on its streams, all of them together: messages by
//! and by, and different questions at once.
//!
//! Handed out by `places`, used by `stream`. A question costs a query on each change, however few follow it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Messages that may come at once: some for each query of each tab, after a restart of the server.
const MESSAGES: u32 = 1024;
/// How long until one more may come.
const PER_MESSAGE: Duration = Duration::from_millis(30);
/// Different questions followed at once.
const ROOMS: usize = 256;

/// After so long without messages a budget is as good as new.
pub const RECOVERY: Duration = PER_MESSAGE.saturating_mul(MESSAGES);

/// One session's budget.
#[derive(Default)]
pub struct Budget {
    messages: Mutex<Bucket>,
    /// How many of the session's streams are in each room.
    rooms: Mutex<HashMap<String, usize>>,
}

/// What is left of the messages.
struct Bucket {
    left: u32,
    counted_at: Instant,
}

/// A stream's part in a room. Dropped when the stream leaves it.
pub struct Seat {
    budget: Arc<Budget>,
    room: String,
}

impl Budget {
    /// Whether one more message may come.
    pub fn take_message(&self) -> bool {
        lock(&self.messages).take(Instant::now())
    }

    /// A seat in a room; `None` if it would be one room too many.
    pub fn take_seat(self: &Arc<Self>, room: &str) -> Option<Seat> {
        let mut rooms = lock(&self.rooms);
        if rooms.len() >= ROOMS && !rooms.contains_key(room) {
            return None;
        }
        *rooms.entry(room.to_owned()).or_default() += 1;
        Some(Seat {
            budget: Arc::clone(self),
            room: room.to_owned(),
        })
    }
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            left: MESSAGES,
            counted_at: Instant::now(),
        }
    }
}

impl Bucket {
    fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.counted_at);
        let more = passed.as_nanos() / PER_MESSAGE.as_nanos();
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        if more > 0 {
            self.left = self.left.saturating_add(more).min(MESSAGES);
            self.counted_at = now;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut rooms = lock(&self.budget.rooms);
        if let Some(count) = rooms.get_mut(&self.room) {
            *count -= 1;
            if *count == 0 {
                rooms.remove(&self.room);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_emptied_at_once_and_filled_by_and_by() {
        let mut bucket = Bucket::default();
        let start = bucket.counted_at;
        let take_all = |bucket: &mut Bucket, now| (0..5_000).filter(|_| bucket.take(now)).count();
        assert_eq!(take_all(&mut bucket, start), 1024);
        assert_eq!(take_all(&mut bucket, start + PER_MESSAGE / 2), 0);
        assert_eq!(take_all(&mut bucket, start + PER_MESSAGE * 3), 3);
        assert_eq!(take_all(&mut bucket, start + RECOVERY * 9), 1024);
    }

    #[test]
    fn streams_of_one_session_share_their_rooms() {
        let budget = Arc::new(Budget::default());
        let seats = (0..ROOMS).map(|number| budget.take_seat(&number.to_string()));
        let mut seats: Vec<_> = seats.map(Option::unwrap).collect();
        let again = budget.take_seat("7").unwrap();
        assert!(budget.take_seat("other").is_none());
        drop(again);
        assert!(budget.take_seat("other").is_none(), "7 is taken once still");
        seats.swap_remove(7);
        let _other = budget.take_seat("other").unwrap();
        assert!(budget.take_seat("7").is_none());
    }
}
