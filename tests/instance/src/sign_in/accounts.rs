//! Users with passwords, and OAuth application registries.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{FULL_SCOPE, Jwk};

/// A user who can sign in.
#[derive(Clone, Debug)]
pub struct Account {
    pub user_name: String,
    pub password: String,
    /// The record in `sys_user`.
    pub sys_id: String,
}

/// An application registry entry.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    pub id: String,
    pub secret: String,
    /// What it may ask for; nothing here means everything, `useraccount`.
    pub scopes: Vec<String>,
}

impl OAuthClient {
    /// The scope a token gets: what was asked for, if the client may have it, or all it may have.
    pub fn granted(&self, asked: Option<&str>) -> Option<String> {
        let allowed = if self.scopes.is_empty() {
            vec![FULL_SCOPE]
        } else {
            self.scopes.iter().map(String::as_str).collect()
        };
        match asked.filter(|asked| !asked.is_empty()) {
            None => Some(allowed.join(" ")),
            Some(asked) => asked
                .split(' ')
                .all(|scope| allowed.contains(&scope))
                .then(|| asked.to_owned()),
        }
    }
}

/// A key that stands for a user.
#[derive(Clone, Debug)]
pub struct ApiKey {
    pub key: String,
    pub user_name: String,
}

#[derive(Debug, Default)]
pub struct Accounts {
    pub users: Vec<Account>,
    pub clients: Vec<OAuthClient>,
    pub keys: Vec<ApiKey>,
    /// What assertions are signed with.
    pub jwks: Vec<Jwk>,
}

impl Accounts {
    pub fn user(&self, user_name: &str) -> Option<&Account> {
        self.users
            .iter()
            .find(|account| account.user_name == user_name)
    }

    pub fn verified(&self, user_name: &str, password: &str) -> Option<&Account> {
        self.user(user_name)
            .filter(|account| account.password == password)
    }

    pub fn by_key(&self, key: &str) -> Option<&Account> {
        self.user(&self.keys.iter().find(|known| known.key == key)?.user_name)
    }

    pub fn client(&self, id: &str) -> Option<&OAuthClient> {
        self.clients.iter().find(|client| client.id == id)
    }

    pub fn verified_client(&self, id: &str, secret: &str) -> Option<&OAuthClient> {
        self.clients
            .iter()
            .find(|client| client.id == id && client.secret == secret)
    }
}

/// The two parts of a Basic header's credentials.
pub fn basic_credentials(encoded: &str) -> Option<(String, String)> {
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
