//! Who may sign in: with `SIGN_IN_ALLOWED_DOMAINS` only users whose verified address is of such a domain, and of these whom
//! the app admits.
//!
//! `Server::build` gives the login its one hook from here, if anything has a say.

use authkit_leptos::server::{Admit, Refusal, SignIn};
use futures_util::{FutureExt, future::BoxFuture};
use std::error::Error;

/// Why a hook had no answer.
type Untold = Box<dyn Error + Send + Sync>;

/// What an app has to say when a user signs in.
pub struct OnSignIn(Ask);

type Ask = Box<dyn Fn(SignIn) -> BoxFuture<'static, Result<Admit, Untold>> + Send + Sync>;

impl OnSignIn {
    /// Asks `ask`, with the rules of [`AuthKit::on_sign_in`](authkit_leptos::server::AuthKit::on_sign_in).
    ///
    /// ```
    /// use authkit_app::OnSignIn;
    /// use authkit_leptos::server::{Admit, Refusal, SignIn};
    /// use std::convert::Infallible;
    ///
    /// let hook = OnSignIn::new(|it: SignIn| async move {
    ///     Ok::<_, Infallible>(match it.user.email_verified {
    ///         true => Admit::Yes,
    ///         false => Admit::No(Refusal {
    ///             code: "not_verified",
    ///             sentence: "Verify your address first.".to_owned(),
    ///         }),
    ///     })
    /// });
    /// ```
    pub fn new<F, Fut, E>(ask: F) -> Self
    where
        F: Fn(SignIn) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Admit, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        Self(Box::new(move |it| {
            let asked = ask(it);
            async move { asked.await.map_err(Into::into) }.boxed()
        }))
    }

    /// What is asked at each sign-in: whether the address is of one of these domains, and then the app. `None` if there is
    /// nothing to ask.
    pub(crate) fn of(domains: Option<Vec<String>>, app: Option<Self>) -> Option<Self> {
        let Some(domains) = domains else {
            return app;
        };
        Some(Self(Box::new(move |it| {
            match (admit(&it, &domains), &app) {
                (Admit::Yes, Some(app)) => app.ask(it),
                (admitted, _) => async { Ok(admitted) }.boxed(),
            }
        })))
    }

    /// Asks.
    pub(crate) fn ask(&self, it: SignIn) -> BoxFuture<'static, Result<Admit, Untold>> {
        (self.0)(it)
    }
}

/// What becomes of a sign-in where only these domains may.
fn admit(it: &SignIn, domains: &[String]) -> Admit {
    let address = it.user.email.rsplit_once('@');
    let is_of = |domain: &String| address.is_some_and(|(_, of)| of.eq_ignore_ascii_case(domain));
    if it.user.email_verified && domains.iter().any(is_of) {
        return Admit::Yes;
    }
    Admit::No(Refusal {
        code: "not_invited",
        sentence: format!(
            "{} is not among those who may use this app. Ask the people who run it.",
            it.user.email
        ),
    })
}
