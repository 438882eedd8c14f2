//! The secrets that a call shows, which an answer may repeat in what it says of that.

use base64::prelude::{BASE64_STANDARD, Engine};
use http::{HeaderMap, HeaderValue};
use secrecy::zeroize::Zeroizing;

use crate::error::Error;
use crate::session::header::FORM;

/// What is shorter may stand in any text, and is then no secret.
const SHORTEST: usize = 8;

/// The headers of a call that are secrets: those that sign it in, and those that a caller names, but for what says
/// in what form the call and its answer are.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<HeaderValue>);

impl Secrets {
    pub(crate) fn among<'a>(headers: impl IntoIterator<Item = &'a HeaderMap>) -> Secrets {
        let named = headers.into_iter().flatten();
        let secret =
            named.filter(|(name, value)| value.is_sensitive() && !FORM.contains(&name.as_str()));
        Secrets(secret.map(|(_, value)| value.clone()).collect())
    }

    /// The error, without any of them in its words.
    pub(crate) fn hidden_in(&self, error: Error) -> Error {
        let texts = self.0.iter().filter_map(|value| value.to_str().ok());
        texts.fold(error, |error, text| match text.split_once(' ') {
            Some(("Bearer", token)) => hide(token, error),
            Some(("Basic", pair)) => {
                let error = hide(pair, error);
                match password(pair) {
                    Some(password) => hide(&password, error),
                    None => error,
                }
            }
            _ => hide(text, error),
        })
    }
}

fn hide(secret: &str, error: Error) -> Error {
    match secret.len() >= SHORTEST {
        true => error.hiding(secret),
        false => error,
    }
}

/// The password of a pair as HTTP Basic writes it. One that is the user's name too is none to hide.
fn password(pair: &str) -> Option<Zeroizing<String>> {
    let decoded = Zeroizing::new(BASE64_STANDARD.decode(pair).ok()?);
    let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    (user != password).then(|| Zeroizing::new(password.to_owned()))
}
