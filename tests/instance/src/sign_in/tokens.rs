//! Access and refresh tokens: which exist, whose they are, when they end.
//!
//! Two habits of a real instance differ from what OAuth clients expect. A request for a token while
//! one is valid gives the same one again, with the time that remains. And a refresh does not rotate:
//! the same refresh token comes back, and its own end does not move; only a new sign-in moves it.
//! Both can be set otherwise. With rotation, a refresh token that was used before is taken for a
//! stolen one, and everything that came from the same sign-in ends.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::codes::{Code, Codes};
use crate::{database::Identifiers, settings::Settings};

/// What the token endpoint answers; the members in the order it gives them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grant {
    pub access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    pub scope: String,
    pub token_type: &'static str,
    /// Seconds, as a number.
    pub expires_in: i64,
}

/// The one failure there is.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused;

#[derive(Debug)]
pub struct Tokens {
    access: HashMap<String, Token>,
    refresh: HashMap<String, Token>,
    /// Refresh tokens that rotation has replaced, and the sign-in they came from.
    replaced: HashMap<String, u64>,
    codes: Codes,
    identifiers: Identifiers,
    sign_ins: u64,
    pub issued: u64,
    pub refreshed: u64,
}

/// Who signs in, through which client, for what.
#[derive(Clone, Copy, Debug)]
pub struct SignIn<'a> {
    pub client: &'a str,
    pub user: &'a str,
    pub scope: &'a str,
    /// Whether a refresh token comes with it.
    pub refreshable: bool,
}

impl SignIn<'_> {
    fn token(&self, expires: Timestamp, sign_in: u64) -> Token {
        Token {
            client: self.client.to_owned(),
            user: self.user.to_owned(),
            scope: self.scope.to_owned(),
            expires,
            sign_in,
        }
    }
}

#[derive(Clone, Debug)]
struct Token {
    client: String,
    user: String,
    scope: String,
    expires: Timestamp,
    sign_in: u64,
}

impl Tokens {
    pub fn new(seed: u64) -> Self {
        Tokens {
            access: HashMap::new(),
            refresh: HashMap::new(),
            replaced: HashMap::new(),
            codes: Codes::default(),
            identifiers: Identifiers::for_purpose(seed, "oauth"),
            sign_ins: 0,
            issued: 0,
            refreshed: 0,
        }
    }

    /// Whom an access token stands for and with what scope, while it is valid.
    pub fn bearer(&self, token: &str, now: Timestamp) -> Option<(String, String)> {
        let token = self.access.get(token).filter(|token| token.expires > now)?;
        Some((token.user.clone(), token.scope.clone()))
    }

    /// Whom a refresh token stands for.
    pub fn user_of_refresh_token(&self, token: &str) -> Option<String> {
        self.refresh.get(token).map(|token| token.user.clone())
    }

    /// A sign-in by password, code, assertion or as the client itself.
    pub fn sign_in(&mut self, by: &SignIn<'_>, settings: &Settings, now: Timestamp) -> Grant {
        self.forget_expired(now);
        let refresh_token = by
            .refreshable
            .then(|| self.refresh_token_for(by, settings, now));
        let known = refresh_token
            .as_ref()
            .and_then(|token| self.refresh.get(token));
        let sign_in = match known {
            Some(token) => token.sign_in,
            None => self.next_sign_in(),
        };
        self.grant(by.token(now, sign_in), refresh_token, settings, now)
    }

