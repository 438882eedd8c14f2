//! An OAuth token, and the JSON it is kept in.
//!
//! The JSON is the one that pysnow's users already have on disk: the token endpoint's answer with
//! `scope` as a list and `expires_at`, the Unix time at which the access token ends.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oauth2::TokenResponse;
use oauth2::basic::BasicTokenResponse;
use secrecy::zeroize::{Zeroize, Zeroizing};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};

use super::secret_header_value;
use crate::error::{Error, Result, Status};
use crate::file;
use crate::runtime::main_thread;

/// No token is larger, by far, and what is larger is none.
pub(super) const LARGEST: usize = 64 * 1024;

/// An OAuth token: what signs a call in, and what renews it.
///
/// `Debug` shows no secret.
#[derive(Clone)]
pub struct Token {
    /// Not empty, and can stand in a header.
    access_token: Option<SecretString>,
    refresh_token: Option<SecretString>,
    token_type: String,
    scope: Vec<String>,
    expires_in: Option<u64>,
    expires_at: Option<u64>,
}

/// The JSON of a token.
#[derive(Serialize)]
struct Members<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    scope: &'a [String],
    token_type: &'a str,
}

/// What was read of a token, whose texts are wiped in the end.
struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        if let Value::Object(members) = &mut self.0 {
            for value in members.values_mut() {
                if let Value::String(text) = value {
                    text.zeroize();
                }
            }
        }
    }
}

impl Token {
    /// A token of which only the refresh token is known; the first call gets the access token.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`] where the text is empty, or the token larger than 64 KiB.
    pub fn from_refresh_token(refresh_token: &str) -> Result<Token> {
        if refresh_token.is_empty() {
            return Err(Error::argument("refresh_token", "it is empty"));
        }
        let token = Token {
            access_token: None,
            refresh_token: Some(refresh_token.into()),
            token_type: "Bearer".into(),
            scope: Vec::new(),
            expires_in: None,
            expires_at: None,
        };
        token
            .if_it_fits()
            .map_err(|problem| Error::argument("refresh_token", problem))
    }

    /// Reads a token from the JSON that [`Token::to_json`] and pysnow write.
    ///
    /// An access token, which can stand in a header, or a refresh token must be there, everything else may
    /// be missing. `scope` may be text or a list, `expires_at` and `expires_in` a number or a number as text.
    /// Members of other names are ignored.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`], which names the member and never shows its value.
    pub fn from_json(json: &str) -> Result<Token> {
        Token::read("json", json)
    }

    /// Reads a token that came in by the argument of this name.
    fn read(argument: &str, json: &str) -> Result<Token> {
        let refuse = |problem: String| Error::argument(argument, problem);
        let read = Wiped(serde_json::from_str(json).unwrap_or_default());
        let Value::Object(members) = &read.0 else {
            return Err(refuse("it is not a JSON object".into()));
        };
        let text = |name| text(members, name).map_err(refuse);
        let seconds = |name| seconds(members, name).map_err(refuse);
        let (access_token, refresh_token) = (text("access_token")?, text("refresh_token")?);
        if access_token.is_none() && refresh_token.is_none() {
            return Err(refuse(
                "it has neither an access_token nor a refresh_token".into(),
            ));
        }
        access_token
            .map_or(Ok(()), sendable)
            .map_err(|problem| refuse(problem.into()))?;
        let token = Token {
            access_token: access_token.map(Into::into),
            refresh_token: refresh_token.map(Into::into),
            token_type: text("token_type")?.unwrap_or("Bearer").to_owned(),
            scope: scope(members).map_err(refuse)?,
            expires_in: seconds("expires_in")?,
            expires_at: seconds("expires_at")?,
        };
        token.if_it_fits().map_err(|problem| refuse(problem.into()))
    }

