//! A hundred thousand queries, built and as people write them, come back from text byte for byte.
//!
//! Each case is made from its own number, which a failure names.

use fastrand::Rng;

use crate::query::{Operator, Query};

const CASES: u64 = 100_000;

const FIELDS: &[&str] = &[
    "a",
    "number",
    "sys_id",
    "caller_id.name",
    "u_2.b_3.c",
    "variables.9a3b",
    "123TEXTQUERY321",
];

/// Values that a careless reader would trip over.
const VALUES: &[&str] = &[
    "1",
    "x y",
    "é",
    "^",
    "a^b",
    "^^",
    "=",
    "!",
    "<",
    "@",
    ",",
    "IN",
    "ORa=1",
    "NQ",
    "EQ",
    "ORDERBYx",
    "LIKE",
    "ISEMPTY",
    "RLQUERY",
    "ENDRLQUERY",
    "JOIN",
    "^OR",
    "^NQb=2",
    "%",
    "*",
    "GROUPBYz",
    "-5",
    "",
];

#[test]
fn built_queries_come_back() {
    let mut written = 0;
    for case in 0..CASES {
        let rng = &mut Rng::with_seed(case);
        let query = built(rng, 12);
        let Ok(text) = query.encoded() else { continue };
        written += 1;
        comes_back(&text, case);
    }
    // The others end in `or` or `new_query`.
    assert!(written > CASES / 2, "{written}");
}

#[test]
fn texts_as_people_write_them_come_back() {
    for case in 0..CASES {
        comes_back(&by_hand(&mut Rng::with_seed(case)), case);
    }
}

#[test]
fn a_damaged_text_comes_back_or_is_refused_with_its_place() {
    let mut refused = 0;
    for case in 0..CASES {
        let rng = &mut Rng::with_seed(case);
        let text = by_hand(rng);
        let text = damaged(rng, &text);
        match Query::parse(&text) {
            Ok(query) => assert_eq!(query.encoded().expect("complete"), text, "case {case}"),
            Err(error) => {
                refused += 1;
                let message = error.message();
                assert!(
                    message.starts_with("encoded: ") && message.contains("at byte "),
                    "case {case}: {message}"
                );
            }
        }
    }
    assert!((CASES / 10..CASES).contains(&refused), "{refused}");
}

/// The text is parsed and written as it was; a condition that is added then stands at the end of each of
/// its branches, an order after all of them.
fn comes_back(text: &str, case: u64) {
    let mut query =
        Query::parse(text).unwrap_or_else(|error| panic!("case {case}: {text}: {error}"));
    assert_eq!(query.encoded().expect("complete"), text, "case {case}");
    query
        .filter("added", Operator::Eq, Some("9"))
        .expect("a condition");
    query.order_by_desc("added").expect("an order");
    let longer = query.encoded().expect("complete");
    let (branches, rest) = branches(&longer);
    assert_eq!(
        branches.len(),
        self::branches(text).0.len().max(1),
        "case {case}: {longer}"
    );
    for branch in &branches {
        assert_eq!(
            branch.last().map(String::as_str),
            Some("added=9"),
            "case {case}: {longer}"
        );
    }
    let orders: Vec<_> = rest
        .iter()
        .filter(|piece| piece.starts_with("ORDERBY"))
        .collect();
    assert_eq!(
        orders.last().map(|last| last.as_str()),
        Some("ORDERBYDESCadded"),
        "case {case}: {longer}"
    );
}

/// The conditions of each branch, and everything else, by section 3 of the language.
fn branches(text: &str) -> (Vec<Vec<String>>, Vec<String>) {
    let protected = text.replace("^^", "\u{1}");
    let (mut branches, mut rest, mut in_block) = (Vec::<Vec<String>>::new(), Vec::new(), false);
    for piece in protected.split('^') {
        let is_end = piece == "ENDRLQUERY";
        let is_mark = piece.is_empty()
            || piece == "EQ"
            || piece.starts_with("ORDERBY")
            || piece.starts_with("GROUPBY");
        if in_block {
            in_block = !is_end;
        } else if is_mark {
            rest.push(piece.to_owned());
        } else {
            in_block = ["RLQUERY", "ORRLQUERY", "NQRLQUERY"]
                .iter()
                .any(|begin| piece.starts_with(begin));
            if branches.is_empty() || piece.starts_with("NQ") {
                branches.push(Vec::new());
            }
            branches
                .last_mut()
                .expect("pushed above")
                .push(piece.to_owned());
        }
    }
    (branches, rest)
}

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    from[rng.usize(..from.len())]
}

