//! `/oauth_auth.do`: sign-in and consent in one, for the authorization code.
//!
//! Credentials come in a Basic header, for tests, or from the form that is shown where there are
//! none, for people. `state` is required, as it is by default on an instance.

use crate::{
    answer::{Answer, Dress},
    instance::Instance,
    request::Request,
    sign_in::{Code, basic_credentials, is_active},
};

pub fn answer(instance: &Instance, request: &Request) -> Answer {
    let Some(state) = request.parameter("state") else {
        return Answer::html(
            400,
            "<html><body>Missing State parameter in request</body></html>",
        );
    };
    let (Some("code"), Some(client), Some(redirect_uri)) = (
        request.parameter("response_type"),
        request.parameter("client_id"),
        request.parameter("redirect_uri"),
    ) else {
        return Answer::html(400, "<html><body>Invalid request</body></html>");
    };
    let accounts = instance.accounts.read();
    if accounts.client(client).is_none() {
        return Answer::html(400, "<html><body>Invalid client</body></html>");
    }
    let credentials = credentials(request);
    let user = credentials
        .and_then(|(user, password)| accounts.verified(&user, &password))
        .filter(|user| is_active(instance, &user.sys_id));
    let Some(user) = user else {
        return Answer::html(200, LOGIN);
    };
    let code = Code {
        client: client.to_owned(),
        user: user.user_name.clone(),
        redirect_uri: redirect_uri.to_owned(),
        challenge: request.parameter("code_challenge").map(str::to_owned),
        given: instance.clock.now(),
    };
    let text = instance.tokens.write().give_code(code);
    let answer: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("code", &text)
        .append_pair("state", state)
        .finish();
    let separator = if redirect_uri.contains('?') { '&' } else { '?' };
    Answer::empty(302)
        .with("Location", &format!("{redirect_uri}{separator}{answer}"))
        .dressed(Dress::Plain)
}

fn credentials(request: &Request) -> Option<(String, String)> {
    if let Some(encoded) = request
        .header("authorization")
        .and_then(|header| header.strip_prefix("Basic "))
    {
        return basic_credentials(encoded);
    }
    let form: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
    let value = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    Some((value("user_name")?, value("user_password")?))
}

/// The form goes back to the address it came from, with the request in its query.
const LOGIN: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>\
<h1>Sign in to allow access</h1><form method=\"post\">\
<label>User name <input name=\"user_name\"></label> \
<label>Password <input name=\"user_password\" type=\"password\"></label> \
<button>Allow</button></form></body></html>";
