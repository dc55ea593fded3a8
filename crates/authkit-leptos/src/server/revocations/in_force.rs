//! [`Revocations`]: the sessions that have ended and the rights that have changed, as far as tokens from before may still
//! be valid.
//!
//! Everything in memory, so that a request never waits for the database; what others have to know goes to the ledger in
//! tasks of its own.

use super::{
    changes::{Changes, Said},
    deny_list::DenyList,
    leaving::Leaving,
    watchers::Watchers,
};
use crate::server::{
    core::clock::Clock,
    ledger::{About, Change, Ledger, LedgerError, Revocation},
    metrics::{self, Cause},
    workos::{Failure, WorkOs},
};
use std::{sync::Arc, time::Duration};
use tokio_util::task::TaskTracker;

/// Tries to write what the database did not take.
const RECORD_TRIES: u32 = 60;
/// Time between these tries.
const RECORD_INTERVAL: Duration = Duration::from_secs(1);
/// What this process knows of ended sessions and changed rights, and how it tells the others.
pub struct Revocations {
    pub(super) denied: DenyList,
    pub(super) changes: Changes,
    /// Connections to end when their session ends or has to be renewed.
    pub(super) watchers: Arc<Watchers>,
    /// Sessions that WorkOS has yet to be told of.
    pub(super) leaving: Leaving,
    pub(super) ledger: Ledger,
    pub(super) workos: Arc<WorkOs>,
    pub(super) clock: Clock,
    /// Tasks that are finished before the process ends.
    tasks: TaskTracker,
}

impl Revocations {
    /// Knows of nothing yet.
    pub(super) fn new(
        ledger: Ledger,
        workos: Arc<WorkOs>,
        clock: Clock,
        tasks: TaskTracker,
    ) -> Self {
        let watchers = Arc::new(Watchers::default());
        Self {
            denied: DenyList::new(Arc::clone(&watchers)),
            changes: Changes::new(),
            watchers,
            leaving: Leaving::new(),
            ledger,
            workos,
            clock,
            tasks,
        }
    }

    /// Whether this session of this user is denied now.
    pub fn is_denied(&self, session_id: &str, user_id: &str) -> bool {
        let now = self.clock.now();
        self.denied.contains(session_id, user_id, now)
    }

    /// Whether this session, or all sessions of this user, are denied now.
    pub fn denies(&self, id: &str) -> bool {
        self.denied.contains(id, id, self.clock.now())
    }

    /// Whether a sign-in has replaced this session in its browser within the last seconds.
    pub fn was_just_replaced(&self, session_id: &str) -> bool {
        self.denied.was_just_replaced(session_id)
    }

    /// Whether a token may be from before its holder's rights changed.
    pub fn concern_rights_of(&self, said: &impl Said) -> bool {
        self.changes.concern_rights_of(said)
    }

    /// Learns from a token how long tokens live, for this process, its successors and the others.
    pub fn note_life(&self, issued_at: Option<u64>, expires_at: u64) {
        let life = expires_at.saturating_sub(issued_at.unwrap_or(expires_at));
        if self.denied.note_life(life) {
            let ledger = self.ledger.clone();
            self.tasks.spawn(again_and_again(move || {
                let ledger = ledger.clone();
                async move { ledger.record_token_life(life).await }
            }));
        }
    }

    /// Ends a session here and at WorkOS.
    ///
    /// # Errors
    /// [`Failure`] when WorkOS could not be told. The session is over here all the same.
    pub async fn revoke_session(&self, session_id: &str) -> Result<(), Failure> {
        metrics::revocation(Cause::App);
        self.deny(session_id.to_owned());
        self.workos.revoke_session(session_id).await
    }

    /// Denies a session (`session_…`) or all sessions of a user (`user_…`): in this process at once, in the others
    /// within moments.
    pub(super) fn deny(&self, id: String) {
        self.record(self.denied.deny(id, self.clock.now()));
    }

    /// The same, returning when the other processes are told.
    ///
    /// # Errors
    /// [`LedgerError`] when the other processes can't be told. The id is denied here all the same.
    pub async fn deny_everywhere(&self, id: String) -> Result<(), LedgerError> {
        let revocation = self.denied.deny(id, self.clock.now());
        self.ledger.revoke(&revocation, self.clock.now()).await
    }

    /// Ends a session that a new one replaces in its browser.
    pub fn replace(&self, session_id: String) {
        self.denied.note_replaced(session_id.clone());
        self.leave_because(session_id, Cause::Replaced);
    }

