//! Raw queries as tables: alone, and together with what else was built.

use super::outcome;
use crate::query::{Operator, Query};

fn alone(raw: &str) -> String {
    let mut query = Query::new();
    outcome(query.raw(raw).and_then(|()| query.encoded()))
}

#[test]
fn what_is_kept_and_what_is_moved() {
    for (raw, expected) in [
        ("", ""),
        ("a=1", "a=1"),
        ("a=1^b=2^ORb=3", "a=1^b=2^ORb=3"),
        ("a=1^NQb=2", "a=1^NQb=2"),
        ("a=x^^y^b=^^", "a=x^^y^b=^^"),
        ("a=1^EQ", "a=1"),
        ("a=1^EQ^ORDERBYb", "a=1^ORDERBYb"),
        ("a=1^GROUPBYc^EQ", "a=1"),
        ("^a=1^", "a=1"),
        ("ORDERBYsys_id", "ORDERBYsys_id"),
        ("ORDERBYDESCa^b=1^ORDERBYc.d", "b=1^ORDERBYDESCa^ORDERBYc.d"),
        ("a=1^ORDERBYz^ORa=2", "a=1^ORa=2^ORDERBYz"),
        ("a=1^ORDERBYz^NQb=2", "a=1^NQb=2^ORDERBYz"),
        ("a=javascript:gs.now()", "a=javascript:gs.now()"),
        ("123TEXTQUERY321=vpn", "123TEXTQUERY321=vpn"),
        (
            "JOINsys_user.sys_id=sys_user_grmember.user!group=0a^b=1",
            "JOINsys_user.sys_id=sys_user_grmember.user!group=0a^b=1",
        ),
        ("aENDSWITHORDERBYx", "aENDSWITHORDERBYx"),
        ("a=1^ORderly", "a=1^ORderly"),
        ("EQUIP=1", "EQUIP=1"),
    ] {
        assert_eq!(alone(raw), expected, "{raw}");
    }
}

#[test]
fn what_means_nothing_is_refused() {
    const BOTH_SIDES: &str = "encoded: has ^NQ without a condition on each side";
    const BEFORE: &str = "encoded: has OR without a condition before it; for an alternative call snow_query_or first";
    const AFTER: &str = "encoded: has ^OR without a condition after it";
    for (raw, message) in [
        (
            "a=1\n",
            "encoded: holds '\\n'; a query cannot carry line breaks or other control characters",
        ),
        (
            "a=1\0",
            "encoded: holds '\\0'; a query cannot carry line breaks or other control characters",
        ),
        ("ORa=1", BEFORE),
        ("^ORa=1", BEFORE),
        ("ORDERBYx^ORa=1", BEFORE),
        ("a=1^NQORb=1", BEFORE),
        ("a=1^OR", AFTER),
        ("a=1^OR^b=1", AFTER),
        ("a=1^ORORDERBYb", AFTER),
        ("NQa=1", BOTH_SIDES),
        ("a=1^NQ", BOTH_SIDES),
        ("a=1^NQ^NQb=1", BOTH_SIDES),
        ("a=1^NQORDERBYb", BOTH_SIDES),
        (
            "a=1^RLQUERYb.c,>=1",
            "encoded: has RLQUERY without ENDRLQUERY after it",
        ),
        (
            "a=1^ENDRLQUERY",
            "encoded: has ENDRLQUERY without RLQUERY before it",
        ),
        (
            "ORDERBY",
            "encoded: the field of ORDERBY: is empty; a field name holds letters, digits and _, with a dot \
             between the steps of a dot-walk, as in caller_id.name",
        ),
        (
            "ORDERBYa,b",
            "encoded: the field of ORDERBY: has ',' at byte 1; a field name holds letters, digits and _, \
             with a dot between the steps of a dot-walk, as in caller_id.name",
        ),
    ] {
        assert_eq!(alone(raw), message, "{raw}");
    }
}

