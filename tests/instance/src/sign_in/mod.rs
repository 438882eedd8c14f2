//! Who is asking.
//!
//! Basic, a bearer token of the token endpoint, an API key, or a client certificate. Whatever is wrong, a real instance says
//! the same 401, so there is only one refusal here.

mod accounts;
mod assertion;
mod codes;
mod tokens;

pub use accounts::{Account, Accounts, ApiKey, OAuthClient, basic_credentials};
pub use assertion::{Jwk, subject};
pub use codes::Code;
pub use tokens::{Grant, Refused, Tokens};

use crate::{answer::Failure, instance::Instance, request::Request, rules::roles_of};

/// Somebody whose credentials were right.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user_name: String,
    pub sys_id: String,
}

/// Recognises the caller of a REST request.
pub fn recognise(instance: &Instance, request: &Request) -> Result<Caller, Failure> {
    let caller = caller(instance, request).ok_or_else(Failure::not_authenticated)?;
    if is_active(instance, &caller) {
        Ok(caller)
    } else {
        Err(Failure::not_authenticated())
    }
}

fn caller(instance: &Instance, request: &Request) -> Option<Caller> {
    let accounts = instance.accounts.read();
    let key = request
        .header(API_KEY)
        .or_else(|| request.parameter(API_KEY));
    let account = match (request.header("authorization"), key) {
        (Some(authorization), _) => by_authorization(instance, &accounts, authorization),
        (None, Some(key)) => accounts.by_key(key),
        // The certificate is mapped to the first user there is.
        (None, None) if request.has_certificate => accounts.users.first(),
        (None, None) => accounts.user(
            &instance
                .tokens
                .read()
                .bearer(request.parameter("access_token")?, instance.clock.now())?,
        ),
    }?;
    Some(Caller {
        user_name: account.user_name.clone(),
        sys_id: account.sys_id.clone(),
    })
}

const API_KEY: &str = "x-sn-apikey";

fn by_authorization<'a>(
    instance: &Instance,
    accounts: &'a Accounts,
    authorization: &str,
) -> Option<&'a Account> {
    let (scheme, credentials) = authorization.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "basic" => {
            let (user, password) = basic_credentials(credentials)?;
            accounts
                .verified(&user, &password)
                .filter(|account| may_use_basic(instance, account))
        }
        "bearer" => accounts.user(
            &instance
                .tokens
                .read()
                .bearer(credentials.trim(), instance.clock.now())?,
        ),
        _ => None,
    }
}

/// Where Basic is restricted, only those with a role for it, or users for web services alone, pass.
fn may_use_basic(instance: &Instance, account: &Account) -> bool {
    if !instance.settings.read().restrict_basic_auth {
        return true;
    }
    let database = instance.database.read();
    let user = database.find("sys_user", &account.sys_id);
    user.is_some_and(|user| user.value("web_service_access_only") == "true")
        || roles_of(&database, &account.sys_id).contains("snc_basic_auth_api_access")
}

/// A user that was locked out or made inactive cannot sign in, whatever the password.
fn is_active(instance: &Instance, caller: &Caller) -> bool {
    let database = instance.database.read();
    database
        .find("sys_user", &caller.sys_id)
        .is_some_and(|user| user.value("active") != "false" && user.value("locked_out") != "true")
}
