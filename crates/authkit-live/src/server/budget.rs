//! [`Budget`]: limits what all streams of a session together ask of this process: the rate of messages and
//! the number of different questions.
//!
//! `places` hands it out, `stream` spends it. Every question costs a query per change, however few follow
//! it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Messages in a burst. After a restart of the server all tabs of a session follow their queries at once.
const MESSAGES: u32 = 1024;
/// One more message is allowed per interval.
const PER_MESSAGE: Duration = Duration::from_millis(30);
/// Different questions at once.
const ROOMS: usize = 256;

/// A budget is full again after this long without messages.
pub const RECOVERY: Duration = PER_MESSAGE.saturating_mul(MESSAGES);

/// The budget of one session.
#[derive(Default)]
pub struct Budget {
    messages: Mutex<Bucket>,
    /// Streams of the session per room id.
    rooms: Mutex<HashMap<String, usize>>,
}

/// A token bucket.
struct Bucket {
    left: u32,
    counted_at: Instant,
}

/// Counts one stream in one room for as long as it lives.
pub struct RoomPermit {
    budget: Arc<Budget>,
    room: String,
}

impl Budget {
    /// Whether one more message is within the budget; takes it from the budget.
    pub fn take_message(&self) -> bool {
        lock(&self.messages).take(Instant::now())
    }

    /// Counts a stream in a room; `None` when the session is in as many rooms as it may be.
    pub fn enter_room(self: &Arc<Self>, room: &str) -> Option<RoomPermit> {
        let mut rooms = lock(&self.rooms);
        if rooms.len() >= ROOMS && !rooms.contains_key(room) {
            return None;
        }
        *rooms.entry(room.to_owned()).or_default() += 1;
        Some(RoomPermit {
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

impl Drop for RoomPermit {
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
        let permits = (0..ROOMS).map(|number| budget.enter_room(&number.to_string()));
        let mut permits: Vec<_> = permits.map(Option::unwrap).collect();
        let again = budget.enter_room("7").unwrap();
        assert!(budget.enter_room("other").is_none());
        drop(again);
        assert!(
            budget.enter_room("other").is_none(),
            "7 is taken once still"
        );
        permits.swap_remove(7);
        let _other = budget.enter_room("other").unwrap();
        assert!(budget.enter_room("7").is_none());
    }
}