    /// Ends a session that its browser has signed out of, also at WorkOS. The browser's redirect to WorkOS does that, but
    /// the browser may not follow it, so WorkOS is told as well a while later. A session that is over already costs
    /// nothing.
    ///
    /// Whether it was not over yet.
    pub fn leave(&self, session_id: String) -> bool {
        self.leave_because(session_id, Cause::SignedOut)
    }

    fn leave_because(&self, session_id: String, cause: Cause) -> bool {
        let now = self.clock.now();
        let Some(revocation) = self.denied.deny_once(session_id.clone(), now) else {
            return false;
        };
        metrics::revocation(cause);
        self.record(revocation);
        self.leaving.add(session_id);
        true
    }

    /// Ends a session that no browser ever had: WorkOS is told at once, in the background, and later where it does not
    /// answer.
    pub fn refuse(self: &Arc<Self>, session_id: String) {
        metrics::revocation(Cause::Refused);
        self.deny(session_id.clone());
        let here = Arc::clone(self);
        self.tasks.spawn(async move {
            let told = here.workos.revoke_session(&session_id).await;
            if told.is_err_and(|failure| failure.may_pass()) {
                here.leaving.add(session_id);
            }
        });
    }

    fn record(&self, revocation: Revocation) {
        let (ledger, clock) = (self.ledger.clone(), self.clock.clone());
        self.tasks.spawn(again_and_again(move || {
            let (ledger, revocation, now) = (ledger.clone(), revocation.clone(), clock.now());
            async move { ledger.revoke(&revocation, now).await }
        }));
    }

    /// Ends the streams of a session that were opened in another organization than its current one: here at once, and
    /// elsewhere once this returns. The session itself goes on, so requests are not concerned. `issued_at` is that of
    /// its first token there. Call it in a task that runs to its end when the browser hangs up.
    pub async fn moved(&self, session_id: &str, organization_id: Option<&str>, issued_at: u64) {
        let change = self.change(About::Session, session_id, organization_id, issued_at);
        // Waited for, so that one move is recorded before the next can be made.
        if self.note_change(&change).await.is_err() {
            let (ledger, clock) = (self.ledger.clone(), self.clock.clone());
            self.tasks.spawn(again_and_again(move || {
                let (ledger, change, now) = (ledger.clone(), change.clone(), clock.now());
                async move { ledger.record_change(&change, now).await }
            }));
        }
    }

    /// Makes tokens that were issued up to `issued_until` outdated: they have to be renewed before they count, because
    /// this user's rights, or what this role allows, have changed. Returns when the other processes are told.
    ///
    /// # Errors
    /// [`LedgerError`] when the other processes can't be told. The tokens are outdated here all the same.
    pub async fn rights_changed(
        &self,
        about: About,
        id: &str,
        issued_until: u64,
    ) -> Result<(), LedgerError> {
        let change = self.change(about, id, None, issued_until);
        self.note_change(&change).await
    }

    fn change(
        &self,
        about: About,
        id: &str,
        organization_id: Option<&str>,
        issued_until: u64,
    ) -> Change {
        let keep_until = self.denied.tokens_expire_by(self.clock.now());
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Change {
            about,
            id: id.to_owned(),
            organization_id: organization_id.map(str::to_owned),
            issued_until: number(issued_until),
            changed_at: jiff::Timestamp::now().as_millisecond(),
            keep_until: number(keep_until),
        }
    }

    async fn note_change(&self, change: &Change) -> Result<(), LedgerError> {
        self.accept_change(change);
        self.ledger.record_change(change, self.clock.now()).await
    }

    /// Learns of a change, and tells the watchers whom it concerns.
    pub(super) fn accept_change(&self, change: &Change) {
        if self.changes.accept(change, self.clock.now()) {
            self.watchers.tell(change);
        }
    }

    /// Reads the longest life that other processes have recorded.
    pub(super) async fn load_life(&self) -> Result<(), LedgerError> {
        self.denied.note_life(self.ledger.token_life().await?);
        Ok(())
    }
}

/// Writes to the ledger, and again if it fails: this process goes by the change already.
async fn again_and_again<F>(mut write: impl FnMut() -> F)
where
    F: Future<Output = Result<(), LedgerError>>,
{
    let mut failure = None;
    for _ in 0..RECORD_TRIES {
        match write().await {
            Ok(()) => return,
            Err(error) => failure = Some(error),
        }
        tokio::time::sleep(RECORD_INTERVAL).await;
    }
    if let Some(error) = failure {
        tracing::error!(
            reason = "ledger_unavailable",
            %error,
            "known to this process only: the database does not take a revocation, a change or a token's life"
        );
    }
}