    /// One that is larger could be written to a file, and never be read from there.
    fn if_it_fits(self) -> Result<Token, &'static str> {
        match Zeroizing::new(self.to_json()).len() > LARGEST {
            true => Err("it is larger than 64 KiB"),
            false => Ok(self),
        }
    }

    /// The token as JSON: a secret, to be kept like a password.
    #[must_use]
    pub fn to_json(&self) -> String {
        let members = Members {
            access_token: self.access_token(),
            expires_at: self.expires_at,
            expires_in: self.expires_in,
            refresh_token: self.refresh_token(),
            scope: &self.scope,
            token_type: &self.token_type,
        };
        // What grows leaves copies behind, so it has room at first for any text, escaped or not.
        let texts = [self.access_token(), self.refresh_token()];
        let texts = texts.into_iter().flatten().chain([&*self.token_type]);
        let texts = texts.chain(self.scope.iter().map(String::as_str));
        let room = 256 + texts.map(|text| 6 * text.len() + 3).sum::<usize>();
        let mut json = Vec::with_capacity(room);
        serde_json::to_writer(&mut json, &members).expect("texts and numbers, into memory");
        String::from_utf8(json).expect("JSON is UTF-8")
    }

    /// Reads the token in a file.
    ///
    /// # Errors
    /// [`Status::File`] where the file cannot be read or is too large for a token, [`Status::InvalidArgument`] for an
    /// empty path, else as [`Token::from_json`].
    pub fn load(path: &Path) -> Result<Token> {
        let failed = |error: &io::Error| file_error("read", path, error);
        let content =
            file::load(file::named("path", path)?, LARGEST).map_err(|error| failed(&error))?;
        let json = str::from_utf8(&content).map_err(|error| failed(&io::Error::other(error)))?;
        Token::read("path", json)
    }

    /// Writes the token to a file that only its owner may read (mode 0600).
    ///
    /// The file is replaced whole: a reader, or a crash at any moment, meets the old token or the
    /// new one. Of a symbolic link it is the file that it leads to.
    ///
    /// # Errors
    /// [`Status::File`] where the file cannot be written, or what is there is no regular file; it is as it was.
    /// [`Status::InvalidArgument`] for an empty path.
    pub fn save(&self, path: &Path) -> Result<()> {
        let failed = |error: &io::Error| file_error("write", path, error);
        let place =
            file::end_of_links(file::named("path", path)?).map_err(|error| failed(&error))?;
        let folder = file::folder_of(&place);
        // A pipe, or a device such as /dev/null, would be gone, and a file in its place.
        match fs::symlink_metadata(&place) {
            Ok(facts) if !facts.is_file() => {
                let problem = "it is there, and is not a regular file";
                return Err(failed(&io::Error::other(problem)));
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(&error)),
            _ => {}
        }
        // The name of a temporary file is drawn at random.
        main_thread::show_to_leak_checkers();
        // A temporary file of this crate has mode 0600 from its first moment.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
        file.write_all(Zeroizing::new(self.to_json()).as_bytes())
            .map_err(|error| failed(&error))?;
        file.as_file().sync_all().map_err(|error| failed(&error))?;
        file.persist(&place).map_err(|error| failed(&error.error))?;
        Ok(())
    }

    /// The access token, where there is one yet.
    #[must_use]
    pub fn access_token(&self) -> Option<&str> {
        self.access_token.as_ref().map(ExposeSecret::expose_secret)
    }

    /// The refresh token, where the grant gave one.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_ref().map(ExposeSecret::expose_secret)
    }

    /// The Unix time at which the access token ends, where it is known.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.expires_at
    }

    /// The token that the endpoint gave at `now`; a refresh token that it did not repeat is kept. `Err`
    /// says why it is none.
    pub(crate) fn from_response(
        response: &BasicTokenResponse,
        kept_refresh_token: Option<&str>,
        now: SystemTime,
    ) -> Result<Token, &'static str> {
        let refresh_token = response
            .refresh_token()
            .map(|token| token.secret().as_str())
            .filter(|token| !token.is_empty());
        let scopes = response.scopes().into_iter().flatten();
        Token::issued(
            response.access_token().secret(),
            refresh_token.or(kept_refresh_token),
            response.expires_in().map(|lifetime| lifetime.as_secs()),
            scopes.map(|scope| scope.to_string()).collect(),
            now,
        )
    }

    /// The same of an answer that is not written as RFC 6749 has it: without a `token_type`, with `expires_in` as text,
    /// with a list as `scope`. What of these cannot be read counts as not there: with the answer the refresh token may
    /// have been used up, and the token be the only one that is good. `None` where it holds none.
    pub(crate) fn from_answer(
        body: &[u8],
        kept_refresh_token: Option<&str>,
        now: SystemTime,
    ) -> Option<Token> {
        let read = Wiped(serde_json::from_slice(body).ok()?);
        let Value::Object(members) = &read.0 else {
            return None;
        };
        let token = Token::issued(
            text(members, "access_token").ok()??,
            text(members, "refresh_token").ok()?.or(kept_refresh_token),
            seconds(members, "expires_in").unwrap_or_default(),
            scope(members).unwrap_or_default(),
            now,
        );
        token.ok()
    }

    fn issued(
        access_token: &str,
        refresh_token: Option<&str>,
        lifetime: Option<u64>,
        scope: Vec<String>,
        now: SystemTime,
    ) -> Result<Token, &'static str> {
        if access_token.is_empty() {
            return Err("its access_token is empty");
        }
        sendable(access_token)?;
        // One that lasts longer has no end that could be told.
        let lasts = |lifetime: &u64| unix_seconds(now).saturating_add(*lifetime) <= LAST_SECOND;
        let expires_in = lifetime.filter(lasts);
        let token = Token {
            access_token: Some(access_token.into()),
            refresh_token: refresh_token.map(Into::into),
            token_type: "Bearer".into(),
            scope,
            expires_in,
            expires_at: expires_in.map(|lifetime| unix_seconds(now) + lifetime),
        };
        token.if_it_fits()
    }

    /// Whether the two are one token, with one end.
    pub(crate) fn is_same(&self, other: &Token) -> bool {
        self.access_token() == other.access_token()
            && self.refresh_token() == other.refresh_token()
            && self.expires_at == other.expires_at
    }

    /// How long the access token is good for still, where its end is known; `None` also where it has ended.
    pub(crate) fn time_left(&self, now: SystemTime) -> Option<Duration> {
        let left = self.expires_at?.saturating_sub(unix_seconds(now));
        (left > 0 && self.access_token.is_some()).then(|| Duration::from_secs(left))
    }

    /// Whether the access token has ended.
    pub(crate) fn has_ended(&self, now: SystemTime) -> bool {
        self.expires_at
            .is_some_and(|expires_at| unix_seconds(now) >= expires_at)
    }

    /// Whether the access token ends so soon that it should be renewed first.
    ///
    /// That is 30 seconds before its end, but never before half its lifetime: an instance may answer a
    /// refresh with the current token and what remains of it, and would then be asked at every call.
    pub(crate) fn is_due(&self, now: SystemTime) -> bool {
        const MARGIN: u64 = 30;
        let Some(expires_at) = self.expires_at else {
            return false;
        };
        let margin = self
            .expires_in
            .map_or(MARGIN, |lifetime| MARGIN.min(lifetime / 2));
        unix_seconds(now).saturating_add(margin) >= expires_at
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("token_type", &self.token_type)
            .field("scope", &self.scope)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

fn unix_seconds(time: SystemTime) -> u64 {
    // A clock before 1970 makes every token look fresh; the instance's 401 then corrects it.
    time.duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
}

fn file_error(doing: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(
        Status::File,
        format!("path: cannot {doing} {}: {error}", file::Told(path)),
    )
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("its {name} is not text")),
    }
}