/// Calls at random; what is refused leaves the query as it was.
fn built(rng: &mut Rng, calls: usize) -> Query {
    let mut query = Query::new();
    for _ in 0..rng.usize(..=calls) {
        let (field, value) = (pick(rng, FIELDS), pick(rng, VALUES));
        let operator = Operator::ALL[rng.usize(..Operator::ALL.len())];
        let _ = match rng.u8(..20) {
            0..4 => query.filter(field, operator, Some(value)),
            4 => query.filter(field, operator, None),
            5 => query.filter(field, operator, Some(expression(rng))),
            6 => query.filter_in(field, &[value, pick(rng, VALUES)]),
            7 => query.filter_not_in(field, &[value]),
            8 => query.filter_between(field, value, pick(rng, VALUES)),
            9 => query.filter_between_times(field, rng.i64(0..99), rng.i64(99..9999)),
            10 => query.filter_script(field, operator, "gs.daysAgo(1)@javascript:gs.daysAgo(0)"),
            11 => query.filter_text(value),
            12 => query.filter_related("t.f", operator, rng.u32(..3), Some(&built(rng, 3))),
            13 => query.filter_join("t.f", "u.g", Some(&built(rng, 1))),
            14 | 15 => query.or(),
            16 => query.new_query(),
            17 => query.order_by(field),
            18 => query.group_by(field),
            _ => built(rng, 3).encoded().and_then(|text| query.raw(&text)),
        };
    }
    query
}

fn expression(rng: &mut Rng) -> &'static str {
    pick(
        rng,
        &[
            "Today",
            "2026-02-01",
            "Last 7 days",
            "x@2026-02-01@2026-02-02",
            "@hour@ago@1",
            "b@day@before@1",
            "b@day",
            "Monday@javascript:gs.datePart('dayofweek','monday','EE')",
            "0a@0b",
            "0a",
            "cmdb_ci",
        ],
    )
}

/// An encoded query with whatever a person may have written: order first or in between, spelled-out
/// operators, scripts, blocks, stray separators at the ends, the `^EQ` of a list.
fn by_hand(rng: &mut Rng) -> String {
    let mut pieces = Vec::new();
    if rng.u8(..10) == 0 {
        pieces.push(String::new());
    }
    let mut has_condition = false;
    for _ in 0..rng.usize(..8) {
        if rng.u8(..6) == 0 {
            pieces.push(mark(rng));
            continue;
        }
        let joiner = if has_condition {
            pick(rng, &["", "", "", "OR", "NQ"])
        } else {
            ""
        };
        let condition = match rng.u8(..10) {
            0 => related_list(rng),
            1 => format!(
                "JOINt.f=u.g{}",
                if rng.bool() {
                    format!("!{}", condition(rng))
                } else {
                    String::new()
                }
            ),
            _ => condition(rng),
        };
        pieces.push(format!("{joiner}{condition}"));
        has_condition = true;
    }
    match rng.u8(..6) {
        0 => pieces.push("EQ".to_owned()),
        1 => pieces.push("ORDERBYnumber".to_owned()),
        2 => pieces.push(String::new()),
        _ => {}
    }
    pieces.join("^")
}

fn mark(rng: &mut Rng) -> String {
    let field = pick(rng, &["number", "caller_id.name", "sys_id"]);
    match rng.u8(..5) {
        0 => "EQ".to_owned(),
        1 => format!("GROUPBY{field}"),
        2 => format!("ORDERBYDESC{field}"),
        _ => format!("ORDERBY{field}"),
    }
}

