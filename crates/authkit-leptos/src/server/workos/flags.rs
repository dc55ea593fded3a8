//! The feature flags of this environment, as WorkOS describes them to its own SDKs.
//!
//! Called by the poll of `FeatureFlags`. The SDK has no method for this address, so its transport is used.

use super::{client::WorkOs, failure::Failure};
use http::{Method, StatusCode};
use std::time::Duration;
use workos::transport::HttpRequest;

const PATH: &str = "/sdk/feature-flags";

impl WorkOs {
    /// WorkOS's answer, which is JSON. Outside of the gate: there is one question at a time.
    ///
    /// # Errors
    /// [`Failure`], by what can be done about it.
    pub async fn described_flags(&self, limit: Duration) -> Result<Vec<u8>, Failure> {
        let request = HttpRequest {
            method: Method::GET,
            url: format!("{}{PATH}", self.client.base_url().trim_end_matches('/')),
            headers: self.client.default_headers().clone(),
            body: None,
        };
        let transport = self.client.transport();
        let answer = tokio::time::timeout(limit, transport.execute(request)).await;
        let answer = answer
            .map_err(|_| Failure::Unreachable)?
            .map_err(|_| Failure::Unreachable)?;
        match answer.status {
            StatusCode::OK => Ok(answer.body.to_vec()),
            StatusCode::UNAUTHORIZED => Err(Failure::Misconfigured),
            StatusCode::TOO_MANY_REQUESTS => Err(Failure::RateLimited { retry_after: None }),
            status if status.is_server_error() => Err(Failure::Broken {
                retry_after: None,
                status: status.as_u16(),
            }),
            status => Err(Failure::Declined {
                status: status.as_u16(),
            }),
        }
    }
}
