//! Any text, as the JSON of a token: what is taken comes back the same, what is not is not shown.

use snow::Token;

/// Panics where a token is read wrongly, or shown.
pub(crate) fn judge(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Token::from_json(text) {
        Ok(token) => {
            let json = token.to_json();
            let again = Token::from_json(&json).expect("what was written can be read");
            assert_eq!(again.to_json(), json);
            let shown = format!("{token:?}");
            for secret in [token.access_token(), token.refresh_token()]
                .into_iter()
                .flatten()
            {
                // A short text may stand there by chance, and any text in the scope as well.
                let is_told = secret.len() >= 24 && json.matches(secret).count() == 1;
                assert!(!(is_told && shown.contains(secret)), "{shown}");
            }
        }
        Err(error) => {
            super::is_one_clear_line(error.message());
            assert!(REFUSALS.contains(&error.message()), "{error}");
        }
    }
}

/// All that is ever said of a token that cannot be read, so that none of these holds a piece of it.
const REFUSALS: &[&str] = &[
    "json: it is not a JSON object",
    "json: it has neither an access_token nor a refresh_token",
    "json: its access_token is not text",
    "json: its access_token holds a character that no header may hold",
    "json: its refresh_token is not text",
    "json: its token_type is not text",
    "json: its scope is neither text nor a list of texts",
    "json: its expires_in is not a number of seconds",
    "json: its expires_at is not a number of seconds",
];
