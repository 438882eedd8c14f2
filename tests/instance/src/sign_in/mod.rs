//! Who is asking.
//!
//! Basic, or a bearer token of the token endpoint. Whatever is wrong, a real instance says the same
//! 401, so there is only one refusal here.

mod accounts;
mod tokens;

pub use accounts::{Account, Accounts, OAuthClient, basic_credentials};
pub use tokens::{Grant, Refused, Tokens};

use crate::{answer::Failure, instance::Instance, request::Request};

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
    let (scheme, credentials) = request.header("authorization")?.split_once(' ')?;
    let accounts = instance.accounts.read();
    let account = match scheme.to_ascii_lowercase().as_str() {
        "basic" => {
            let (user, password) = basic_credentials(credentials)?;
            accounts.verified(&user, &password)
        }
        "bearer" => accounts.user(
            &instance
                .tokens
                .read()
                .bearer(credentials.trim(), instance.clock.now())?,
        ),
        _ => None,
    }?;
    Some(Caller {
        user_name: account.user_name.clone(),
        sys_id: account.sys_id.clone(),
    })
}

/// A user that was locked out or made inactive cannot sign in, whatever the password.
fn is_active(instance: &Instance, caller: &Caller) -> bool {
    let database = instance.database.read();
    database
        .find("sys_user", &caller.sys_id)
        .is_some_and(|user| user.value("active") != "false" && user.value("locked_out") != "true")
}