/// An access token goes out in a header.
fn sendable(access_token: &str) -> Result<(), &'static str> {
    match secret_header_value(&[access_token]) {
        Some(_) => Ok(()),
        None => Err("its access_token holds a character that no header may hold"),
    }
}

fn scope(members: &Map<String, Value>) -> Result<Vec<String>, String> {
    let refuse = || "its scope is neither text nor a list of texts".to_owned();
    match members.get("scope") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text.split_whitespace().map(str::to_owned).collect()),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(refuse))
            .collect(),
        Some(_) => Err(refuse()),
    }
}

/// The end of the year 9999: one of 5 digits is an accident.
const LAST_SECOND: u64 = 253_402_300_799;

/// A number of seconds. Old pysnow files hold `expires_at` as a float or as text.
fn seconds(members: &Map<String, Value>, name: &str) -> Result<Option<u64>, String> {
    let number = match members.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse::<f64>().ok(),
        Some(_) => None,
    };
    match number {
        // Floats that are larger lose seconds at some point, too.
        Some(number) if (0.0..=LAST_SECOND as f64).contains(&number) =>
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "in range"
            )]
            Ok(Some(number as u64))
        }
        _ => Err(format!("its {name} is not a number of seconds")),
    }
}

#[cfg(test)]
mod tests;
