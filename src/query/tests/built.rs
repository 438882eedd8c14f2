//! Built queries as tables: the calls, and the full text or the full message.

use super::outcome;
use crate::error::Result;
use crate::query::{DisplayValue, Operator, Query};

type Build = fn(&mut Query) -> Result<()>;

fn built(build: Build) -> Query {
    let mut query = Query::new();
    build(&mut query).expect("the query can be built");
    query
}

fn refusal(build: Build) -> String {
    let mut query = Query::new();
    match build(&mut query).and_then(|()| query.encoded()) {
        Ok(text) => panic!("was not refused: {text}"),
        Err(error) => error.message().to_owned(),
    }
}

#[test]
fn conditions_are_written_first_and_orders_last() {
    use Operator::{Eq, Gt, IsEmpty, Ne};
    let cases: &[(Build, &str)] = &[
        (|_| Ok(()), ""),
        (|q| q.filter("a", Eq, Some("1")), "a=1"),
        (
            |q| {
                q.filter("a", Eq, Some("1"))?;
                q.filter("a", Ne, Some("2"))
            },
            "a=1^a!=2",
        ),
        (
            |q| {
                q.filter("a", Eq, Some("1"))?;
                q.or()?;
                q.filter("a", Eq, Some("2"))?;
                q.filter("b", Eq, Some("3"))
            },
            "a=1^ORa=2^b=3",
        ),
        (
            |q| {
                q.filter("f", Eq, Some("1"))?;
                q.or()?;
                q.filter("g", Eq, Some("2"))?;
                q.new_query()?;
                q.filter("h", IsEmpty, None)?;
                q.order_by_desc("i")
            },
            "f=1^ORg=2^NQhISEMPTY^ORDERBYDESCi",
        ),
        (|q| q.order_by("sys_id"), "ORDERBYsys_id"),
        (
            |q| {
                q.order_by("a")?;
                q.filter("b", Eq, Some(""))?;
                q.order_by_desc("c.d")?;
                q.filter("e", Gt, Some("^"))
            },
            "b=^e>^^^ORDERBYa^ORDERBYDESCc.d",
        ),
        (
            |q| {
                q.filter_int("a", Operator::Ge, i64::MIN)?;
                q.filter_bool("b", Eq, true)?;
                q.filter_bool("c", Ne, false)?;
                q.filter_time("d", Operator::Lt, 0)
            },
            "a>=-9223372036854775808^b=true^c!=false^d<1970-01-01 00:00:00",
        ),
        (
            |q| {
                q.filter_in("a", &["1", "x y"])?;
                q.filter_not_in("b", &["6", "7"])?;
                q.filter_between("c", "1", "2")?;
                q.filter_between_times("d", 0, 1)?;
                q.filter_script("e", Eq, "gs.getUserID()")
            },
            "aIN1,x y^bNOT IN6,7^cBETWEEN1@2^dBETWEEN1970-01-01 00:00:00@1970-01-01 00:00:01\
             ^e=javascript:gs.getUserID()",
        ),
        (
            |q| {
                q.filter("a", Eq, None)?;
                q.or()?;
                q.filter("a", Ne, None)?;
                q.filter_text("vpn ^ zürich")
            },
            "aISEMPTY^ORaISNOTEMPTY^123TEXTQUERY321=vpn ^^ zürich",
        ),
        (
            |q| {
                q.group_by("c")?;
                q.filter("a", Eq, Some("1"))?;
                q.order_by("b")
            },
            "a=1^GROUPBYc^ORDERBYb",
        ),
        (
            |q| {
                let mut inner = Query::new();
                inner.filter("priority", Eq, Some("1^2"))?;
                inner.or()?;
                inner.filter("priority", IsEmpty, None)?;
                inner.filter_in("state", &["1", "2"])?;
                q.filter_related("incident.problem_id", Operator::Ge, 1, Some(&inner))?;
                q.or()?;
                q.filter_related("incident.caused_by.parent", Eq, 0, None)?;
                q.filter("a", Eq, Some("1"))
            },
            "RLQUERYincident.problem_id,>=1,priority=1^^2^ORpriorityISEMPTY^stateIN1,2^ENDRLQUERY\
             ^ORRLQUERYincident.caused_by.parent,=0^ENDRLQUERY^a=1",
        ),
        (
            |q| {
                let mut inner = Query::new();
                inner.filter("group.name", Eq, Some("a^b"))?;
                q.filter_join("sys_user.sys_id", "sys_user_grmember.user", Some(&inner))?;
                q.filter_join("sys_user.sys_id", "sys_user_has_role.user", None)
            },
            "JOINsys_user.sys_id=sys_user_grmember.user!group.name=a^^b\
             ^JOINsys_user.sys_id=sys_user_has_role.user!",
        ),
    ];
    for &(build, expected) in cases {
        assert_eq!(outcome(built(build).encoded()), expected);
    }
}

