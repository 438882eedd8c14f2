//! Who is asking.
//!
//! Basic, a bearer token of the token endpoint, an API key, a client certificate, or the cookie of a
//! session with the token that goes with it. Whatever is
//! wrong, a real instance says the same 401; only a missing one-time code and a missing token it tells apart.

mod accounts;
mod assertion;
mod codes;
mod logins;
mod tokens;

pub use accounts::{Account, Accounts, ApiKey, OAuthClient, basic_credentials};
pub use assertion::{Jwk, subject};
pub use codes::Code;
pub use logins::Logins;
pub use tokens::{Grant, Refused, SignIn, Tokens};

use crate::{
    answer::Failure,
    instance::Instance,
    query::{Domain, GLOBAL},
    request::Request,
    rules::roles_of,
    settings::Settings,
};

/// Somebody whose credentials were right.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user_name: String,
    pub sys_id: String,
    /// The scope of the token, where one was shown.
    pub scope: Option<String>,
    pub domain: Domain,
}

/// Recognises the caller of a REST request.
pub fn recognise(instance: &Instance, request: &Request) -> Result<Caller, Failure> {
    let mut caller = caller(instance, request).map_err(|unknown| match unknown {
        Unknown::CodeMissing => Failure::code_missing(),
        Unknown::Anybody => Failure::not_authenticated(),
        Unknown::Forged(_) if instance.settings.read().redirect_forged_requests => {
            Failure::redirected("/security_interceptor.do")
        }
        Unknown::Forged(user_token) => Failure::user_token_missing(user_token),
    })?;
    caller.domain = domain(instance, request, &caller);
    if !is_active(instance, &caller.sys_id) {
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

/// The home domain of the user, and whether the request may go beyond it.
fn domain(instance: &Instance, request: &Request, caller: &Caller) -> Domain {
    if !instance.settings.read().domain_separation {
        return Domain::default();
    }
    let database = instance.database.read();
    let home = database
        .find("sys_user", &caller.sys_id)
        .map(|user| user.value("sys_domain"))
        .filter(|domain| !domain.is_empty() && *domain != GLOBAL);
    let all = request.flag("sysparm_query_no_domain") && {
        let roles = roles_of(&database, &caller.sys_id);
        roles.contains("admin") || roles.contains("query_no_domain_table_api")
    };
    Domain {
        home: home.map(str::to_owned),
        all,
    }
}

/// Why a caller is not recognised.
enum Unknown {
    Anybody,
    /// The cookie of a session, without the token that shows who sends it: this one.
    Forged(String),
    /// The password was right, and only the one-time code was not.
    CodeMissing,
}

fn caller(instance: &Instance, request: &Request) -> Result<Caller, Unknown> {
    let accounts = instance.accounts.read();
    if let Some(authorization) = request.header("authorization") {
        let (scheme, credentials) = authorization.split_once(' ').ok_or(Unknown::Anybody)?;
        return match scheme.to_ascii_lowercase().as_str() {
            "basic" => by_password(instance, &accounts, credentials),
            "bearer" => by_token(instance, &accounts, credentials.trim()),
            _ => Err(Unknown::Anybody),
        };
    }
    if let Some(subject) = subject_told(instance, request) {
        let account = accounts.user(&subject);
        return account.map(Caller::of).ok_or(Unknown::Anybody);
    }
    let key = request
        .header(API_KEY)
        .or_else(|| request.parameter(API_KEY));
    if key.is_none()
        && let Some(session) = request.cookie("JSESSIONID")
        && let Some(login) = instance.logins.find(session, instance)
    {
        let account = accounts.user(&login.user_name).map(Caller::of);
        return match request.header("x-usertoken") == Some(&login.token) {
            true => account.ok_or(Unknown::Anybody),
            false => Err(Unknown::Forged(login.token)),
        };
    }
    let account = match key {
        Some(key) => accounts.by_key(key),
        // The certificate is mapped to the first user there is.
        None if request.has_certificate => accounts.users.first(),
        None => {
            let token = request.parameter(ACCESS_TOKEN).ok_or(Unknown::Anybody)?;
            return by_token(instance, &accounts, token);
        }
    };
    account.map(Caller::of).ok_or(Unknown::Anybody)
}

/// The user of a certificate that somebody in front has verified, where there is such a one.
fn subject_told(instance: &Instance, request: &Request) -> Option<String> {
    let settings = instance.settings.read();
    let subject = request.header(settings.certificate_header.as_deref()?)?;
    let common_name = subject
        .split(',')
        .find_map(|part| part.trim().strip_prefix("CN="));
    Some(common_name.unwrap_or(subject).trim().to_owned())
}

impl Caller {
    /// Whoever shows no credentials, where none are asked for.
    pub fn guest() -> Caller {
        Caller {
            user_name: "guest".to_owned(),
            sys_id: String::new(),
            scope: None,
            domain: Domain::default(),
        }
    }

    fn of(account: &Account) -> Caller {
        Caller {
            user_name: account.user_name.clone(),
            sys_id: account.sys_id.clone(),
            scope: None,
            domain: Domain::default(),
        }
    }
}

fn by_token(instance: &Instance, accounts: &Accounts, token: &str) -> Result<Caller, Unknown> {
    let known = instance.tokens.read().bearer(token, instance.clock.now());
    let (user, scope) = known.ok_or(Unknown::Anybody)?;
    let account = accounts.user(&user).ok_or(Unknown::Anybody)?;
    Ok(Caller {
        scope: Some(scope),
        ..Caller::of(account)
    })
}

fn by_password(
    instance: &Instance,
    accounts: &Accounts,
    credentials: &str,
) -> Result<Caller, Unknown> {
    let (user, password) = basic_credentials(credentials).ok_or(Unknown::Anybody)?;
    let account = accounts.user(&user).ok_or(Unknown::Anybody)?;
    let rest = password
        .strip_prefix(account.password.as_str())
        .ok_or(Unknown::Anybody)?;
    let settings = instance.settings.read();
    match settings.one_time_codes.get(&user) {
        // Whoever shows a code is past the restriction too.
        Some(code) if code == rest => Ok(Caller::of(account)),
        Some(code) if rest.is_empty() || rest.len() == code.len() => Err(Unknown::CodeMissing),
        None if rest.is_empty() && may_use_basic(instance, &settings, account) => {
            Ok(Caller::of(account))
        }
        _ => Err(Unknown::Anybody),
    }
}

const API_KEY: &str = "x-sn-apikey";
const ACCESS_TOKEN: &str = "access_token";

/// Whether a parameter of a URL says who asks, and nothing of what is asked.
pub fn is_credential(parameter: &str) -> bool {
    [API_KEY, ACCESS_TOKEN].contains(&parameter)
}

/// Where Basic is restricted, only those with a role for it, or users for web services alone, pass.
fn may_use_basic(instance: &Instance, settings: &Settings, account: &Account) -> bool {
    if !settings.restrict_basic_auth {
        return true;
    }
    let database = instance.database.read();
    let user = database.find("sys_user", &account.sys_id);
    user.is_some_and(|user| user.value("web_service_access_only") == "true")
        || roles_of(&database, &account.sys_id).contains("snc_basic_auth_api_access")
}

/// A user that was locked out or made inactive cannot sign in, whatever the password.
pub fn is_active(instance: &Instance, sys_id: &str) -> bool {
    let database = instance.database.read();
    database
        .find("sys_user", sys_id)
        .is_some_and(|user| user.value("active") != "false" && user.value("locked_out") != "true")
}
