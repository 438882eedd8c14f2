//! JWT assertions: `urn:ietf:params:oauth:grant-type:jwt-bearer`.
//!
//! The key is found by `kid` among those that were registered, as JWKs. `aud` and `iss` must be the
//! client, `sub` a user name, and `exp` not longer past than the clock skew allows.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::{
    hmac,
    signature::{self, RsaPublicKeyComponents, UnparsedPublicKey},
};
use serde::{Deserialize, Serialize};

/// A registered key.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kty")]
pub enum Jwk {
    /// A curve point; the curve follows from the algorithm of the assertion.
    #[serde(rename = "EC")]
    Curve { kid: String, x: String, y: String },
    #[serde(rename = "oct")]
    Secret { kid: String, k: String },
    #[serde(rename = "RSA")]
    Rsa { kid: String, n: String, e: String },
}

impl Jwk {
    fn kid(&self) -> &str {
        match self {
            Jwk::Curve { kid, .. } | Jwk::Secret { kid, .. } | Jwk::Rsa { kid, .. } => kid,
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: String,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    sub: String,
    exp: i64,
}

/// Seconds an assertion may be past its end.
const CLOCK_SKEW: i64 = 300;

/// The user the assertion speaks for; `None` whatever is wrong with it.
pub fn subject(assertion: &str, client: &str, keys: &[Jwk], now: Timestamp) -> Option<String> {
    let (signed, signature) = assertion.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Header = serde_json::from_slice(&decoded(header)?).ok()?;
    let claims: Claims = serde_json::from_slice(&decoded(claims)?).ok()?;
    let key = keys.iter().find(|key| key.kid() == header.kid)?;
    let is_good = is_signed(&header.alg, key, signed.as_bytes(), &decoded(signature)?)?
        && claims.aud == client
        && claims.iss == client
        && claims.exp + CLOCK_SKEW > now.as_second();
    is_good.then_some(claims.sub)
}

/// `None` for an algorithm that does not go with the key.
fn is_signed(algorithm: &str, key: &Jwk, signed: &[u8], signature: &[u8]) -> Option<bool> {
    Some(match key {
        Jwk::Secret { k, .. } => {
            let algorithm = match algorithm {
                "HS256" => hmac::HMAC_SHA256,
                "HS384" => hmac::HMAC_SHA384,
                "HS512" => hmac::HMAC_SHA512,
                _ => return None,
            };
            hmac::verify(&hmac::Key::new(algorithm, &decoded(k)?), signed, signature).is_ok()
        }
        Jwk::Rsa { n, e, .. } => {
            let parameters = match algorithm {
                "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
                "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
                _ => return None,
            };
            let key = RsaPublicKeyComponents {
                n: decoded(n)?,
                e: decoded(e)?,
            };
            key.verify(parameters, signed, signature).is_ok()
        }
        Jwk::Curve { x, y, .. } => {
            let algorithm = match algorithm {
                "ES256" => &signature::ECDSA_P256_SHA256_FIXED,
                "ES384" => &signature::ECDSA_P384_SHA384_FIXED,
                _ => return None,
            };
            let point = [&[4], &decoded(x)?[..], &decoded(y)?[..]].concat();
            UnparsedPublicKey::new(algorithm, point)
                .verify(signed, signature)
                .is_ok()
        }
    })
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assertion(claims: &str, secret: &[u8]) -> String {
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","kid":"k1"}"#),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let tag = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, secret),
            signed.as_bytes(),
        );
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    #[test]
    fn an_assertion_must_be_signed_meant_for_the_client_and_fresh() {
        let keys = [Jwk::Secret {
            kid: "k1".into(),
            k: URL_SAFE_NO_PAD.encode("secret"),
        }];
        let now = Timestamp::from_second(1_000).unwrap();
        for (claims, secret, expected) in [
            (
                r#"{"aud":"c","iss":"c","sub":"joe","exp":1100}"#,
                "secret",
                Some("joe"),
            ),
            (
                r#"{"aud":"c","iss":"c","sub":"joe","exp":701}"#,
                "secret",
                Some("joe"),
            ),
            (
                r#"{"aud":"c","iss":"c","sub":"joe","exp":700}"#,
                "secret",
                None,
            ),
            (
                r#"{"aud":"c","iss":"c","sub":"joe","exp":1100}"#,
                "wrong",
                None,
            ),
            (
                r#"{"aud":"x","iss":"c","sub":"joe","exp":1100}"#,
                "secret",
                None,
            ),
            (
                r#"{"aud":"c","iss":"x","sub":"joe","exp":1100}"#,
                "secret",
                None,
            ),
            ("{}", "secret", None),
        ] {
            let assertion = assertion(claims, secret.as_bytes());
            assert_eq!(
                subject(&assertion, "c", &keys, now).as_deref(),
                expected,
                "{claims} {secret}"
            );
        }
        assert_eq!(subject("a.b.c", "c", &keys, now), None);
    }
}
