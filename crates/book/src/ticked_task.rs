//! A task that is ticked, on the server: what the row in `docs/live.md` sends.

use authkit_leptos::server::guard::{AuthKitUser, Guarded};
use authkit_live::{
    Mutation,
    server::{Mutate, Never, Outcome, Write},
};
use serde::{Deserialize, Serialize};

/// Ticks a task, or takes that back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TickTask {
    /// Its id.
    pub id: String,
    /// What it is to be.
    pub done: bool,
}

impl Mutation for TickTask {
    const NAME: &'static str = "tick_task";
    type Answer = ();
}

impl Mutate for TickTask {
    type Guard = AuthKitUser;
    type Refusal = Never;

    async fn run(&self, _: &Guarded<AuthKitUser>, write: &mut Write) -> Outcome<Self> {
        sqlx::query("UPDATE tasks SET done = $1 WHERE id = $2")
            .bind(i64::from(self.done))
            .bind(&self.id)
            .execute(write.db())
            .await?;
        write.changed("tasks");
        Ok(())
    }
}
