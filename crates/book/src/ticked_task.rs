//! A task that is ticked, as `docs/live.md` shows it: a row of a list that has a switch, and what that asks for.

use authkit_leptos::server::guard::{AuthKitUser, Guarded};
use authkit_live::{
    Line, LiveQuery, Mutation,
    server::{
        Bit, Gone, List, ListForm, Mutate, Outcome, Query, Read, StoreError, Write, use_form,
    },
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Task {
    id: String,
    title: Line<1, 80>,
    #[sqlx(try_from = "Bit")]
    done: bool,
}

/// Asks for all tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ListTasks {}

impl LiveQuery for ListTasks {
    const NAME: &'static str = "list_tasks";
    type Answer = Vec<Task>;
}

impl Query for ListTasks {
    type Guard = AuthKitUser;
    type Scope = ();

    async fn run(&self, (): &(), read: &mut Read) -> Result<Vec<Task>, StoreError> {
        let select = "SELECT id, title, done FROM tasks ORDER BY id LIMIT 50";
        read.rows(sqlx::query(select)).await
    }
}

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
    type Refusal = Gone;

    async fn run(&self, me: &Guarded<AuthKitUser>, write: &mut Write) -> Outcome<Self> {
        let tick = sqlx::query("UPDATE tasks SET done = $1 WHERE id = $2");
        let tick = tick.bind(i64::from(self.done)).bind(&self.id);
        write.one(tick).await?;
        write.changed(ListTasks::topic_of(me));
        Ok(())
    }
}

impl List for ListTasks {
    fn id(task: &Task) -> &str {
        &task.id
    }

    fn row(task: Task) -> impl IntoView {
        let tick = use_form::<TickTask>();
        let hidden = vec![("id", task.id), ("done", (!task.done).to_string())];
        let label = format!("“{}” is done", task.title);
        view! {
            <p>{task.title.into_string()}</p>
            <ListForm form=tick hidden switches=("id", "done") fails="The task is as it was.">
                <button class="button" type="submit" aria-pressed=task.done.to_string() aria-label=label>
                    "Done"
                </button>
            </ListForm>
        }
    }
}