#[test]
fn joins_without_a_condition_are_refused() {
    let cases: &[(Build, &str)] = &[
        (
            |q| q.or(),
            "query: has no condition before it in this group; add one first",
        ),
        (
            |q| {
                q.filter("a", Operator::Eq, Some("1"))?;
                q.new_query()?;
                q.or()
            },
            "query: has no condition before it in this group; add one first",
        ),
        (
            |q| {
                q.filter("a", Operator::Eq, Some("1"))?;
                q.or()?;
                q.or()
            },
            "query: has snow_query_or before it; add the condition that it joins",
        ),
        (
            |q| {
                q.filter("a", Operator::Eq, Some("1"))?;
                q.or()
            },
            "query: ends in snow_query_or; add the condition that it joins",
        ),
        (
            |q| q.new_query(),
            "query: has no condition before it in this group, which would select every row; add one \
             first",
        ),
        (
            |q| {
                q.filter("a", Operator::Eq, Some("1"))?;
                q.new_query()?;
                q.new_query()
            },
            "query: has no condition before it in this group, which would select every row; add one \
             first",
        ),
        (
            |q| {
                q.filter("a", Operator::Eq, Some("1"))?;
                q.or()?;
                q.new_query()
            },
            "query: has snow_query_or before it; add the condition that it joins",
        ),
        (
            |q| {
                q.filter("a", Operator::Eq, Some("1"))?;
                q.new_query()?;
                q.order_by("b")
            },
            "query: ends in snow_query_new_query; add the conditions that follow it",
        ),
    ];
    for &(build, message) in cases {
        assert_eq!(refusal(build), message);
    }
}

#[test]
fn an_unfinished_query_gives_no_page_either() {
    for build in [
        (|q: &mut Query| {
            q.filter("a", Operator::Eq, Some("1"))?;
            q.or()
        }) as Build,
        |q| {
            q.filter("a", Operator::Eq, Some("1"))?;
            q.new_query()
        },
    ] {
        let query = built(build);
        assert!(query.conditions().is_err());
        assert!(query.keyset_page(None, None).is_err());
        assert!(query.keyset_page(Some("0a"), None).is_err());
        assert!(query.ordered_page().is_err());
    }
}

#[test]
fn values_that_their_type_does_not_fit_are_refused() {
    let cases: &[(Build, &str)] = &[
        (
            |q| q.filter_bool("a", Operator::Gt, true),
            "op: SNOW_GT does not compare a truth value; accepted are SNOW_EQ and SNOW_NE",
        ),
        (
            |q| q.filter_time("a", Operator::Contains, 0),
            "op: SNOW_CONTAINS does not compare a point in time; accepted are SNOW_EQ, SNOW_NE, \
             SNOW_LT, SNOW_LE, SNOW_GT and SNOW_GE",
        ),
        (
            |q| q.filter_int("a", Operator::In, 1),
            "op: SNOW_IN takes a list; use snow_query_where_in or snow_query_where_not_in",
        ),
        (
            |q| q.filter_between_times("a", 1, 0),
            "low: is greater than high, so that no row could match; exchange the bounds",
        ),
        (
            |q| q.order_by("DESCa"),
            "field: begins with DESC, which an instance reads as the direction; names of fields are in \
             lower case",
        ),
    ];
    for &(build, message) in cases {
        assert_eq!(refusal(build), message);
    }
}

