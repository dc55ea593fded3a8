//! [`Scope`]: what an answer depends on besides the arguments, made of who asks: nothing, the organization, or the user.
//!
//! Named by queries. Keeps apart what different callers are answered; its JSON is in topics, and so in pages and in the database.

use authkit_leptos::server::guard::{Guarded, WantsOrganization};
use serde::Serialize;

/// What an answer depends on besides the arguments, for callers who pass the guard `G`.
///
/// `()` if everybody who may ask gets the same, [`OfOrganization`] or [`OfUser`]. What depends on anything else of the caller
/// has a type of its own, with as little in it as the answer needs: all whose JSON is the same share one answer, so no field of
/// it is left out of that, and none is a secret: it is in the [topic](super::Query::topic), which pages and the database have.
/// It is short: a topic is at most 2,600 bytes.
///
/// ```
/// use authkit_leptos::server::guard::{Guarded, WantsOrganization};
/// use authkit_live::server::Scope;
/// use serde::Serialize;
///
/// /// Each user gets what is theirs in the organization that they are in.
/// #[derive(Serialize)]
/// struct OfMember {
///     organization: String,
///     user: String,
/// }
///
/// impl<G: WantsOrganization> Scope<G> for OfMember {
///     fn of(caller: &Guarded<G>) -> Self {
///         Self {
///             organization: caller.organization_id().to_owned(),
///             user: caller.id_here().to_owned(),
///         }
///     }
/// }
/// ```
pub trait Scope<G>: Serialize + Send + Sync + 'static {
    /// That of this caller.
    fn of(caller: &Guarded<G>) -> Self;
}

/// A scope as JSON, on one line: what tells it from others. `None` for a type that can't be JSON: a mistake in the app.
pub(super) fn written<S: Serialize>(scope: &S) -> Option<String> {
    serde_json::to_string(scope).ok()
}

impl<G> Scope<G> for () {
    fn of(_: &Guarded<G>) {}
}

/// All users of an organization get the same, and nobody else does. For guards that let nobody pass without one:
/// [`InOrganization`](authkit_leptos::server::guard::InOrganization), alone or first of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OfOrganization {
    /// `org_…`.
    pub id: String,
}

impl<G: WantsOrganization> Scope<G> for OfOrganization {
    fn of(caller: &Guarded<G>) -> Self {
        let id = caller.organization_id().to_owned();
        Self { id }
    }
}

/// Each user gets their own, in whatever organization they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OfUser {
    /// `user_…`; of another provider's caller the `token_identifier`, by
    /// [`UserIdentity::id_here`](authkit_leptos::server::UserIdentity::id_here).
    pub id: String,
}

impl<G> Scope<G> for OfUser {
    fn of(caller: &Guarded<G>) -> Self {
        let id = caller.id_here().to_owned();
        Self { id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        LiveQuery,
        server::{Query, Read, StoreError},
    };
    use authkit_leptos::server::{
        UserIdentity,
        guard::{AuthKitUser, Denied, Guard, InOrganization},
    };
    use serde::Deserialize;
    use serde_json::json;

    fn caller(user: &str, organization: &str) -> UserIdentity {
        let claims = json!({
            "sub": user, "iss": "https://issuer.example", "is_authkit": true, "org_id": organization
        });
        serde_json::from_value(claims).unwrap()
    }

    #[test]
    fn callers_share_what_is_their_organizations_and_have_alone_what_is_their_own() {
        let ours = |user, organization| -> OfOrganization {
            Scope::of(&Guarded::<InOrganization>::of(&caller(user, organization), 0).unwrap())
        };
        assert_eq!(ours("user_1", "org_1"), ours("user_2", "org_1"));
        assert_ne!(ours("user_1", "org_1"), ours("user_1", "org_2"));
        let own = |user, organization| -> OfUser {
            Scope::of(&Guarded::<AuthKitUser>::of(&caller(user, organization), 0).unwrap())
        };
        assert_eq!(own("user_1", "org_1"), own("user_1", "org_2"));
        assert_ne!(own("user_1", "org_1"), own("user_2", "org_1"));
    }

    struct Anybody;

    impl Guard for Anybody {
        fn check(_: &UserIdentity, _: u64) -> Result<(), Denied> {
            Ok(())
        }
    }

    #[test]
    fn another_providers_caller_whose_subject_is_a_users_id_has_nothing_of_that_user() {
        let of = |caller: &UserIdentity| -> OfUser {
            Scope::of(&Guarded::<Anybody>::of(caller, 0).unwrap())
        };
        let other = json!({
            "sub": "user_1", "iss": "https://other.example", "token_identifier": "https://other.example|user_1"
        });
        let other = serde_json::from_value(other).unwrap();
        assert_ne!(of(&other), of(&caller("user_1", "org_1")));
    }

    #[derive(Clone, PartialEq, Serialize, Deserialize)]
    struct Names {}

    impl LiveQuery for Names {
        const NAME: &'static str = "names";
        type Answer = ();
    }

    impl Query for Names {
        type Guard = InOrganization;
        type Scope = OfOrganization;

        async fn run(&self, _: &OfOrganization, _: &mut Read) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[derive(Clone, PartialEq, Serialize, Deserialize)]
    struct Towns {}

    impl LiveQuery for Towns {
        const NAME: &'static str = "towns";
        type Answer = ();
    }

    impl Query for Towns {
        type Guard = AuthKitUser;
        type Scope = ();

        async fn run(&self, (): &(), _: &mut Read) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[test]
    fn what_a_writer_says_has_changed_is_what_those_who_share_the_scope_follow_and_nobody_else() {
        type WithRole = (InOrganization, AuthKitUser);
        let writer = Guarded::<WithRole>::of(&caller("user_1", "org_1"), 0).unwrap();
        let of = |id: &str| OfOrganization { id: id.to_owned() };
        assert_eq!(Names::topic_of(&writer), "names \"org_1\"");
        assert_eq!(Names {}.topics(&of("org_1")), [Names::topic_of(&writer)]);
        assert_ne!(Names {}.topics(&of("org_2")), [Names::topic_of(&writer)]);
        assert_eq!(Towns {}.topics(&()), [Towns::topic_of(&writer)]);
        assert_eq!(Towns::topic(&()), "towns");
    }
}
