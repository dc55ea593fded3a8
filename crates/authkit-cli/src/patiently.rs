//! [`patiently`]: a call to WorkOS by a command, which has time to wait.
//!
//! Used by `revoke` and by authkit-users' `sync-users`. Never repeats a call that failed in another way.

use authkit_leptos::server::workos::Failure;
use std::time::Duration;

/// Pause when WorkOS limits the rate and sends no `Retry-After`.
const PAUSE: Duration = Duration::from_secs(5);

/// Repeats a call while WorkOS asks to slow down (HTTP 429), after so many pauses at most. `say` is told of each pause.
///
/// # Errors
/// The call's own.
pub async fn patiently<T, F>(
    pauses: u32,
    say: impl Fn(Duration),
    call: impl Fn() -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    for _ in 0..pauses {
        match call().await {
            Err(Failure::RateLimited { retry_after }) => {
                let pause = retry_after.unwrap_or(PAUSE);
                say(pause);
                tokio::time::sleep(pause).await;
            }
            answer => return answer,
        }
    }
    call().await
}
