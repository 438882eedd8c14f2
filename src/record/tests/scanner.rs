//! The scanner under the judge that the fuzzer uses: answers made up here, and what the fuzzer found.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

#[path = "../../../fuzz/judge.rs"]
mod judge;

use crate::record::Record;
use crate::record::page::{self, Envelope, Page, Results};
use crate::record::scanner::Scanner;
use judge::judge;

/// Each file of the corpus is a body that once reached something new.
#[test]
fn the_corpus_is_read_as_serde_json_reads_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/scanner");
    let mut count = 0;
    for file in fs::read_dir(&folder).expect("the corpus is there") {
        judge(&fs::read(file.expect("readable").path()).expect("readable"));
        count += 1;
    }
    assert!(count > 20, "{count} files");
}

/// What was pushed is handed over, but for the row under way: nothing grows with the answer.
#[test]
fn what_is_held_back_is_no_more_than_a_row() {
    let row = format!(r#"{{"number":"INC1","text":"{}"}}"#, "x".repeat(3000));
    let large = format!(
        r#"{{"text":"{}","n":[{}1]}}"#,
        "y".repeat(10 << 20),
        "1,".repeat(5 << 20)
    );
    let empty = vec!["{}"; 300_000].join(",");
    for (rows, count, largest) in [
        (vec![&*row; 2000].join(","), 2000, row.len()),
        ([&*row, &large, &row].join(","), 3, large.len()),
        (empty, 300_000, 2),
    ] {
        let body = format!(
            r#"{{"result":[{rows}],"other":["{}"]}}"#,
            "z".repeat(1 << 20)
        );
        let (mut scanner, mut found, mut pushed, mut gone) = (Scanner::new(), 0, 0, 0);
        for piece in body.as_bytes().chunks(50_000) {
            pushed += piece.len();
            for rows in scanner.push(piece) {
                found += rows.row_count();
                gone += rows.bytes();
            }
            if found < count {
                assert!(
                    pushed - gone <= largest + 12,
                    "{pushed} bytes came, {gone} went"
                );
            }
        }
        assert_eq!(found, count);
        let end = page::finish(scanner, Page::default());
        assert!(
            matches!(end, Ok(Envelope::Results(Results::Many(_)))),
            "{end:?}"
        );
    }
}

/// Whatever the pieces, and whichever of the readers has the last field.
#[test]
fn a_row_has_no_more_than_65536_fields() {
    for value in [r#""""#, "1"] {
        for (count, is_read) in [(65_536, true), (65_537, false)] {
            let field = format!(r#""a":{value}"#);
            let row = format!("{{{}}}", vec![&*field; count].join(","));
            let body = format!(r#"{{"result":[{{{field}}},{row}]}}"#);
            for size in [7, usize::MAX] {
                let mut scanner = Scanner::new();
                let rows = body
                    .as_bytes()
                    .chunks(size)
                    .flat_map(|piece| scanner.push(piece));
                let found: usize = rows.map(|rows| rows.row_count()).sum();
                assert_eq!(
                    found,
                    1 + usize::from(is_read),
                    "{count} in pieces of {size}"
                );
                assert_eq!(scanner.is_too_large(), !is_read);
            }
            match Record::from_json(row.as_bytes()) {
                Ok(_) => assert!(is_read),
                Err(error) => assert!(!is_read && error.message().contains("65536"), "{error}"),
            }
        }
    }
}

/// A string, a number, … as it may stand in an answer, right or wrong.
fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => r#""[ -!#-\[\]-~]{0,40}""#,
        2 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        1 => r#""(\\(["\\/bfnrt]|u[0-9a-fA-F]{4}|ud83d\\\\ude00)|é|😀|a){0,6}""#,
        1 => prop::sample::select(&[
            "null", "true", "false", "0", "-0", "01", "-", "1.5e3", "1e999", "1.", "1e", "tru", "\"\\ud800\"",
            "\"\t\"", "\"\\x\"", "\"", "",
        ])
        .prop_map(str::to_owned),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(&["number", "sys_id", "short_description", "u_a_column_whose_name_is_long_indeed"]),
        1 => prop::sample::select(&["value", "link", "display_value", "error", "result", "caf\u{e9}", "", "\\u0061"]),
    ]
    .prop_map(|name| format!("\"{name}\""))
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![9 => Just(""), 1 => prop::sample::select(&[" ", "\n  ", "\t"])]
}

fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            3 => object(inner.clone()),
            1 => prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
        ]
    })
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let member = (space(), name(), space(), space(), value, space());
    let member = member.prop_map(|(a, name, b, c, value, d)| format!("{a}{name}{b}:{c}{value}{d}"));
    prop::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(",")))
}

