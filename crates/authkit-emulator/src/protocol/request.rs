//! The authorization request: its parameters, checked in one place (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core
//! §3.1.2.1). Callers: `authorize`, and the handlers of the pages that carry it along. A request with an unknown client
//! or redirect URI must never be answered with a redirect (RFC 6749 §4.1.2.1).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::pages;
use crate::pages::refusal::Reason;
use crate::pages::view::RequestView;
use crate::protocol::callback::{Callback, redirect};
use crate::state::context::Context;
use crate::state::store::model::{OauthProvider, OauthSignIn};

/// A valid authorization request.
#[derive(Debug, Clone)]
pub struct AuthorizeRequest {
    /// The query as received, for links and forms that carry it along.
    pub query: String,
    pub callback: Callback,
    /// The S256 challenge (RFC 7636 §4.2).
    pub code_challenge: String,
    pub screen: Screen,
    pub prompt: Option<Prompt>,
    /// In seconds.
    pub max_age: Option<u32>,
    pub login_hint: Option<String>,
    pub organization_id: Option<String>,
    pub invitation_token: Option<String>,
    /// The provider that the request names, if that is not AuthKit.
    pub oauth: Option<OauthSignIn>,
}

/// The page to show first (`screen_hint`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    SignIn,
    SignUp,
}

/// How to prompt the user (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    None,
    Login,
    Consent,
    SelectAccount,
}

/// An invalid authorization request.
#[derive(Debug)]
pub enum Refusal {
    /// Shown on a page: the request has no trusted redirect URI.
    Page(Reason),
    /// Sent to the app as `error` and `error_description`.
    Redirect(Box<Callback>, &'static str, String),
}

impl AuthorizeRequest {
    /// The request as the pages show it.
    pub fn shown(&self) -> RequestView<'_> {
        RequestView {
            query: &self.query,
            app: self.callback.app(),
            provider: self.oauth.as_ref().map(|it| it.provider.name()),
            cancelled: self
                .callback
                .with_error("access_denied", "The person cancelled.")
                .into(),
            form_target: self.callback.form_target(),
        }
    }

    /// Checks everything that does not depend on the user.
    fn parse(context: &Context, query: &str) -> Result<AuthorizeRequest, Refusal> {
        let parameters = Parameters::parse(query).map_err(Refusal::Page)?;
        let callback = trusted_callback(context, &parameters).map_err(Refusal::Page)?;
        let checked = check(context, &parameters, query, &callback);
        checked.map_err(|(error, description)| {
            Refusal::Redirect(Box::new(callback), error, description)
        })
    }
}

/// Handlers take a valid request; an invalid one never reaches them.
impl FromRequestParts<Arc<Context>> for AuthorizeRequest {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        context: &Arc<Context>,
    ) -> Result<Self, Refusal> {
        AuthorizeRequest::parse(context, parts.uri.query().unwrap_or_default())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::Page(reason) => pages::refusal::page(&reason).into_response(),
            Refusal::Redirect(callback, error, description) => redirect(
                StatusCode::FOUND,
                callback.with_error(error, &description).as_str(),
            ),
        }
    }
}

/// Checks whose failure is shown on a page, because no redirect URI can be trusted yet.
fn trusted_callback(context: &Context, parameters: &Parameters) -> Result<Callback, Reason> {
    let missing =
        |name: &str| Reason::new("parameter_missing", format!("The request has no {name}."));
    let client_id = parameters
        .get("client_id")
        .ok_or_else(|| missing("client_id"))?;
    if client_id != context.client_id {
        let known = &context.client_id;
        let sentence = format!(
            "The client_id is “{client_id}”; this emulator knows only “{known}”. Set WORKOS_CLIENT_ID to the \
             id of the environment you sign in to."
        );
        return Err(Reason::new("client_unknown", sentence));
    }
    let uri = parameters
        .get("redirect_uri")
        .ok_or_else(|| missing("redirect_uri"))?;
    let state = parameters.get("state").map(str::to_owned);
    let callback = Callback::registered(context, uri, state)
        .ok_or_else(|| Reason::new("redirect_uri_mismatch", mismatch(context, uri)))?;
    if let Some(token) = parameters.get("invitation_token")
        && context
            .store
            .read(|state| !state.invitations.contains_key(token))
    {
        let sentence = "The invitation is unknown. It may have been withdrawn.";
        return Err(Reason::new("invitation_unknown", sentence));
    }
    Ok(callback)
}

/// Explains how to fix a redirect URI that is not registered.
fn mismatch(context: &Context, uri: &str) -> String {
    let others = match &context.redirect_uris.all()[..] {
        [] => "and no other is".to_owned(),
        [one] => format!("only “{one}” is"),
        all => format!("only “{}” are", all.join("”, “")),
    };
    format!(
        "The redirect_uri “{uri}” is not registered, {others}. It has to be the same to the character. Set \
         WORKOS_REDIRECT_URI to an address that is registered, or register this one: by “authkit \
         provision”, or in WorkOS’s dashboard under Redirects."
    )
}

