//! `/oauth_token.do`.
//!
//! Parameters count only in a form body; the client may show its credentials there or in a Basic
//! header. Everything that can be wrong gets the same answer, which is what a real instance does.

use serde_json::json;

use crate::{
    answer::{Answer, Dress},
    instance::Instance,
    request::Request,
    sign_in::{Account, Code, Grant, Refused, SignIn, basic_credentials, is_active, subject},
};

pub fn answer(instance: &Instance, request: &Request) -> Answer {
    match grant(instance, request) {
        Ok(grant) => {
            let body = serde_json::to_vec(&grant).expect("a grant is strings and a number");
            Answer::of_body(200, "application/json;charset=UTF-8", body)
        }
        Err(Refused) => Answer::json(
            401,
            &json!({ "error_description": "access_denied", "error": "server_error" }),
        ),
    }
    .dressed(Dress::Plain)
}

/// `/oauth_revoke_token.do`: whoever knows a token may end it.
pub fn revoke(instance: &Instance, request: &Request) -> Answer {
    let in_body = form_urlencoded::parse(&request.body)
        .find(|(name, _)| name == "token")
        .map(|(_, value)| value.into_owned());
    if let Some(token) = request.parameter("token").map(str::to_owned).or(in_body) {
        instance.tokens.write().revoke(&token);
    }
    Answer::empty(200).dressed(Dress::Plain)
}

fn grant(instance: &Instance, request: &Request) -> Result<Grant, Refused> {
    let form = Form::of(request)?;
    let accounts = instance.accounts.read();
    let (settings, now) = (instance.settings.read().clone(), instance.clock.now());
    let grant_type = form.value("grant_type")?;
    let proof = form
        .value("code_verifier")
        .ok()
        .filter(|_| grant_type == "authorization_code");
    // A public client proves itself by the verifier, and gets nothing to refresh with.
    let (client, has_secret) = match (form.client(request), proof) {
        (Ok((id, secret)), _) => (accounts.verified_client(&id, &secret).ok_or(Refused)?, true),
        (Err(Refused), Some(_)) => (
            accounts.client(form.value("client_id")?).ok_or(Refused)?,
            false,
        ),
        (Err(Refused), None) => return Err(Refused),
    };
    let scope = client.granted(form.value("scope").ok()).ok_or(Refused)?;
    let sign_in = |user: Option<&Account>, refreshable: bool| {
        let active = user.filter(|user| is_active(instance, &user.sys_id));
        let by = SignIn {
            client: &client.id,
            user: &active.ok_or(Refused)?.user_name,
            scope: &scope,
            refreshable,
        };
        Ok(instance.tokens.write().sign_in(&by, &settings, now))
    };
    match grant_type {
        "password" => {
            let user = accounts.verified(form.value("username")?, form.value("password")?);
            sign_in(user, true)
        }
        "refresh_token" => {
            let token = form.value("refresh_token")?;
            let user = instance.tokens.read().user_of_refresh_token(token);
            let account = user.and_then(|user| accounts.user(&user));
            if account.is_some_and(|account| !is_active(instance, &account.sys_id)) {
                return Err(Refused);
            }
            let mut tokens = instance.tokens.write();
            tokens.refresh(&client.id, token, &settings, now)
        }
        // The OAuth Application User of the registry: the first account there is.
        "client_credentials" => sign_in(accounts.users.first(), false),
        "authorization_code" => {
            let code = redeemed(instance, &form, &client.id)?;
            let is_proven = match proof {
                Some(verifier) => code.is_proven_by(verifier),
                // A code that was asked for with a proof key is not redeemed without one.
                None => code.challenge.is_none(),
            };
            if is_proven {
                sign_in(accounts.user(&code.user), has_secret)
            } else {
                Err(Refused)
            }
        }
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
            let user = subject(form.value("assertion")?, &client.id, &accounts.jwks, now)
                .ok_or(Refused)?;
            sign_in(accounts.user(&user), false)
        }
        _ => Err(Refused),
    }
}

fn redeemed(instance: &Instance, form: &Form, client: &str) -> Result<Code, Refused> {
    let (code, redirect_uri) = (form.value("code")?, form.value("redirect_uri")?);
    instance
        .tokens
        .write()
        .redeem_code(code, client, redirect_uri, instance.clock.now())
}

struct Form(Vec<(String, String)>);

impl Form {
    fn of(request: &Request) -> Result<Form, Refused> {
        let is_form =
            request.content_type().as_deref() == Some("application/x-www-form-urlencoded");
        match request.method == "POST" && is_form {
            true => Ok(Form(
                form_urlencoded::parse(&request.body).into_owned().collect(),
            )),
            false => Err(Refused),
        }
    }

    fn value(&self, name: &str) -> Result<&str, Refused> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .ok_or(Refused)
    }

    fn client(&self, request: &Request) -> Result<(String, String), Refused> {
        if let Ok(id) = self.value("client_id")
            && let Ok(secret) = self.value("client_secret")
        {
            return Ok((id.to_owned(), secret.to_owned()));
        }
        let header = request.header("authorization").ok_or(Refused)?;
        let encoded = header.strip_prefix("Basic ").ok_or(Refused)?;
        let (id, secret) = basic_credentials(encoded).ok_or(Refused)?;
        // RFC 6749 2.3.1: both parts are form-encoded before they are joined.
        let decoded = |text: &str| {
            percent_encoding::percent_decode_str(&text.replace('+', " "))
                .decode_utf8_lossy()
                .into_owned()
        };
        Ok((decoded(&id), decoded(&secret)))
    }
}