    /// A refresh. The client must be the one the token was given to.
    pub fn refresh(
        &mut self,
        client: &str,
        token: &str,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Grant, Refused> {
        self.forget_expired(now);
        if let Some(sign_in) = self.replaced.get(token).copied() {
            self.end_sign_in(sign_in);
            return Err(Refused);
        }
        let known = self
            .refresh
            .get(token)
            .filter(|known| known.client == client)
            .cloned()
            .ok_or(Refused)?;
        self.refreshed += 1;
        let mut refresh_token = token.to_owned();
        if settings.rotate_refresh_tokens {
            self.refresh.remove(token);
            self.replaced.insert(token.to_owned(), known.sign_in);
            refresh_token = self.opaque();
            self.refresh.insert(refresh_token.clone(), known.clone());
        }
        Ok(self.grant(known, Some(refresh_token), settings, now))
    }

    /// An authorization code for a user who consented.
    pub fn give_code(&mut self, code: Code) -> String {
        let text = self.opaque();
        self.codes.give(text.clone(), code);
        text
    }

    pub fn redeem_code(
        &mut self,
        text: &str,
        client: &str,
        redirect_uri: &str,
        now: Timestamp,
    ) -> Result<Code, Refused> {
        self.codes
            .redeem(text, client, redirect_uri, now)
            .ok_or(Refused)
    }

    /// Marks an access or refresh token as ended; unknown ones are none to begin with.
    pub fn revoke(&mut self, token: &str) {
        self.access.remove(token);
        self.refresh.remove(token);
    }

    /// Ends all access tokens; refresh tokens stay good.
    pub fn expire_access(&mut self) {
        self.access.clear();
    }

    pub fn revoke_all(&mut self) {
        self.access.clear();
        self.refresh.clear();
    }

    fn grant(
        &mut self,
        of: Token,
        refresh_token: Option<String>,
        settings: &Settings,
        now: Timestamp,
    ) -> Grant {
        let current = self
            .access
            .iter()
            .find(|(_, token)| token.is_for(&of.client, &of.user, &of.scope));
        let scope = of.scope.clone();
        let (access_token, expires) = match current.filter(|_| settings.reuse_access_tokens) {
            Some((text, token)) => (text.clone(), token.expires),
            None => {
                let text = self.opaque();
                let expires = later(now, settings.token_lifetime);
                self.access.insert(text.clone(), Token { expires, ..of });
                self.issued += 1;
                (text, expires)
            }
        };
        Grant {
            access_token,
            refresh_token,
            scope,
            token_type: "Bearer",
            // A real instance rounds down what is left of the second: 1799 of 1800.
            expires_in: (expires.duration_since(now).as_secs() - 1).max(0),
        }
    }

    /// A new sign-in renews the end of the refresh token the user already has.
    fn refresh_token_for(
        &mut self,
        by: &SignIn<'_>,
        settings: &Settings,
        now: Timestamp,
    ) -> String {
        let expires = later(now, settings.refresh_token_lifetime);
        let current = self
            .refresh
            .iter_mut()
            .find(|(_, token)| token.is_for(by.client, by.user, by.scope));
        if let Some((text, token)) = current.filter(|_| !settings.rotate_refresh_tokens) {
            token.expires = expires;
            return text.clone();
        }
        let text = self.opaque();
        let sign_in = self.next_sign_in();
        self.refresh
            .insert(text.clone(), by.token(expires, sign_in));
        text
    }

    fn end_sign_in(&mut self, sign_in: u64) {
        self.access.retain(|_, token| token.sign_in != sign_in);
        self.refresh.retain(|_, token| token.sign_in != sign_in);
    }

    fn forget_expired(&mut self, now: Timestamp) {
        self.access.retain(|_, token| token.expires > now);
        self.refresh.retain(|_, token| token.expires > now);
        let known: Vec<u64> = self.refresh.values().map(|token| token.sign_in).collect();
        self.replaced.retain(|_, sign_in| known.contains(sign_in));
    }

    fn next_sign_in(&mut self) -> u64 {
        self.sign_ins += 1;
        self.sign_ins
    }

    /// 86 characters that mean nothing to the client.
    fn opaque(&mut self) -> String {
        URL_SAFE_NO_PAD.encode(self.identifiers.bytes::<64>())
    }
}

impl Token {
    fn is_for(&self, client: &str, user: &str, scope: &str) -> bool {
        self.client == client && self.user == user && self.scope == scope
    }
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joe(refreshable: bool) -> SignIn<'static> {
        SignIn {
            client: "c",
            user: "joe",
            scope: "useraccount",
            refreshable,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + second).unwrap()
    }

    #[test]
    fn a_repeated_sign_in_gives_the_current_token_and_what_remains() {
        let (mut tokens, settings) = (Tokens::new(1), Settings::default());
        let first = tokens.sign_in(&joe(true), &settings, at(0));
        let second = tokens.sign_in(&joe(true), &settings, at(600));
        assert_eq!(first.access_token.len(), 86);
        assert_eq!((first.expires_in, second.expires_in), (1_799, 1_199));
        assert_eq!(first.access_token, second.access_token);
        assert_eq!(first.refresh_token, second.refresh_token);
    }

    #[test]
    fn an_access_token_ends_with_its_lifetime() {
        let (mut tokens, settings) = (Tokens::new(1), Settings::default());
        let grant = tokens.sign_in(&joe(false), &settings, at(0));
        assert_eq!(grant.refresh_token, None);
        assert_eq!(
            tokens
                .bearer(&grant.access_token, at(1_799))
                .map(|(user, _)| user)
                .as_deref(),
            Some("joe")
        );
        assert_eq!(tokens.bearer(&grant.access_token, at(1_800)), None);
    }

    #[test]
    fn a_refresh_keeps_the_refresh_token() {
        let (mut tokens, settings) = (Tokens::new(1), Settings::default());
        let grant = tokens.sign_in(&joe(true), &settings, at(0));
        let token = grant.refresh_token.unwrap();
        let refreshed = tokens.refresh("c", &token, &settings, at(2_000)).unwrap();
        assert_eq!(refreshed.refresh_token, Some(token.clone()));
        assert_ne!(refreshed.access_token, grant.access_token);
        assert_eq!(
            tokens.refresh("other", &token, &settings, at(2_000)),
            Err(Refused)
        );
        assert_eq!(
            tokens.refresh("c", &token, &settings, at(8_640_000)),
            Err(Refused)
        );
    }

    #[test]
    fn with_rotation_the_old_refresh_token_ends_the_sign_in() {
        let settings = Settings {
            rotate_refresh_tokens: true,
            ..Settings::default()
        };
        let mut tokens = Tokens::new(1);
        let first = tokens
            .sign_in(&joe(true), &settings, at(0))
            .refresh_token
            .unwrap();
        let second = tokens.refresh("c", &first, &settings, at(2_000)).unwrap();
        let newest = second.refresh_token.unwrap();
        assert_ne!(first, newest);
        assert_eq!(
            tokens.refresh("c", &first, &settings, at(2_001)),
            Err(Refused)
        );
        assert_eq!(tokens.bearer(&second.access_token, at(2_001)), None);
        assert_eq!(
            tokens.refresh("c", &newest, &settings, at(2_002)),
            Err(Refused)
        );
    }
}