fn related_list(rng: &mut Rng) -> String {
    let mut block = format!(
        "RLQUERYt.f,{}{}",
        pick(rng, &["=", ">", ">=", "<", "<="]),
        rng.u8(..20)
    );
    let inner = pick(rng, &["", ",", "^", ",m2m", ",m2m^"]);
    block += inner;
    if inner.ends_with([',', '^']) {
        block += &condition(rng);
        for _ in 0..rng.usize(..3) {
            block += &format!("^{}{}", pick(rng, &["", "OR"]), condition(rng));
        }
    }
    block + "^ENDRLQUERY"
}

fn condition(rng: &mut Rng) -> String {
    const WITHOUT_VALUE: &[&str] = &[
        "ISEMPTY",
        "ISNOTEMPTY",
        "EMPTYSTRING",
        "ANYTHING",
        "VALCHANGES",
    ];
    const WITH_VALUE: &[&str] = &[
        "=",
        "!=",
        "<=",
        ">=",
        "IN",
        "NOT IN",
        "STARTSWITH",
        "ENDSWITH",
        "%",
        "LIKE",
        "*",
        "CONTAINS",
        "NOT LIKE",
        "!*",
        "NOTLIKE",
        "DOES NOT CONTAIN",
        "SAMEAS",
        "NSAMEAS",
        "GT_FIELD",
        "LT_FIELD",
        "GT_OR_EQUALS_FIELD",
        "LT_OR_EQUALS_FIELD",
        "DYNAMIC",
        "IN_HIERARCHY_DYNAMIC",
        "INSTANCEOF",
        "CHANGESFROM",
        "CHANGESTO",
        "DOESNOTHAVE",
        "EXCLUDING",
    ];
    const WRITTEN: &[&str] = &[
        "1",
        "two words",
        "a,b,c",
        "Zürich",
        "x^^y",
        "^^",
        "=1",
        "javascript:gs.getUserID()",
        "javascript:gs.daysAgoStart(7)",
        "NULL",
        "ORDERBYx",
        "6816f79cc0a8016401c5a33be04be441",
    ];
    const WHOLE: &[&str] = &[
        "a<5",
        "a>javascript:gs.hoursAgo(1)",
        "a=",
        "a!=",
        "impactBETWEEN1@2",
        "opened_atBETWEENjavascript:gs.daysAgoStart(1)@javascript:gs.daysAgoEnd(0)",
        "opened_atONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)",
        "opened_atNOTONLast week@javascript:gs.beginningOfLastWeek()@javascript:gs.endOfLastWeek()",
        "opened_atDATEPARTMonday@javascript:gs.datePart('dayofweek','monday','EE')",
        "opened_atRELATIVEGT@hour@ago@1",
        "opened_atRELATIVEEE@dayofweek@ahead@3",
        "sla_dueMORETHANactivity_due@day@before@1",
        "sla_dueLESSTHANactivity_due@hour@after@4",
        "sla_dueSAMEASactivity_due@day",
        "managerIN_HIERARCHY0a@0b",
        "123TEXTQUERY321=vpn down",
        "123TEXTINDEXGROUP321=portal",
        "sys_tags.0a=0a",
    ];
    let field = pick(rng, FIELDS);
    match rng.u8(..8) {
        0 => format!("{field}{}", pick(rng, WITHOUT_VALUE)),
        1 | 2 => pick(rng, WHOLE).to_owned(),
        _ => format!("{field}{}{}", pick(rng, WITH_VALUE), pick(rng, WRITTEN)),
    }
}

/// Leaves a character out, doubles one, or puts one in.
fn damaged(rng: &mut Rng, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=rng.usize(..3) {
        let at = rng.usize(..=characters.len());
        match rng.u8(..3) {
            0 if at < characters.len() => {
                characters.remove(at);
            }
            1 if at < characters.len() => characters.insert(at, characters[at]),
            _ => characters.insert(at, ['^', '@', ' ', '\n', 'N', '=', 'é'][rng.usize(..7)]),
        }
    }
    characters.into_iter().collect()
}
