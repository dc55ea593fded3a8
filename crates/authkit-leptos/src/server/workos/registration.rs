//! The addresses of this app that WorkOS knows: listed and registered, for `provision` and `doctor`.
//!
//! Never called while serving. WorkOS's API has redirect URIs and CORS origins; sign-out redirects are
//! entered in its dashboard by hand, and its `app_homepage_url` is one for all apps and has no list.

use super::{client::WorkOs, failure::Failure, gate::Class};
use futures_util::TryStreamExt;
use workos::{
    CreateCorsOrigin, CreateRedirectUri, Error,
    user_management::{
        CreateCorsOriginParams, CreateRedirectUriParams, ListCorsOriginsParams,
        ListRedirectUrisParams,
    },
};

/// The largest page WorkOS gives.
const PAGE: i64 = 100;

/// An address that WorkOS has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Where AuthKit sends codes to.
    RedirectUri(String),
    /// From where scripts may call WorkOS.
    CorsOrigin(String),
}

/// Since when WorkOS knows an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It was registered just now.
    Now,
    /// It was there already.
    Before,
}

impl WorkOs {
    /// The redirect URIs of this environment.
    ///
    /// # Errors
    /// [`Failure`]; [`Failure::Declined`] with 403 for a key that may not list them.
    pub async fn redirect_uris(&self) -> Result<Vec<String>, Failure> {
        let params = ListRedirectUrisParams {
            limit: Some(PAGE),
            ..ListRedirectUrisParams::default()
        };
        let api = self.client.user_management();
        let listed = api.list_redirect_uris_auto_paging(params);
        let uris = listed.map_ok(|listed| listed.uri).try_collect();
        self.gate.call(Class::Other, uris).await
    }

    /// The CORS origins of this environment.
    ///
    /// # Errors
    /// As [`redirect_uris`](Self::redirect_uris).
    pub async fn cors_origins(&self) -> Result<Vec<String>, Failure> {
        let params = ListCorsOriginsParams {
            limit: Some(PAGE),
            ..ListCorsOriginsParams::default()
        };
        let api = self.client.user_management();
        let listed = api.list_cors_origins_auto_paging(params);
        let origins = listed.map_ok(|listed| listed.origin).try_collect();
        self.gate.call(Class::Other, origins).await
    }

    /// Whether WorkOS knows the address.
    ///
    /// # Errors
    /// As [`redirect_uris`](Self::redirect_uris).
    pub async fn is_registered(&self, address: &Registration) -> Result<bool, Failure> {
        Ok(match address {
            Registration::RedirectUri(uri) => self.redirect_uris().await?.contains(uri),
            Registration::CorsOrigin(origin) => self.cors_origins().await?.contains(origin),
        })
    }

    /// Registers the address, unless it is there already.
    ///
    /// # Errors
    /// As [`redirect_uris`](Self::redirect_uris).
    pub async fn register(&self, address: &Registration) -> Result<Registered, Failure> {
        let api = self.client.user_management();
        let registering = async {
            let registered = match address.clone() {
                Registration::RedirectUri(uri) => {
                    let params = CreateRedirectUriParams::new(CreateRedirectUri { uri });
                    api.create_redirect_uri(params).await.map(|_| ())
                }
                Registration::CorsOrigin(origin) => {
                    let params = CreateCorsOriginParams::new(CreateCorsOrigin { origin });
                    api.create_cors_origin(params).await.map(|_| ())
                }
            };
            match registered {
                Ok(()) => Ok(Registered::Now),
                Err(error) if is_there_already(&error) => Ok(Registered::Before),
                Err(error) => Err(error),
            }
        };
        self.gate.call(Class::Other, registering).await
    }
}

fn is_there_already(error: &Error) -> bool {
    let Error::Api(answer) = error else {
        return false;
    };
    let says_so = answer
        .code
        .as_deref()
        .is_some_and(|code| code.ends_with("_already_exists"))
        || answer.message.contains("already exists");
    answer.status == 409 || (answer.status == 422 && says_so)
}
