//! The grants of the token endpoint (`/oauth_token.do`), in the message shapes of the oauth2 crate.
//!
//! A real instance answers nearly every refusal with 401 and `server_error: access_denied`, whatever
//! was wrong; that `server_error` is no fault that would pass, so no refusal is worth repeating. A
//! hibernating instance, an outage page or a login page answer here too, with HTML and status 200.

use std::cell::Cell;
use std::time::SystemTime;

use http::{StatusCode, header};
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::{
    AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse, RefreshToken, RequestTokenError,
    ResourceOwnerPassword, ResourceOwnerUsername, TokenUrl,
};
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use url::form_urlencoded;

use super::token::Token;
use super::{ClientAuth, OAuthClient, TOKEN_PATH, add_basic, basic_credentials};
use crate::error::{Error, Result, Status};
use crate::record::page::{Words, error_words};
use crate::session::Address;

/// How a token is asked for.
pub(crate) enum Grant<'a> {
    Password { user: &'a str, password: &'a str },
    Refresh { refresh_token: &'a str },
    ClientCredentials,
}

/// Asks the token endpoint for a token; `send` makes the HTTP exchange.
pub(crate) fn request_token(
    address: &Address,
    client: &OAuthClient,
    client_auth: ClientAuth,
    grant: &Grant<'_>,
    send: impl Fn(HttpRequest) -> Result<HttpResponse>,
) -> Result<Token> {
    let endpoint = address.url(TOKEN_PATH, &[]);
    let oauth = BasicClient::new(ClientId::new(client.id.clone()))
        .set_client_secret(ClientSecret::new(client.secret.expose_secret().to_owned()))
        .set_token_uri(TokenUrl::from_url(endpoint))
        .set_auth_type(match client_auth {
            ClientAuth::Body => AuthType::RequestBody,
            ClientAuth::Basic => AuthType::BasicAuth,
        });
    let is_success = Cell::new(false);
    let send = |mut asked: HttpRequest| {
        if client_auth == ClientAuth::Basic {
            let secret = in_header(client.secret.expose_secret());
            add_basic(asked.headers_mut(), &in_header(&client.id), &secret)?;
        }
        let answer = send(asked)?;
        is_success.set(answer.status() == StatusCode::OK);
        Ok(answer)
    };
    let (answer, kept_refresh_token) = match *grant {
        Grant::Password { user, password } => {
            let user = ResourceOwnerUsername::new(user.to_owned());
            let password = ResourceOwnerPassword::new(password.to_owned());
            (
                oauth.exchange_password(&user, &password).request(&send),
                None,
            )
        }
        Grant::Refresh { refresh_token } => {
            let token = RefreshToken::new(refresh_token.to_owned());
            (
                oauth.exchange_refresh_token(&token).request(&send),
                Some(refresh_token),
            )
        }
        Grant::ClientCredentials => (oauth.exchange_client_credentials().request(&send), None),
    };
    match answer {
        Ok(response) => Token::from_response(&response, kept_refresh_token, SystemTime::now())
            .map_err(unexpected),
        Err(error) => {
            let token = match &error {
                RequestTokenError::Parse(_, body) if is_success.get() => {
                    Token::from_answer(body, kept_refresh_token, SystemTime::now())
                }
                _ => None,
            };
            token.ok_or_else(|| token_error(error))
        }
    }
}

/// An endpoint may repeat what it was sent in what it says of that. Words that hold a secret are not told.
pub(crate) fn without_secrets(error: Error, client: &OAuthClient, grant: &Grant<'_>) -> Error {
    let secret = client.secret.expose_secret();
    let of_grant = match *grant {
        Grant::Password { password, .. } => password,
        Grant::Refresh { refresh_token } => refresh_token,
        Grant::ClientCredentials => "",
    };
    let pair = basic_credentials(&in_header(&client.id), &in_header(secret));
    let holds_one = |words: &str| {
        let holds = |secret: &str| !secret.is_empty() && words.contains(secret);
        let is_held = [secret, of_grant].into_iter().any(|secret| {
            let encoded = in_header(secret);
            holds(secret) || holds(&encoded) || holds(&Zeroizing::new(encoded.replace("%20", "+")))
        });
        is_held || holds(&pair)
    };
    let words = [error.instance_message(), error.detail()];
    let is_told = words.into_iter().flatten().any(holds_one);
    match is_told {
        true => error.without_instance_words(
            "no token: what the token endpoint says of that repeats a secret, and is not shown",
        ),
        false => error,
    }
}