/// Checks whose failure is sent to the app.
fn check(
    context: &Context,
    parameters: &Parameters,
    query: &str,
    callback: &Callback,
) -> Result<AuthorizeRequest, (&'static str, String)> {
    let invalid = |description: &str| ("invalid_request", description.to_owned());
    match parameters.get("response_type") {
        Some("code") => {}
        None => return Err(invalid("response_type is missing.")),
        Some(_) => {
            return Err((
                "unsupported_response_type",
                "response_type has to be “code”.".to_owned(),
            ));
        }
    }
    let provider = parameters.get("provider");
    let organization_id = parameters.get("organization_id");
    match (provider, parameters.get("connection_id"), organization_id) {
        (None, None, None) => {
            return Err(invalid(
                "One of provider, connection_id and organization_id is needed.",
            ));
        }
        (_, Some(_), _) => {
            return Err((
                "connection_invalid",
                "The emulator has no connections.".to_owned(),
            ));
        }
        _ => {}
    }
    if let Some(id) = organization_id
        && context
            .store
            .read(|state| !state.organizations.contains_key(id))
    {
        return Err((
            "organization_invalid",
            format!("There is no organization “{id}”."),
        ));
    }
    Ok(AuthorizeRequest {
        query: query.to_owned(),
        callback: callback.clone(),
        code_challenge: code_challenge(parameters).map_err(invalid)?,
        screen: screen(parameters).map_err(invalid)?,
        prompt: prompt(parameters).map_err(invalid)?,
        max_age: (max_age(parameters).map_err(invalid)?).filter(|_| !context.ignores_max_age()),
        login_hint: parameters.get("login_hint").map(str::to_owned),
        organization_id: organization_id.map(str::to_owned),
        invitation_token: parameters.get("invitation_token").map(str::to_owned),
        oauth: oauth(parameters).map_err(invalid)?,
    })
}

fn oauth(parameters: &Parameters) -> Result<Option<OauthSignIn>, &'static str> {
    let scopes = parameters.get("provider_scopes");
    let name = parameters.get("provider").unwrap_or("authkit");
    if name == "authkit" {
        return match scopes {
            Some(_) => Err("provider_scopes goes only with a provider other than “authkit”."),
            None => Ok(None),
        };
    }
    if parameters.get("max_age").is_some() {
        return Err("max_age goes only with the provider “authkit”.");
    }
    let provider = OauthProvider::named(name).ok_or(
        "The emulator knows the providers “authkit”, “AppleOAuth”, “GitHubOAuth”, “GoogleOAuth” and \
         “MicrosoftOAuth”.",
    )?;
    let scopes = scopes.unwrap_or_default().split([',', ' ']);
    let scopes = scopes.filter(|scope| !scope.is_empty());
    Ok(Some(OauthSignIn {
        provider,
        scopes: scopes.map(str::to_owned).collect(),
    }))
}

fn code_challenge(parameters: &Parameters) -> Result<String, &'static str> {
    // A missing method means “plain” (RFC 7636 §4.3), which puts the verifier into the URL.
    if parameters.get("code_challenge_method") != Some("S256") {
        return Err("code_challenge_method has to be “S256”.");
    }
    let challenge = parameters
        .get("code_challenge")
        .ok_or("code_challenge is missing.")?;
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if challenge.len() != 43 || !challenge.bytes().all(base64url) {
        return Err("code_challenge has to be a SHA-256 in base64url, 43 characters.");
    }
    Ok(challenge.to_owned())
}

fn screen(parameters: &Parameters) -> Result<Screen, &'static str> {
    let hint = parameters.get("screen_hint");
    if hint.is_some() && parameters.get("provider") != Some("authkit") {
        return Err("screen_hint goes only with the provider “authkit”.");
    }
    match hint {
        None | Some("sign-in") => Ok(Screen::SignIn),
        Some("sign-up") => Ok(Screen::SignUp),
        Some(_) => Err("screen_hint has to be “sign-in” or “sign-up”."),
    }
}

fn prompt(parameters: &Parameters) -> Result<Option<Prompt>, &'static str> {
    parameters
        .get("prompt")
        .map(|prompt| match prompt {
            "none" => Ok(Prompt::None),
            "login" => Ok(Prompt::Login),
            "consent" => Ok(Prompt::Consent),
            "select_account" => Ok(Prompt::SelectAccount),
            _ => Err("prompt has to be “none”, “login”, “consent” or “select_account”."),
        })
        .transpose()
}

fn max_age(parameters: &Parameters) -> Result<Option<u32>, &'static str> {
    let seconds = |text: &str| {
        // `parse` alone would accept a sign.
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|_| digits)
            .ok_or("max_age has to be a number of seconds.")
    };
    parameters.get("max_age").map(seconds).transpose()
}

/// The parameters of a query, each at most once (RFC 6749 §3.1).
struct Parameters(BTreeMap<String, String>);

impl Parameters {
    fn parse(query: &str) -> Result<Parameters, Reason> {
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if let Some(_first) = parameters.insert(name.to_string(), value.into_owned()) {
                return Err(Reason::new(
                    "parameter_repeated",
                    format!("The parameter {name} is there twice."),
                ));
            }
        }
        Ok(Parameters(parameters))
    }

    /// A parameter's value. An empty one counts as absent (RFC 6749 §3.1).
    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}
