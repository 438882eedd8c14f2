//! Every rendering of a value, as tables.

use proptest::prelude::*;

use crate::record::Record;

/// Value, display value and link of the field `f` with this JSON.
fn read(json: &str) -> [Option<String>; 3] {
    let record = record(json).expect("valid");
    [record.get("f"), record.display("f"), record.link("f")].map(|text| text.map(Into::into))
}

fn record(json: &str) -> crate::Result<Record> {
    Record::from_json(format!(r#"{{"before":"x","f":{json},"after":"y"}}"#).as_bytes())
}

fn assert_reads(json: &str, expected: [Option<&str>; 3]) {
    assert_eq!(
        read(json),
        expected.map(|text| text.map(str::to_owned)),
        "{json}"
    );
}

#[test]
fn every_rendering_of_a_value_is_read() {
    const LINK: &str = "https://i.service-now.com/api/now/table/sys_user/9a";
    let link = |members: &str| members.replace("LINK", LINK);
    for (json, expected) in [
        // display_value=false
        (
            r#"{"link":"LINK","value":"9a"}"#,
            [Some("9a"), None, Some(LINK)],
        ),
        (r#""9a""#, [Some("9a"), Some("9a"), None]),
        (r#""""#, [Some(""), Some(""), None]),
        // display_value=true
        (
            r#"{"display_value":"Fred Luddy","link":"LINK"}"#,
            [None, Some("Fred Luddy"), Some(LINK)],
        ),
        (
            r#""In Progress""#,
            [Some("In Progress"), Some("In Progress"), None],
        ),
        // display_value=all
        (
            r#"{"display_value":"Fred Luddy","link":"LINK","value":"9a"}"#,
            [Some("9a"), Some("Fred Luddy"), Some(LINK)],
        ),
        (
            r#"{"display_value":"","value":""}"#,
            [Some(""), Some(""), None],
        ),
        (
            r#"{"display_value":"In Progress","value":"2"}"#,
            [Some("2"), Some("In Progress"), None],
        ),
        // Members in another order, and a null.
        (
            r#"{ "value" : "2" , "display_value" : "Two" }"#,
            [Some("2"), Some("Two"), None],
        ),
        (
            r#"{"display_value":null,"value":"2"}"#,
            [Some("2"), None, None],
        ),
        (
            r#"{"display_value":"Two","value":null}"#,
            [None, Some("Two"), None],
        ),
        (r#"{"value":"a","value":"b"}"#, [Some("b"), None, None]),
        (
            r#"{"value":5,"display_value":"5"}"#,
            [Some("5"), Some("5"), None],
        ),
        // Neither value: an object of its own that has a link.
        (
            r#"{"name":"Joe","link":"LINK"}"#,
            [
                Some(
                    r#"{"name":"Joe","link":"https://i.service-now.com/api/now/table/sys_user/9a"}"#,
                ),
                None,
                Some(LINK),
            ],
        ),
    ] {
        assert_reads(&link(json), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rendering_is_read_however_it_is_written(
        members in prop::collection::vec(
            (
                prop::sample::select(&["display_value", "link", "value", "other", r"\u0076alue"][..]),
                prop_oneof![
                    "[a-z\"\\\\,:{}\n\u{fc}]{0,6}".prop_map(|text| serde_json::json!(text)),
                    prop::sample::select(vec![serde_json::json!(null), serde_json::json!(-5)]),
                ],
            ),
            1..5,
        ),
        space in prop::sample::select(&["", "", "", " "][..]),
    ) {
        let written: Vec<_> = members
            .iter()
            .map(|(name, value)| format!(r#"{space}"{name}"{space}:{space}{value}{space}"#))
            .collect();
        let json = format!("{{{}}}", written.join(","));
        let known: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let names = ["value", "display_value", "link"];
        prop_assume!(names.iter().any(|name| known.get(name).is_some()));
        let mut expected = names.map(|name| match &known[name] {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text.clone()),
            number => Some(number.to_string()),
        });
        if names[..2].iter().all(|name| known.get(name).is_none()) {
            expected[0] = Some(json.clone());
        }
        prop_assert_eq!(read(&json), expected, "{}", json);
    }
}

#[test]
fn what_is_not_text_is_read_as_it_is_written() {
    for (json, value) in [
        ("null", None),
        ("true", Some("true")),
        ("false", Some("false")),
        ("0", Some("0")),
        ("-12.50", Some("-12.50")),
        ("1e3", Some("1e3")),
        (
            "123456789012345678901234567890",
            Some("123456789012345678901234567890"),
        ),
        (r#""null""#, Some("null")),
        (r#""{}""#, Some("{}")),
        ("[]", Some("[]")),
        (r#"["a",{"b":1}]"#, Some(r#"["a",{"b":1}]"#)),
        ("{}", Some("{}")),
        (r#"{"other":"x"}"#, Some(r#"{"other":"x"}"#)),
    ] {
        assert_reads(json, [value, value, None]);
    }
}

#[test]
fn escapes_are_read_as_what_they_stand_for() {
    for (json, value) in [
        (r#""a\"b\\c\/d""#, "a\"b\\c/d"),
        (r#""\b\f\n\r\t""#, "\u{8}\u{c}\n\r\t"),
        (r#""\u00e9 é""#, "é é"),
        (r#""\ud83d\ude00 😀""#, "😀 😀"),
        (r#""\\ud800""#, "\\ud800"),
        (r#""a\u0000b""#, "a\0b"),
        (r#""\u2028""#, "\u{2028}"),
    ] {
        assert_reads(json, [Some(value), Some(value), None]);
        let nested = format!(r#"{{"value":{json},"link":{json}}}"#);
        assert_reads(&nested, [Some(value), None, Some(value)]);
    }
}

#[test]
fn text_without_escapes_is_borrowed() {
    let record = record(r#"{"value":"9a","display_value":"a\nb"}"#).expect("valid");
    assert!(matches!(
        record.get("f"),
        Some(std::borrow::Cow::Borrowed("9a"))
    ));
    assert!(matches!(
        record.display("f"),
        Some(std::borrow::Cow::Owned(_))
    ));
}

#[test]
fn half_a_surrogate_pair_is_refused_wherever_it_stands() {
    for half in [
        r"\ud800",
        r"\udfff",
        r"\ud83dx",
        r"\ud83d\u0041",
        r"\ude00\ud83d",
        r"\uD800",
    ] {
        for json in [
            format!(r#""{half}""#),
            format!(r#""text {half} text""#),
            format!(r#"{{"value":"{half}"}}"#),
            format!(r#"{{"{half}":"x"}}"#),
            format!(r#"[["{half}"]]"#),
        ] {
            let serde = serde_json::from_str::<serde_json::Value>(&json);
            assert!(serde.is_err(), "{json}: serde_json refuses it too");
            let error = record(&json).expect_err(&json);
            assert!(error.message().starts_with("json: "), "{error}");
            assert!(
                error.message().ends_with("; accepted is one JSON object"),
                "{error}"
            );
        }
        let in_name = format!(r#"{{"{half}":"x"}}"#);
        assert!(Record::from_json(in_name.as_bytes()).is_err(), "{in_name}");
    }
}

#[test]
fn nesting_is_bounded_and_overflows_no_stack() {
    let nested = |open: &str, close: &str, levels: usize| {
        format!("{}{}", open.repeat(levels), close.repeat(levels))
    };
    for (levels, accepted) in [
        (1, true),
        (126, true),
        (127, true),
        (128, false),
        (129, false),
        (1_000_000, false),
    ] {
        assert_eq!(
            record(&nested("[", "]", levels)).is_ok(),
            accepted,
            "{levels} lists"
        );
        let objects = format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
        assert_eq!(record(&objects).is_ok(), accepted, "{levels} objects");
    }
    assert_eq!(
        record(&nested("[", "]", 128))
            .expect_err("too deep")
            .message(),
        "json: recursion limit exceeded at line 1 column 128 of \"f\"; accepted is one JSON object"
    );
}
