//! Envelopes: complete, partial, broken and cut at every byte.

use std::time::Instant;

use crate::record::page::{self, Envelope, EnvelopeError, Results, Words};
use crate::record::scanner::Scanner;

const MESSAGE: &str = "Transaction cancelled: maximum execution time exceeded";

fn parse(body: &str) -> Result<Envelope, EnvelopeError> {
    page::parse_with(Scanner::new(), body.as_bytes())
}

fn words(message: &str, detail: Option<&str>) -> Words {
    Words {
        message: Some(message.to_owned()),
        detail: detail.map(str::to_owned),
    }
}

fn malformed(body: &str) -> (Option<Words>, bool) {
    match parse(body) {
        Err(EnvelopeError::Malformed { words, is_cut, .. }) => (words, is_cut),
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn the_rows_of_a_list_are_given_in_its_order() {
    let Ok(Envelope::Results(Results::Many(page))) =
        parse("\u{feff} {\"result\" : [ {\"a\":\"1\"} , {} ,{\"a\":\"é\"}], \"extra\":[{}] } ")
    else {
        panic!("a list")
    };
    assert_eq!(page.row_count(), 3);
    let values: Vec<_> = (0..3)
        .map(|index| {
            let record = page.record(index).expect("within").expect("a row");
            record.get("a").map(String::from)
        })
        .collect();
    assert_eq!(values, [Some("1".to_owned()), None, Some("é".to_owned())]);
    assert!(page.record(3).is_none());
    assert_eq!(format!("{page:?}"), "Page(3 rows in 59 bytes)");
}

#[test]
fn every_kind_of_result_is_told_apart() {
    let kind = |body: &str| match parse(body) {
        Ok(Envelope::Results(Results::Many(page))) => format!("{} rows", page.row_count()),
        Ok(Envelope::Results(Results::One(record))) => record.to_json(),
        Ok(other) => format!("{other:?}"),
        Err(error) => format!("{error:?}"),
    };
    for (body, expected) in [
        (r#"{"result":[]}"#, "0 rows"),
        (r#"{"result":{}}"#, "{}"),
        (r#"{"result":{"a":"1"}}"#, r#"{"a":"1"}"#),
        (r#"{"result":null}"#, "Results(Null)"),
        (r#"{"result":"x"}"#, "Results(Scalar)"),
        (r#"{"result":5}"#, "Results(Scalar)"),
        (r#"{"result":-5.5}"#, "Results(Scalar)"),
        (r#"{"result":true}"#, "Results(Scalar)"),
        (r#"{}"#, "Results(Missing)"),
        (
            r#"{"import_set":"ISET1","staging_table":"s","result":[{}]}"#,
            "1 rows",
        ),
        (r#"{"result":[1,"a"]}"#, "2 rows"),
        (r#"{"result":[],"error":null}"#, "0 rows"),
        (r#"{"result":[],"status":"success"}"#, "0 rows"),
    ] {
        assert_eq!(kind(body), expected, "{body}");
    }
}

#[test]
fn a_row_that_is_no_object_is_an_error_of_that_row() {
    let Ok(Envelope::Results(Results::Many(page))) = parse(
        r#"{"result":[{"a":"1"},"text",{"a":"\ud800"},
                {"a":"\ud800","b":1,"sys_id":{"display_value":"x","value":"46d44a23a9fe19810012d100cca80666"}}]}"#,
    ) else {
        panic!("a list")
    };
    assert!(page.record(0).expect("within").is_ok());
    for (index, message) in [
        (
            1,
            "row 1 of the page cannot be read: it is not a JSON object",
        ),
        (
            2,
            "row 2 of the page cannot be read: unexpected end of hex escape at line 1 column 8 of \"a\"",
        ),
        (
            3,
            "row 3 of the page cannot be read: unexpected end of hex escape at line 1 column 8 of \"a\"; \
             its sys_id is \"46d44a23a9fe19810012d100cca80666\"",
        ),
    ] {
        let error = page.record(index).expect("within").expect_err(message);
        assert_eq!(error.status(), crate::Status::UnexpectedAnswer);
        assert_eq!(error.message(), message);
    }
}

#[test]
fn a_failure_is_told_in_the_words_of_the_instance() {
    for (body, expected) in [
        (
            r#"{"error":{"message":"No Record found","detail":"Record doesn't exist"},"status":"failure"}"#,
            words("No Record found", Some("Record doesn't exist")),
        ),
        (
            r#"{"error":{"detail":null,"message":"Invalid table nope"},"status":"failure"}"#,
            words("Invalid table nope", None),
        ),
        (r#"{"error":{"message":"m"}}"#, words("m", None)),
        (r#"{"error":"plain"}"#, words("plain", None)),
        (
            r#"{"error":"invalid_grant","error_description":"expired"}"#,
            words("invalid_grant", Some("expired")),
        ),
        (
            r#"{"error":{"message":{"code":1},"detail":5}}"#,
            words(r#"{"code":1}"#, Some("5")),
        ),
        (
            r#"{"error":{"message":"\ud800"}}"#,
            words(r#""\ud800""#, None),
        ),
        (r#"{"error":{}}"#, Words::default()),
        (r#"{"error":[1]}"#, words("[1]", None)),
        (r#"{"status":"failure"}"#, Words::default()),
        (
            r#"{"result":null,"error":{"message":"m"}}"#,
            words("m", None),
        ),
    ] {
        match parse(body) {
            Ok(Envelope::Failure(found)) => assert_eq!(found, expected, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
        assert_eq!(page::error_words(body.as_bytes()), expected, "{body}");
    }
}

/// Variant a: the JSON is complete, with rows and an error.
#[test]
fn rows_with_an_error_are_never_given() {
    for body in [
        format!(
            r#"{{"result":[{{"a":"1"}}],"error":{{"message":"{MESSAGE}","detail":"d"}},"status":"failure"}}"#
        ),
        format!(
            r#"{{"status":"failure","error":{{"detail":"d","message":"{MESSAGE}"}},"result":[]}}"#
        ),
        format!(r#"{{"result":{{"a":"1"}},"error":{{"message":"{MESSAGE}","detail":"d"}}}}"#),
        format!(r#"{{"result":[{{"a":"1"}},"" ],"error":{{"message":"{MESSAGE}","detail":"d"}}}}"#),
        format!(r#"{{"result":"x","error":{{"message":"{MESSAGE}","detail":"d"}}}}"#),
    ] {
        match parse(&body) {
            Ok(Envelope::Partial(found)) => assert_eq!(found, words(MESSAGE, Some("d")), "{body}"),
            other => panic!("{body}: {other:?}"),
        }
        assert_eq!(
            page::error_words(body.as_bytes()).message.as_deref(),
            Some(MESSAGE)
        );
    }
    let silent = r#"{"result":[{"a":"1"}],"status":"failure"}"#;
    assert!(matches!(parse(silent), Ok(Envelope::Partial(found)) if found == Words::default()));
}

/// Variant b: broken around the cut, and the error can still be found.
#[test]
fn the_words_are_found_in_broken_json() {
    let error = format!(
        r#""error":{{"message":"{MESSAGE}","detail":"d \"error\":{{}}"}},"status":"failure"}}"#
    );
    for rows in [
        r#"[{"a":"1"}, ],"#,
        r#"[{"a":"1"},{"a":"2],"#,
        r#"[{"a":"1"},{"a"],"#,
        r#"[{"a":"1"},{"error":{"link":"l","value":"v"}}, ],"#,
        r#"[{"a":"1"},{"b":"#,
        r#"[{"a":"1"}"#,
    ] {
        let body = format!(r#"{{"result":{rows}{error}"#);
        let (found, is_cut) = malformed(&body);
        assert_eq!(
            found,
            Some(words(MESSAGE, Some(r#"d "error":{}"#))),
            "{body}"
        );
        assert!(!is_cut, "{body}");
        assert_eq!(
            page::error_words(body.as_bytes()).message.as_deref(),
            Some(MESSAGE)
        );
    }
}

/// Variants c and d: broken without an error, and cut off.
#[test]
fn json_that_is_cut_is_told_from_json_that_is_wrong() {
    for (body, expected_cut) in [
        (r#"{"result":[{"a":"1"}, ]}"#, false),
        (r#"{"result":[{"a":"1"},"#, true),
        (r#"{"result":[{"a":"1"},{"a":"err"#, true),
        (
            r#"{"result":[{"error":{"link":"l","value":"v"}}, ]}"#,
            false,
        ),
        (
            r#"{"result":[{"a":"\"error\":{\"message\":\"m\"}"}, ]}"#,
            false,
        ),
        (r#"{"result":[],"error":{"message":"m""#, true),
        (r#"{"result":[{"a":"1"}, ],"err"#, true),
        (r#"{"result":[{"a":-"#, true),
        (r#"{"result":[]}}"#, false),
        (r#"{"result":[]}{"error":1}"#, false),
        (r#"{"result":[]} and more"#, false),
        ("{\"result\":[]}\0", false),
        (r#"{"result":[],"result":[]}"#, false),
        ("{\"result\":[\"\n\"]}", false),
    ] {
        assert_eq!(malformed(body), (None, expected_cut), "{body}");
        assert_eq!(page::error_words(body.as_bytes()), Words::default());
    }
}

#[test]
fn bytes_that_are_not_utf8_are_wrong() {
    let is_cut = |body: &[u8]| match page::parse_with(Scanner::new(), body) {
        Err(EnvelopeError::Malformed { is_cut, .. }) => is_cut,
        other => panic!("{other:?}"),
    };
    assert!(!is_cut(b"{\"result\":[{\"a\":\"\xff\"}]}"));
    assert!(is_cut(b"{\"result\":[{\"a\":\"\xc3"));
}

#[test]
fn what_is_no_object_is_said_to_be_none() {
    for body in ["", " \r\n"] {
        assert_eq!(parse(body).err(), Some(EnvelopeError::Empty), "{body:?}");
        assert_eq!(page::error_words(body.as_bytes()), Words::default());
    }
    for body in ["\u{feff}", "<html></html>", "[]", "\"x\"", "null", "}{"] {
        assert_eq!(
            parse(body).err(),
            Some(EnvelopeError::NotAnObject),
            "{body:?}"
        );
        assert_eq!(page::error_words(body.as_bytes()), Words::default());
    }
}

#[test]
fn a_page_that_is_cut_anywhere_gives_no_row() {
    let whole = concat!(
        "\u{feff}{\"result\":[{\"a\":\"é\\n\\ud83d\\ude00\",\"r\":{\"link\":\"l\",\"value\":\"v\"}},",
        "{\"n\":-1.5e3,\"t\":true,\"z\":null}],\"error\":null}"
    )
    .as_bytes();
    assert!(matches!(
        page::parse_with(Scanner::new(), whole),
        Ok(Envelope::Results(Results::Many(_)))
    ));
    for length in 0..whole.len() {
        match page::parse_with(Scanner::new(), &whole[..length]) {
            Err(EnvelopeError::Empty) => assert_eq!(length, 0),
            Err(EnvelopeError::NotAnObject) => assert!(length < 4, "{length}"),
            Err(EnvelopeError::Malformed {
                words: None,
                is_cut: true,
                ..
            }) => {
                assert!(length >= 4, "{length}");
            }
            other => panic!("cut at {length}: {other:?}"),
        }
    }
}

#[test]
fn a_failure_that_is_cut_anywhere_keeps_its_words_once_they_are_complete() {
    let whole = format!(
        r#"{{"result":[{{"a":"1"}}, ],"error":{{"message":"{MESSAGE}","detail":"d"}},"status":"failure"}}"#
    );
    let complete = whole.find(r#","status""#).expect("in the text above");
    for length in 4..whole.len() {
        let (found, _) = malformed(&whole[..length]);
        assert_eq!(found.is_some(), length >= complete, "cut at {length}");
    }
}

#[test]
fn deep_nesting_is_an_error_of_its_row_and_overflows_no_stack() {
    for levels in [100_000, 1_000_000] {
        let deep = "[".repeat(levels) + &"]".repeat(levels);
        let body = format!(r#"{{"result":[{{"a":"1"}},{{"a":{deep}}}],"other":{deep}}}"#);
        let Ok(Envelope::Results(Results::Many(page))) = parse(&body) else {
            panic!("a list")
        };
        assert!(page.record(0).expect("within").is_ok());
        assert!(page.record(1).expect("within").is_err());
        assert_eq!(
            malformed(&format!(r#"{{"result":{{"a":{deep}}}}}"#)),
            (None, false)
        );
        assert!(malformed(&format!(r#"{{"result":{}"#, "[".repeat(levels))).1);
    }
}

#[test]
fn a_row_outlives_its_page() {
    let Ok(Envelope::Results(Results::Many(page))) = parse(r#"{"result":[{"a":"1"},{"a":"2"}]}"#)
    else {
        panic!("a list")
    };
    let record = page.record(1).expect("within").expect("a row");
    drop(page);
    assert_eq!(record.get("a").as_deref(), Some("2"));
}

/// A body that is made to be slow takes no longer than its size says.
#[test]
fn hostile_bodies_cost_no_more_than_their_size() {
    let started = Instant::now();
    for unit in [
        r#"{"error":"#,
        r#""error":{"message":""#,
        r#""error""#,
        r#"{"error":{"message":"m"},"#,
    ] {
        let body = format!(
            r#"{{"result":[{}"#,
            unit.repeat(8 << 20 >> unit.len().ilog2())
        );
        assert!(parse(&body).is_err());
    }
    // Quadratic, this would be hours.
    assert!(started.elapsed().as_secs() < 60);
}
