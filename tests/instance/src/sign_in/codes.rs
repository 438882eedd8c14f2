//! Authorization codes and their proof keys.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};

/// A code that was given to a client and not yet redeemed.
#[derive(Clone, Debug)]
pub struct Code {
    pub client: String,
    pub user: String,
    pub redirect_uri: String,
    /// `code_challenge` of the request, method S256.
    pub challenge: Option<String>,
    pub given: Timestamp,
}

#[derive(Debug, Default)]
pub struct Codes(HashMap<String, Code>);

/// A code is for redeeming at once.
const LIFETIME: SignedDuration = SignedDuration::from_mins(1);

impl Codes {
    pub fn give(&mut self, text: String, code: Code) {
        self.0.retain(|_, known| known.is_fresh(code.given));
        self.0.insert(text, code);
    }

    /// Takes a code, which then is used up whether it fits or not.
    pub fn redeem(
        &mut self,
        text: &str,
        client: &str,
        redirect_uri: &str,
        now: Timestamp,
    ) -> Option<Code> {
        let code = self.0.remove(text)?;
        (code.client == client && code.redirect_uri == redirect_uri && code.is_fresh(now))
            .then_some(code)
    }
}

impl Code {
    /// Whether `verifier` is what the challenge was made of.
    pub fn is_proven_by(&self, verifier: &str) -> bool {
        let made = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        self.challenge.as_deref() == Some(made.as_str())
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.given) < LIFETIME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(second: i64) -> Code {
        Code {
            client: "c".into(),
            user: "joe".into(),
            redirect_uri: "http://localhost/cb".into(),
            // RFC 7636, appendix B.
            challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into()),
            given: Timestamp::from_second(second).unwrap(),
        }
    }

    #[test]
    fn a_code_is_good_once_for_its_client_and_for_a_minute() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut codes = Codes::default();
        for (client, redirect_uri, now, good) in [
            ("c", "http://localhost/cb", 59, true),
            ("other", "http://localhost/cb", 1, false),
            ("c", "http://localhost/other", 1, false),
            ("c", "http://localhost/cb", 60, false),
        ] {
            codes.give("x".into(), code(0));
            assert_eq!(
                codes.redeem("x", client, redirect_uri, at(now)).is_some(),
                good,
                "{client} {redirect_uri} {now}"
            );
            assert!(
                codes
                    .redeem("x", "c", "http://localhost/cb", at(now))
                    .is_none(),
                "used up"
            );
        }
    }

    #[test]
    fn a_proof_key_is_proven_by_its_verifier() {
        assert!(code(0).is_proven_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!code(0).is_proven_by("x"));
    }
}
