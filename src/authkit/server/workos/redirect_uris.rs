//! The redirect URIs that WorkOS has for the application of the API key.

use super::{Failure, WorkOs};
use futures_util::TryStreamExt;
use workos::user_management::ListRedirectUrisParams;

impl WorkOs {
    /// All registered redirect URIs.
    ///
    /// # Errors
    /// [`Failure`], by what can be done about it.
    pub async fn redirect_uris(&self) -> Result<Vec<String>, Failure> {
        let params = ListRedirectUrisParams {
            limit: Some(100),
            ..Default::default()
        };
        let api = self.client.user_management();
        let pages = api.list_redirect_uris_auto_paging(params);
        let uris: Vec<_> = pages.try_collect().await?;
        Ok(uris.into_iter().map(|it| it.uri).collect())
    }
}