/// Rows of a few shapes, in any order, as a page has them.
fn rows() -> impl Strategy<Value = String> {
    let shapes = prop::collection::vec(prop::collection::vec((name(), space()), 0..6), 1..4);
    let row = (
        any::<prop::sample::Index>(),
        prop::collection::vec(value(), 6),
    );
    (shapes, prop::collection::vec(row, 0..8)).prop_map(|(shapes, rows)| {
        let row = |(shape, values): &(prop::sample::Index, Vec<String>)| {
            let members = shape.get(&shapes).iter().zip(values);
            let members = members.map(|((name, space), value)| format!("{space}{name}:{value}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        };
        format!("[{}]", rows.iter().map(row).collect::<Vec<_>>().join(","))
    })
}

fn answer() -> impl Strategy<Value = Vec<u8>> {
    let result = prop_oneof![4 => rows(), 1 => value()];
    let error = prop_oneof![
        6 => Just(String::new()),
        1 => value().prop_map(|value| format!(r#","error":{value}"#)),
        1 => scalar().prop_map(|text| format!(r#","error":{{"message":{text}}},"status":"failure""#)),
        1 => scalar().prop_map(|text| format!(r#","session":{{"a":[{text}]}}"#)),
    ];
    let change = prop_oneof![
        4 => Just(Change::None),
        1 => any::<prop::sample::Index>().prop_map(Change::Cut),
        1 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        1 => (any::<prop::sample::Index>(), prop::sample::select(&b"{}[]\",:\\ 0e-"[..]))
            .prop_map(|(at, byte)| Change::Insert(at, byte)),
    ];
    (space(), result, error, any::<bool>(), change).prop_map(
        |(space, result, error, first, change)| {
            let body = match first {
                true => format!(
                    "{{{}\"result\":{result}}}",
                    error.trim_start_matches(',').to_owned()
                        + if error.is_empty() { "" } else { "," }
                ),
                false => format!("{space}{{\"result\":{space}{result}{error}}}{space}"),
            };
            change.of(body.into_bytes())
        },
    )
}

/// Rows whose strings have the same lengths, but for one here and there, or whose bytes are others in places: a
/// quote where none was, an escape, what is not ASCII, what is wrong.
fn rows_of_one_length() -> impl Strategy<Value = String> {
    let length = prop_oneof![
        0..100_usize,
        prop::sample::select(&[30, 31, 32, 33, 63, 64, 65])
    ];
    let change = (
        any::<prop::sample::Index>(),
        0..2_usize,
        prop::sample::select(&[
            "\"", "\\", "\\\"", "\\n", "\\u0041", "\\ud83d", "é", "\n", "y", "yy", "",
        ]),
    );
    let change = prop_oneof![3 => Just(None), 1 => change.prop_map(Some)];
    let columns = prop::collection::vec((length, any::<bool>()), 1..4);
    let changes = prop::collection::vec(prop::collection::vec(change, 6), 3..8);
    (columns, changes).prop_map(|(columns, rows)| {
        let text = |length: usize, change: &Option<(prop::sample::Index, usize, &str)>| {
            let mut text = "x".repeat(length);
            if let Some((at, gone, new)) = change {
                let at = at.index(length + 1);
                text.replace_range(at..(at + gone).min(length), new);
            }
            text
        };
        let row = |changes: &Vec<_>| {
            let members = columns
                .iter()
                .enumerate()
                .map(|(column, (length, is_object))| {
                    let [first, second] = [0, 1].map(|i| text(*length, &changes[2 * column + i]));
                    match is_object {
                        false => format!(r#""c{column}":"{first}""#),
                        true => format!(r#""c{column}":{{"link":"{first}","value":"{second}"}}"#),
                    }
                });
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        };
        format!("[{}]", rows.iter().map(row).collect::<Vec<_>>().join(","))
    })
}

#[derive(Clone, Debug)]
enum Change {
    None,
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, u8),
}

impl Change {
    fn of(self, mut body: Vec<u8>) -> Vec<u8> {
        let length = body.len();
        match self {
            Change::None => {}
            Change::Byte(at, byte) => body[at.index(length)] = byte,
            Change::Cut(at) => body.truncate(at.index(length)),
            Change::Insert(at, byte) => body.insert(at.index(length), byte),
        }
        body
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_answer_is_read_as_serde_json_reads_it(body in answer()) {
        judge(&body);
    }

    #[test]
    fn strings_of_one_length_are_read_as_serde_json_reads_them(rows in rows_of_one_length()) {
        judge(format!("{{\"result\":{rows}}}").as_bytes());
    }

    #[test]
    fn any_bytes_are_read_as_serde_json_reads_them(bytes: Vec<u8>) {
        judge(&bytes);
    }
}
