//! A row of a list that changes in place: it keeps the focus that is in it when its task is ticked.

use authkit_live::{Form, Forms, LiveForm, LiveQuery, LiveQueryHandle, Mutation};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Task {
    id: String,
    title: String,
    done: bool,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct ListTasks {}

impl LiveQuery for ListTasks {
    const NAME: &'static str = "list_tasks";
    type Answer = Vec<Task>;
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct TickTask {
    id: String,
    done: bool,
}

impl Mutation for TickTask {
    const NAME: &'static str = "tick_task";
    type Answer = ();
}

/// The form of all rows.
fn tick(forms: Forms, tasks: LiveQueryHandle<ListTasks>) -> Form {
    let tick = forms.make::<TickTask>().shows(tasks, |tasks, sent| {
        let ticked = tasks.iter_mut().filter(|task| task.id == sent.id);
        ticked.for_each(|task| task.done = sent.done);
    });
    tick.done()
}

/// A row of `<For key=|task| task.id.clone()>`: it stays when its task is ticked.
fn row(task: Task, tasks: LiveQueryHandle<ListTasks>, tick: Form) -> impl IntoView {
    let Task { id, title, done } = task;
    let hidden = vec![("id", id.clone())];
    let done = tasks.part(done, move |tasks| {
        let task = tasks.iter().find(|task| task.id == id)?;
        Some(task.done)
    });
    let pressed = move || done.get().to_string();
    let other = move || (!done.get()).to_string();
    view! {
        <li>
            <LiveForm form=tick hidden>
                <button name="done" value=other aria-pressed=pressed>
                    {title}
                </button>
            </LiveForm>
        </li>
    }
}

fn main() {
    let _ = (row, tick);
}
