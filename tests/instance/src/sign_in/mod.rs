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
pub use tokens::{Grant, Refused, SignIn, Tokens};

use crate::{answer::Failure, instance::Instance, request::Request, rules::roles_of};

/// Somebody whose credentials were right.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user_name: String,
    pub sys_id: String,
    /// The scope of the token, where one was shown.
    pub scope: Option<String>,
}

/// Recognises the caller of a REST request.
pub fn recognise(instance: &Instance, request: &Request) -> Result<Caller, Failure> {
    let caller = caller(instance, request).ok_or_else(Failure::not_authenticated)?;
    if !is_active(instance, &caller) {
        return Err(Failure::not_authenticated());
    }
    match caller
        .scope
        .as_ref()
        .is_none_or(|scope| opens_rest(instance, scope))
    {
        true => Ok(caller),
        false => Err(Failure::new(403, "Missing required api access scope", None)),
    }
}

/// `useraccount` is all a user may do; another scope must be the one REST asks for.
fn opens_rest(instance: &Instance, scope: &str) -> bool {
    let settings = instance.settings.read();
    scope
        .split(' ')
        .any(|scope| scope == FULL_SCOPE || settings.api_scope.as_deref() == Some(scope))
}

/// The scope that limits nothing.
pub const FULL_SCOPE: &str = "useraccount";

fn caller(instance: &Instance, request: &Request) -> Option<Caller> {
    let accounts = instance.accounts.read();
    let known = |account: Option<&Account>, scope: Option<String>| {
        account.map(|account| Caller {
            user_name: account.user_name.clone(),
            sys_id: account.sys_id.clone(),
            scope,
        })
    };
    let by_token = |token: &str| {
        let (user, scope) = instance.tokens.read().bearer(token, instance.clock.now())?;
        known(accounts.user(&user), Some(scope))
    };
    if let Some(authorization) = request.header("authorization") {
        let (scheme, credentials) = authorization.split_once(' ')?;
        return match scheme.to_ascii_lowercase().as_str() {
            "basic" => {
                let (user, password) = basic_credentials(credentials)?;
                let account = accounts.verified(&user, &password);
                known(
                    account.filter(|account| may_use_basic(instance, account)),
                    None,
                )
            }
            "bearer" => by_token(credentials.trim()),
            _ => None,
        };
    }
    if let Some(key) = request
        .header(API_KEY)
        .or_else(|| request.parameter(API_KEY))
    {
        return known(accounts.by_key(key), None);
    }
    match request.has_certificate {
        // The certificate is mapped to the first user there is.
        true => known(accounts.users.first(), None),
        false => by_token(request.parameter("access_token")?),
    }
}

const API_KEY: &str = "x-sn-apikey";

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
