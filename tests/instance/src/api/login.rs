//! Sign-in by form, for those who come with a cookie: `login.do`, a page that names the session's
//! token, `logout.do`.

use crate::{
    answer::{Answer, Dress},
    instance::Instance,
    page,
    request::Request,
    sign_in::is_active,
};

/// The form; posted, a session and the way to the page.
pub fn login(instance: &Instance, request: &Request) -> Answer {
    if request.method != "POST" {
        return Answer::html(200, FORM);
    }
    let field = |name: &str| {
        form_urlencoded::parse(&request.body)
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let accounts = instance.accounts.read();
    let account = accounts
        .verified(&field("user_name"), &field("user_password"))
        .filter(|account| is_active(instance, &account.sys_id));
    let Some(account) = account else {
        return Answer::html(200, FORM);
    };
    let mut answer = Answer::empty(302).with("Location", "/navpage.do");
    answer.user_name = Some(account.user_name.clone());
    answer
}

/// `window.g_ck` is what requests with the cookie send as `X-UserToken`.
pub fn page(instance: &Instance, request: &Request) -> Answer {
    let session = request.cookie("JSESSIONID");
    match session.and_then(|session| instance.logins.find(session, instance)) {
        Some(login) => Answer::html(
            200,
            &format!(
                "<html><head><title>ServiceNow</title><script>window.g_ck = '{}';</script></head>\
                 <body>{}</body></html>",
                login.token,
                page::escaped(&login.user_name)
            ),
        ),
        None => to_form(),
    }
}

pub fn logout(instance: &Instance, request: &Request) -> Answer {
    if let Some(session) = request.cookie("JSESSIONID") {
        instance.logins.end(session);
    }
    to_form()
}

fn to_form() -> Answer {
    Answer::empty(302)
        .with("Location", "/login.do")
        .dressed(Dress::Plain)
}

const FORM: &str = "<!DOCTYPE html><html><head><title>ServiceNow</title></head><body>\
<form id=\"login\" action=\"login.do\" method=\"post\"><input name=\"user_name\">\
<input name=\"user_password\" type=\"password\"><button name=\"sys_action\" value=\"sysverb_login\">Log in</button>\
</form></body></html>";
