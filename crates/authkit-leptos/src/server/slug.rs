//! [`slug!`](crate::slug): types for the names of rights, as guards take them.
//!
//! Called by apps. Makes types and nothing else.

/// Makes a type for each name of a role, permission, entitlement or feature flag.
///
/// ```
/// use authkit_leptos::{server::guard::{self, HasRole}, slug};
/// slug! {
///     /// Runs the organization.
///     pub Admin = "admin";
///     InviteMembers = "members:invite";
/// }
/// async fn invoices(_: guard::Guarded<HasRole<Admin>>) -> &'static str {
///     "all of them"
/// }
/// ```
#[macro_export]
macro_rules! slug {
    ($($(#[$attribute:meta])* $visibility:vis $name:ident = $slug:literal);+ $(;)?) => {$(
        $(#[$attribute])*
        $visibility struct $name;
        impl $crate::server::guard::Slug for $name {
            const SLUG: &'static str = $slug;
        }
    )+};
}