#[test]
fn a_related_list_block_is_one_condition() {
    const BLOCK: &str =
        "RLQUERYsys_user_has_role.user,>=1,m2m^role.name=itil^ORrole.name=x^NQy=1^ENDRLQUERY";
    let mut query = Query::new();
    query.filter("a", Operator::Eq, Some("1")).expect("plain");
    query.raw(BLOCK).expect("one condition");
    query.or().expect("after one condition");
    query.filter("b", Operator::Eq, Some("2")).expect("plain");
    query
        .raw(&format!("c=3^NQ{BLOCK}^d=4"))
        .expect("two branches");
    assert_eq!(
        outcome(query.encoded()),
        format!("a=1^{BLOCK}^ORb=2^c=3^NQa=1^{BLOCK}^ORb=2^{BLOCK}^d=4")
    );
    assert_eq!(alone(&format!("a=1^OR{BLOCK}")), format!("a=1^OR{BLOCK}"));
}

#[test]
fn conditions_reach_every_branch_of_a_raw_query() {
    let mut query = Query::new();
    query.filter("z", Operator::Eq, Some("0")).expect("plain");
    query.new_query().expect("after a condition");
    query.filter("a", Operator::Eq, Some("1")).expect("plain");
    query.order_by("o").expect("a name");
    query
        .raw("b=2^ORb=3^NQc=4^d=5^ORDERBYDESCp")
        .expect("two branches");
    query.filter("e", Operator::Eq, Some("6")).expect("plain");
    assert_eq!(
        outcome(query.encoded()),
        "z=0^NQa=1^b=2^ORb=3^e=6^NQa=1^c=4^d=5^e=6^ORDERBYo^ORDERBYDESCp"
    );
    query.raw("f=1^NQg=1").expect("four branches in all");
    assert_eq!(
        outcome(query.encoded()),
        "z=0^NQa=1^b=2^ORb=3^e=6^f=1^NQa=1^b=2^ORb=3^e=6^g=1^NQa=1^c=4^d=5^e=6^f=1\
            ^NQa=1^c=4^d=5^e=6^g=1^ORDERBYo^ORDERBYDESCp"
    );
}

#[test]
fn a_raw_query_as_an_alternative() {
    let after_or = |raw: &str| {
        let mut query = Query::new();
        query.filter("a", Operator::Eq, Some("1"))?;
        query.or()?;
        query.raw(raw)?;
        query.encoded()
    };
    assert_eq!(outcome(after_or("b=2")), "a=1^ORb=2");
    assert_eq!(outcome(after_or("b=2^ORb=3")), "a=1^ORb=2^ORb=3");
    for raw in ["b=2^c=3", "b=2^NQc=3"] {
        assert_eq!(
            after_or(raw).expect_err(raw).message(),
            "encoded: follows snow_query_or and has several conditions; one condition can be an alternative, \
             for more use snow_query_new_query"
        );
    }
    assert_eq!(
        after_or("").expect_err("nothing follows").message(),
        "query: ends in snow_query_or; add the condition that it joins"
    );
}

#[test]
fn an_alternative_to_a_raw_query() {
    let then_or = |raw: &str| {
        let mut query = Query::new();
        query.raw(raw)?;
        query.or()?;
        query.filter("z", Operator::Eq, Some("1"))?;
        query.encoded()
    };
    assert_eq!(outcome(then_or("a=1")), "a=1^ORz=1");
    for raw in ["a=1^b=2", "a=1^NQb=2"] {
        assert_eq!(
            then_or(raw).expect_err(raw).message(),
            "query: has a raw query of several conditions before it, and snow_query_or would join the last of them only; \
             write the alternative into the raw query"
        );
    }
}

#[test]
fn branches_are_limited() {
    let of = |count: usize| {
        (0..count)
            .map(|n| format!("a={n}"))
            .collect::<Vec<_>>()
            .join("^NQ")
    };
    for (first, second, accepted) in [
        (1, 255, true),
        (16, 16, true),
        (1, 256, true),
        (1, 257, false),
        (129, 2, false),
    ] {
        let mut query = Query::new();
        query.raw(&of(first)).expect("few");
        assert_eq!(
            query.raw(&of(second)).is_ok(),
            accepted,
            "{first} x {second}"
        );
    }
    assert_eq!(
        alone(&of(257)),
        "encoded: would make 257 branches of ^NQ together with the raw queries before it; at most 256 are \
         written"
    );
}
