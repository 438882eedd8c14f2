//! Tokens as they are told, stored and read.

use super::*;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn a_file_of_pysnow_is_read_and_written_again() {
    let json = r#"{"access_token": "AT1", "refresh_token": "RT1", "scope": ["useraccount"],
                   "token_type": "Bearer", "expires_in": 1799, "expires_at": 1700000000.25}"#;
    let token = Token::from_json(json).expect("pysnow's token");
    assert_eq!(
        token.to_json(),
        r#"{"access_token":"AT1","expires_at":1700000000,"expires_in":1799,"refresh_token":"RT1","scope":["useraccount"],"token_type":"Bearer"}"#
    );
}

#[test]
fn scope_may_be_text_and_times_may_be_text() {
    let token = Token::from_json(r#"{"access_token":"A","scope":"a b","expires_at":"17"}"#)
        .expect("an old form");
    assert_eq!(token.scope, ["a", "b"]);
    assert_eq!(token.expires_at(), Some(17));
}

#[test]
fn what_is_no_token_is_refused_without_showing_it() {
    for (json, message) in [
        ("", "json: it is not a JSON object"),
        ("[]", "json: it is not a JSON object"),
        (
            "{\"access_token\":\"s3cret",
            "json: it is not a JSON object",
        ),
        (
            "{}",
            "json: it has neither an access_token nor a refresh_token",
        ),
        (
            r#"{"access_token":""}"#,
            "json: it has neither an access_token nor a refresh_token",
        ),
        (
            r#"{"access_token":5}"#,
            "json: its access_token is not text",
        ),
        (
            r#"{"access_token":"s3cret","scope":5}"#,
            "json: its scope is neither text nor a list of texts",
        ),
        (
            r#"{"access_token":"s3cret","expires_at":"soon"}"#,
            "json: its expires_at is not a number of seconds",
        ),
        (
            r#"{"access_token":"s3cret","expires_in":-1}"#,
            "json: its expires_in is not a number of seconds",
        ),
        (
            r#"{"access_token":"s3cret","expires_in":1e300}"#,
            "json: its expires_in is not a number of seconds",
        ),
    ] {
        let error = Token::from_json(json).expect_err(json);
        assert_eq!(error.message(), message, "{json}");
    }
}

#[test]
fn a_token_is_due_thirty_seconds_before_its_end() {
    let token = Token::from_json(r#"{"access_token":"A","expires_in":1800,"expires_at":1000}"#)
        .expect("a token");
    for (now, due) in [(969, false), (970, true), (971, true), (2000, true)] {
        assert_eq!(token.is_due(at(now)), due, "at {now}");
    }
}

#[test]
fn a_short_token_is_due_at_half_its_life() {
    let token = Token::from_json(r#"{"access_token":"A","expires_in":20,"expires_at":1000}"#)
        .expect("a token");
    assert!(!token.is_due(at(989)));
    assert!(token.is_due(at(990)));
}

#[test]
fn a_token_without_an_end_is_never_due() {
    let token = Token::from_json(r#"{"access_token":"A"}"#).expect("a token");
    assert!(!token.is_due(at(u64::MAX >> 32)));
}

#[test]
fn debug_shows_no_secret() {
    let token = Token::from_json(r#"{"access_token":"s3cret-a","refresh_token":"s3cret-r"}"#)
        .expect("a token");
    assert!(!format!("{token:?}").contains("s3cret"));
}

#[test]
fn a_saved_token_is_its_owners_and_replaces_the_old_one() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token.json");
    fs::write(&path, "an older file, readable by all").expect("a file");
    Token::from_refresh_token("R")
        .expect("a token")
        .save(&path)
        .expect("saved");
    let mode = fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        Token::load(&path).expect("loads").refresh_token(),
        Some("R")
    );
    assert_eq!(
        fs::read_dir(folder.path()).expect("a folder").count(),
        1,
        "nothing is left over"
    );
}

/// A pipe, a socket or a device such as `/dev/null` would be gone, and a file in its place.
#[test]
fn what_is_no_regular_file_is_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let token = Token::from_refresh_token("R").expect("a token");
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let error = token.save(&socket).expect_err("no regular file");
    assert_eq!(error.status(), Status::File);
    let problem = "it is there, and is not a regular file";
    assert!(error.message().ends_with(problem), "{}", error.message());
    let facts = fs::symlink_metadata(&socket).expect("it is there");
    assert!(facts.file_type().is_socket());
    let left = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 1, "nothing is left over");
}

/// Whoever reads the file by its own name must find the new token, too: the old one may be used up.
#[test]
fn a_link_stays_one_and_what_it_leads_to_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let [file, link] = ["token.json", "link"].map(|name| folder.path().join(name));
    std::os::unix::fs::symlink("token.json", &link).expect("a link");
    for text in ["R1", "R2"] {
        let token = Token::from_refresh_token(text).expect("a token");
        token.save(&link).expect("room");
        let saved = Token::load(&file).expect("a token");
        assert_eq!(saved.refresh_token(), Some(text));
    }
    let facts = fs::symlink_metadata(&link).expect("it is there");
    assert!(facts.is_symlink());
}

/// What is written must be read again: the only copy of a refresh token may be in it.
#[test]
fn what_an_answer_makes_is_read_again() {
    let made = |answer: &Value| {
        let answer = serde_json::from_value(answer.clone()).expect("an answer");
        Token::from_response(&answer, None, at(1_700_000_000))
    };
    let never = u64::try_from(i64::MAX).expect("positive");
    for (lifetime, ends) in [
        (0, true),
        (1800, true),
        (LAST_SECOND - 1_700_000_000, true),
        (LAST_SECOND - 1_700_000_000 + 1, false),
        (LAST_SECOND + 1, false),
        (never, false),
        (u64::MAX, false),
    ] {
        let answer = serde_json::json!({
            "access_token": "AT1", "refresh_token": "RT1", "token_type": "Bearer",
            "expires_in": lifetime,
        });
        let token = made(&answer).expect("a token");
        assert_eq!(token.expires_at().is_some(), ends, "{lifetime}");
        let again = Token::from_json(&token.to_json()).expect("what it wrote");
        assert!(again.is_same(&token), "{lifetime}");
    }
    let large = serde_json::json!({"access_token": "A".repeat(LARGEST), "token_type": "Bearer"});
    assert_eq!(made(&large).err(), Some("it is larger than 64 KiB"));
}

#[test]
fn what_no_file_holds_is_no_token() {
    let large = "x".repeat(LARGEST);
    let error =
        Token::from_json(&format!(r#"{{"access_token":"{large}"}}"#)).expect_err("too large");
    assert_eq!(error.message(), "json: it is larger than 64 KiB");
    let error = Token::from_refresh_token(&large).expect_err("too large");
    assert_eq!(error.message(), "refresh_token: it is larger than 64 KiB");
    assert!(Token::from_refresh_token(&large[..LARGEST - 256]).is_ok());
}