/// A client's id or secret as RFC 6749 (2.3.1) has it in a header: encoded as in a form. A space is `%20` there,
/// which every server decodes that decodes at all; a plus, which the oauth2 crate makes of it, not all do.
fn in_header(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(3 * text.len()));
    for piece in form_urlencoded::byte_serialize(text.as_bytes()) {
        encoded.push_str(if piece == "+" { "%20" } else { piece });
    }
    encoded
}

/// What the caller can do about a token that was refused.
pub(crate) fn advice(grant: &Grant<'_>, refusal: &Error) -> Option<&'static str> {
    if !is_refusal(refusal) {
        return None;
    }
    let is_about_client = refusal
        .detail()
        .is_some_and(|detail| detail.starts_with("invalid_client"));
    let is_about_grant = refusal
        .detail()
        .is_some_and(|detail| detail.starts_with("unauthorized_client"));
    match grant {
        _ if is_about_grant => Some(
            "look at the entry in the application registry: whether it is active and may use this grant, and \
             which user it is for where the application signs itself in",
        ),
        _ if is_about_client => Some(
            "check the client id and secret, and whether they belong in a header (option \
             oauth_basic)",
        ),
        Grant::Refresh { .. } => Some(
            "the refresh token may have ended, been used before, or been taken back: sign in again",
        ),
        _ => None,
    }
}

/// Whether the instance refuses to give a token, and not only cannot at the moment.
pub(crate) fn is_refusal(error: &Error) -> bool {
    let is_servers_failure = error.http_status().is_some_and(|status| status >= 500);
    error.status() == Status::TokenRefused && !is_servers_failure
}

fn token_error(error: RequestTokenError<Error, BasicErrorResponse>) -> Error {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(refusal) => {
            let mut detail = refusal.error().to_string();
            if let Some(description) = refusal.error_description() {
                detail = format!("{detail}: {description}");
            }
            let message = format!("the token endpoint refuses the grant ({detail})");
            Error::new(Status::TokenRefused, message).with_instance_words(None, Some(detail))
        }
        // The texts of these two could repeat pieces of the answer, and that may hold a token.
        RequestTokenError::Parse(_, body) => match error_words(&body) {
            Words {
                message: None,
                detail: None,
            } => unexpected("it is not the JSON of a token"),
            // In the form in which the rest of the API tells of errors.
            Words { message, detail } => {
                let told = message.as_deref().or(detail.as_deref()).unwrap_or_default();
                let text = format!("the token endpoint refuses the grant ({told})");
                Error::new(Status::TokenRefused, text).with_instance_words(message, detail)
            }
        },
        // It was no object, and was cleared; or nothing came.
        RequestTokenError::Other(_) => unexpected("it is empty or no JSON object"),
    }
}

fn unexpected(problem: &str) -> Error {
    let message = format!("the token endpoint's answer cannot be used: {problem}");
    Error::new(Status::TokenAnswer, message)
}

/// A 200 that holds an error is a refusal too; the oauth2 crate goes by the status alone. And it reads
/// a list as the members of an error in their order, which would show whatever stands in the list.
pub(crate) fn refusal_by_status(mut response: HttpResponse) -> HttpResponse {
    #[derive(serde::Deserialize)]
    struct Refusal {
        #[serde(rename = "error")]
        _error: String,
    }
    match response.body().trim_ascii_start().first() {
        // Some servers call JSON text, which the crate does not take; that it is JSON is seen when it is read.
        Some(&b'{') => drop(response.headers_mut().remove(header::CONTENT_TYPE)),
        _ => response.body_mut().clear(),
    }
    if response.status() == StatusCode::OK
        && serde_json::from_slice::<Refusal>(response.body()).is_ok()
        && serde_json::from_slice::<BasicTokenResponse>(response.body()).is_err()
    {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    response
}