#[test]
fn conditions_on_other_tables_that_cannot_be_said() {
    let cases: &[(Build, &str)] = &[
        (
            |q| q.filter_related("problem_id", Operator::Ge, 1, None),
            "reference: names no table; a table and a field have a dot between them, as in \
             incident.problem_id",
        ),
        (
            |q| q.filter_related("incident.problem_id", Operator::In, 1, None),
            "op: SNOW_IN does not compare a number of records; accepted are SNOW_EQ, SNOW_LT, SNOW_LE, \
             SNOW_GT and SNOW_GE",
        ),
        (
            |q| {
                let inner = Query::parse("a=1^NQb=2")?;
                q.filter_related("incident.problem_id", Operator::Ge, 1, Some(&inner))
            },
            "conditions: have several groups (^NQ), and only one can stand inside a query; give each a \
             query of its own",
        ),
        (
            |q| {
                let mut inner = Query::new();
                inner.filter("a", Operator::Eq, Some("1"))?;
                inner.new_query()?;
                inner.filter("b", Operator::Eq, Some("2"))?;
                q.filter_join("a.b", "c.d", Some(&inner))
            },
            "conditions: have several groups (^NQ), and only one can stand inside a query; give each a \
             query of its own",
        ),
        (
            |q| {
                let inner = Query::parse("JOINa.b=c.d")?;
                q.filter_related("incident.problem_id", Operator::Ge, 1, Some(&inner))
            },
            "conditions: hold a condition on a further table, which cannot stand inside one; walk there \
             by a dot",
        ),
        (
            |q| {
                let inner = Query::parse("a=1^ORa=2")?;
                q.filter_join("a.b", "c.d", Some(&inner))
            },
            "conditions: are several, and a join takes one; give each a join of its own",
        ),
        (
            |q| {
                let mut inner = Query::new();
                inner.filter("a", Operator::Eq, Some("1"))?;
                inner.or()?;
                q.filter_join("a.b", "c.d", Some(&inner))
            },
            "query: ends in snow_query_or; add the condition that it joins",
        ),
        (
            |q| q.filter_text(" "),
            "words: are empty; give at least one",
        ),
        (
            |q| q.filter_text("javascript:x"),
            "words: begins with javascript:, which the instance would run; if that is meant, use \
             snow_query_where_script",
        ),
    ];
    for &(build, message) in cases {
        assert_eq!(refusal(build), message);
    }
}

#[test]
fn a_refused_call_changes_nothing() {
    let mut query = Query::new();
    query.filter("a", Operator::Eq, Some("1")).expect("plain");
    query.or().expect("after a condition");
    assert!(query.filter("b", Operator::In, None).is_err());
    assert!(query.raw("x=1^y=2^ORDERBYz").is_err());
    query.filter("b", Operator::Eq, Some("2")).expect("plain");
    assert_eq!(outcome(query.encoded()), "a=1^ORb=2");
}

#[test]
fn the_keyset_cursor_bounds_every_branch() {
    let three_branches: Build = |q| {
        q.filter("a", Operator::Eq, Some("1"))?;
        q.or()?;
        q.filter("a", Operator::Eq, Some("2"))?;
        q.new_query()?;
        q.raw("b=1^NQc=2^ORc=3^ORDERBYz")?;
        q.filter("d", Operator::Eq, Some("4"))
    };
    let query = built(three_branches);
    assert_eq!(
        outcome(query.keyset_page(Some("9f"), None)),
        "a=1^ORa=2^sys_id>9f^NQb=1^d=4^sys_id>9f^NQc=2^ORc=3^d=4^sys_id>9f^ORDERBYsys_id"
    );
    assert_eq!(
        outcome(query.conditions()),
        "a=1^ORa=2^NQb=1^d=4^NQc=2^ORc=3^d=4"
    );
    assert_eq!(
        outcome(query.keyset_page(None, None)),
        "a=1^ORa=2^NQb=1^d=4^NQc=2^ORc=3^d=4^ORDERBYsys_id"
    );
    assert_eq!(
        outcome(query.ordered_page()),
        "a=1^ORa=2^NQb=1^d=4^NQc=2^ORc=3^d=4^ORDERBYz^ORDERBYsys_id"
    );
}

#[test]
fn pages_of_a_query_without_conditions() {
    let query = Query::new();
    assert_eq!(outcome(query.keyset_page(None, None)), "ORDERBYsys_id");
    assert_eq!(
        outcome(query.keyset_page(Some("global"), None)),
        "sys_id>global^ORDERBYsys_id"
    );
    assert_eq!(outcome(query.ordered_page()), "ORDERBYsys_id");

    let ordered = built(|q| q.order_by("number"));
    assert_eq!(outcome(ordered.keyset_page(None, None)), "ORDERBYsys_id");
    assert_eq!(
        outcome(ordered.ordered_page()),
        "ORDERBYnumber^ORDERBYsys_id"
    );
    let keyed = built(|q| {
        q.order_by_desc("sys_id")?;
        q.order_by("number")
    });
    assert_eq!(
        outcome(keyed.ordered_page()),
        "ORDERBYDESCsys_id^ORDERBYnumber"
    );
}

#[test]
fn a_cursor_from_an_instance_cannot_change_the_query() {
    let query = Query::new();
    assert_eq!(
        outcome(query.keyset_page(Some("a^NQb=1"), None)),
        "sys_id>a^^NQb=1^ORDERBYsys_id"
    );
    for hostile in ["", "=a", "javascript:gs.x()", "a\nb"] {
        assert!(
            query.keyset_page(Some(hostile), None).is_err(),
            "{hostile:?}"
        );
    }
}

#[test]
fn whether_there_are_conditions_and_an_order() {
    let cases: &[(Build, bool, bool)] = &[
        (|_| Ok(()), false, false),
        (|q| q.raw(""), false, false),
        (|q| q.raw("^EQ"), false, false),
        (|q| q.raw("ORDERBYa"), false, true),
        (|q| q.order_by("a"), false, true),
        (|q| q.raw("a=1"), true, false),
        (|q| q.filter("a", Operator::Anything, None), true, false),
        (|q| q.limit(1), false, false),
    ];
    for (index, &(build, conditions, order)) in cases.iter().enumerate() {
        let query = built(build);
        assert_eq!(
            (query.has_conditions(), query.has_order()),
            (conditions, order),
            "{index}"
        );
    }
    let mut refused = Query::new();
    assert!(refused.or().is_err());
    assert!(!refused.has_conditions());
}

#[test]
fn defaults_are_not_sent() {
    let query = Query::new();
    assert_eq!(query.record_params(), []);
    assert_eq!(query.keyset_params(), []);
    assert_eq!(
        (query.row_limit(), query.row_offset(), query.rows_per_page()),
        (None, 0, 1000)
    );

    let mut query = Query::new();
    query.display_value(DisplayValue::False);
    query.exclude_reference_link(false);
    assert_eq!(query.record_params(), []);
}

#[test]
fn form_parameters() {
    let mut query = Query::new();
    query.fields("a,b").expect("names");
    query.fields("number, caller_id.name").expect("names");
    query.display_value(DisplayValue::All);
    query.exclude_reference_link(true);
    query.view("Self Service").expect("a name");
    let rest = [
        ("sysparm_display_value", "all".to_owned()),
        ("sysparm_exclude_reference_link", "true".to_owned()),
        ("sysparm_view", "Self Service".to_owned()),
    ];
    let params = query.record_params();
    assert_eq!(
        params[0],
        ("sysparm_fields", "number,caller_id.name".to_owned())
    );
    assert_eq!(params[1..], rest);
    let params = query.keyset_params();
    assert_eq!(
        params[0],
        ("sysparm_fields", "number,caller_id.name,sys_id".to_owned())
    );
    assert_eq!(params[1..], rest);

    query.fields("sys_id,number").expect("names");
    assert_eq!(query.keyset_params(), query.record_params());
    query.display_value(DisplayValue::True);
    assert_eq!(
        query.record_params()[1],
        ("sysparm_display_value", "true".to_owned())
    );
}

#[test]
fn which_fields_are_asked_for() {
    let mut query = Query::new();
    assert!(query.asks_for("number"));
    query.fields("number,caller_id.name").expect("names");
    for (field, expected) in [
        ("number", true),
        ("caller_id.name", true),
        ("caller_id", false),
        ("sys_id", false),
    ] {
        assert_eq!(query.asks_for(field), expected, "{field}");
    }
}

#[test]
fn field_lists_with_anything_else_are_refused() {
    for fields in [",", "a,", ",a", "a,,b", "a b", "a;b", "a&b=c"] {
        let mut query = Query::new();
        query.fields("kept").expect("a name");
        assert!(query.fields(fields).is_err(), "{fields:?}");
        assert_eq!(
            query.record_params(),
            [("sysparm_fields", "kept".to_owned())]
        );
    }
}

#[test]
fn an_empty_field_list_is_every_field() {
    let mut query = Query::new();
    query.fields("number").expect("a name");
    query.fields("").expect("nothing");
    assert_eq!(query.record_params(), []);
    assert!(query.asks_for("state"));
}

#[test]
fn numbers_beyond_their_limits_are_refused() {
    let mut query = Query::new();
    for (rows, accepted) in [
        (0, false),
        (1, true),
        (2, true),
        (9_999, true),
        (10_000, true),
        (10_001, false),
        (u32::MAX, false),
    ] {
        assert_eq!(query.page_size(rows).is_ok(), accepted, "{rows}");
        assert!(!accepted || query.rows_per_page() == rows);
    }
    for (rows, accepted) in [(0, false), (1, true), (2, true), (u64::MAX, true)] {
        assert_eq!(query.limit(rows).is_ok(), accepted, "{rows}");
        assert!(!accepted || query.row_limit() == Some(rows));
    }
    assert_eq!(
        query.limit(0).expect_err("zero").message(),
        "rows: is 0; accepted are 1 and more"
    );
    assert_eq!(
        query.page_size(0).expect_err("zero").message(),
        "rows: is 0; accepted are 1 to 10000"
    );
    query.offset(u64::MAX);
    assert_eq!(query.row_offset(), u64::MAX);
    assert!(query.view("").is_err() && query.view("a\n").is_err());
}
