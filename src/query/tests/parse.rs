//! Encoded queries that come as text, as tables: alone, and together with what else was built.

use super::outcome;
use crate::query::{Operator, Query};

fn alone(raw: &str) -> String {
    let mut query = Query::new();
    outcome(query.raw(raw).and_then(|()| query.encoded()))
}

#[test]
fn orders_are_moved_to_the_end_and_conditions_kept() {
    for (raw, expected) in [
        ("", ""),
        ("a=1", "a=1"),
        ("a=1^b=2^ORb=3", "a=1^b=2^ORb=3"),
        ("a=1^NQb=2", "a=1^NQb=2"),
        ("a=x^^y^b=^^", "a=x^^y^b=^^"),
        ("a=1^EQ", "a=1"),
        ("a=1^EQ^ORDERBYb", "a=1^ORDERBYb"),
        ("a=1^GROUPBYc^EQ", "a=1^GROUPBYc"),
        ("GROUPBYc^a=1", "a=1^GROUPBYc"),
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
    const NAME: &str = "; a field name holds letters, digits and _, with a dot between the steps of a \
                        dot-walk, as in caller_id.name";
    for (raw, problem) in [
        (
            "a=1\n",
            "holds '\\n' at byte 3; a query cannot carry line breaks or other control characters",
        ),
        (
            "a=1\0",
            "holds '\\0' at byte 3; a query cannot carry line breaks or other control characters",
        ),
        (
            "ORa=1",
            "has OR at byte 0 without a condition before it in its group",
        ),
        (
            "^ORa=1",
            "has OR at byte 1 without a condition before it in its group",
        ),
        (
            "ORDERBYx^ORa=1",
            "has OR at byte 9 without a condition before it in its group",
        ),
        (
            "a=1^NQORb=1",
            "has OR at byte 6 without a condition before it in its group",
        ),
        ("a=1^OR", "has ^OR at byte 4 without a condition after it"),
        (
            "a=1^OR^b=1",
            "has ^OR at byte 4 without a condition after it",
        ),
        (
            "a=1^ORORDERBYb",
            "has ^OR at byte 4 without a condition after it",
        ),
        (
            "NQa=1",
            "has ^NQ without a condition on each side, at byte 0",
        ),
        (
            "a=1^NQ",
            "has ^NQ without a condition on each side, at byte 6",
        ),
        (
            "a=1^NQ^NQb=1",
            "has ^NQ without a condition on each side, at byte 7",
        ),
        (
            "a=1^NQORDERBYb",
            "has ^NQ without a condition on each side, at byte 14",
        ),
        (
            "a=1^RLQUERYb.c,>=1",
            "has RLQUERY at byte 4 without ENDRLQUERY after it",
        ),
        (
            "a=1^ENDRLQUERY",
            "has ENDRLQUERY at byte 4 without RLQUERY before it",
        ),
        (
            "ORDERBY",
            &format!("the field of ORDERBY at byte 0: is empty{NAME}"),
        ),
        (
            "a=1^ORDERBYa,b",
            &format!("the field of ORDERBY at byte 4: has ',' at byte 1{NAME}"),
        ),
        (
            "GROUPBYa b",
            &format!("the field of GROUPBY at byte 0: has ' ' at byte 1{NAME}"),
        ),
    ] {
        assert_eq!(alone(raw), format!("encoded: {problem}"), "{raw}");
    }
}

#[test]
fn a_text_that_is_parsed_is_written_as_it_was() {
    for text in [
        "",
        "^",
        "a=1",
        "^a=1^",
        "a=1^EQ",
        "a=1^ORDERBYb^EQ",
        "a=1^EQ^ORDERBYb",
        "a=1^NQb=2^EQ",
        "a=1^EQ^NQb=2^EQ",
        "ORDERBYDESCnumber^active=true",
        "ORDERBYDESCa^b=1^ORDERBYc.d^GROUPBYe",
        "a=1^ORDERBYz^ORa=2^NQb=3",
        "a=^b!=^cISEMPTY^dANYTHING",
        "a*x^b%y^c!*z^dCONTAINSe^fDOES NOT CONTAINg^hNOTLIKEi^hNOTINi,j^jVALCHANGES^kCHANGESFROM1",
        "sys_created_on>=javascript:gs.dateGenerate('2026-01-31','00:00:00')",
        "opened_atONLast 7 days@javascript:gs.beginningOfLast7Days()@javascript:gs.endOfLast7Days()",
        "123TEXTQUERY321=vpn down^123TEXTINDEXGROUP321=portal",
        "RLQUERYincident.problem_id,>=1,priority=1^state=2^ENDRLQUERY^active=true",
        "active=true^RLQUERYsys_user_has_role.user,>=1,m2m^role.name=itil^ORrole.name=x^ENDRLQUERY",
        "RLQUERYtask_sla.task,>=1^stage=in_progress^ENDRLQUERY^ORa=1",
        "RLQUERYa.b,=0^ENDRLQUERY",
        "RLQUERYa.b,=0,m2m_state=1^ENDRLQUERY",
        "JOINsys_user.sys_id=sys_user_grmember.user!group=0a^b=1",
        "JOINa.b=c.d!e!=1^JOINa.b=c.d",
        "a=x^^y^^^b=z",
        "impactBETWEEN1@2^opened_atBETWEENjavascript:gs.daysAgoStart(1)@javascript:gs.daysAgoEnd(0)",
        "variables.9a3b=1^sys_tags.0a=0a^sys_tags.0aEXCLUDING0a",
    ] {
        assert_eq!(
            outcome(Query::parse(text).and_then(|query| query.encoded())),
            text
        );
    }
}

#[test]
fn what_is_added_to_a_text_goes_into_every_branch_and_order_to_the_end() {
    for (text, expected) in [
        ("", "n=1^ORDERBYo"),
        ("^a=1^", "a=1^n=1^ORDERBYo"),
        ("a=1^EQ", "a=1^n=1^ORDERBYo^EQ"),
        (
            "ORDERBYDESCb^a=1^ORa=2",
            "a=1^ORa=2^n=1^ORDERBYDESCb^ORDERBYo",
        ),
        (
            "a=1^GROUPBYg^NQb=2^ORb=3^EQ",
            "a=1^n=1^NQb=2^ORb=3^n=1^GROUPBYg^ORDERBYo^EQ",
        ),
    ] {
        let mut query = Query::parse(text).expect(text);
        query.fields("number").expect("a name");
        query.limit(5).expect("not 0");
        assert_eq!(outcome(query.encoded()), text);
        query.filter("n", Operator::Eq, Some("1")).expect("plain");
        query.order_by("o").expect("a name");
        assert_eq!(outcome(query.encoded()), expected);
    }

    let mut query = Query::parse("a=1^b=2").expect("one branch");
    query.or().expect("after the last of its conditions");
    query.filter("b", Operator::Eq, Some("3")).expect("plain");
    query.new_query().expect("after conditions");
    query.raw("c=4^EQ").expect("a condition");
    assert_eq!(outcome(query.encoded()), "a=1^b=2^ORb=3^NQc=4");
    let mut query = Query::parse("a=1^NQb=2").expect("two branches");
    assert_eq!(
        query.or().expect_err("after two branches").message(),
        "query: ends in an encoded query of several conditions, and snow_query_or would join the last of \
         them only; write the alternative into that text"
    );
    query.new_query().expect("after conditions");
    query.filter("c", Operator::Eq, Some("3")).expect("plain");
    assert_eq!(outcome(query.encoded()), "a=1^NQb=2^NQc=3");
}

#[test]
fn a_text_of_many_branches_is_parsed_as_it_was() {
    let text = vec!["a=1"; 1000].join("^NQ");
    assert_eq!(
        outcome(Query::parse(&text).and_then(|query| query.encoded())),
        text
    );
}

/// The text may be anybody's.
#[test]
fn joins_inside_joins_end_no_stack() {
    let text = "JOINa.b=c.d!".repeat(100_000) + "e=1";
    Query::parse(&text).expect_err("a join takes none");
}

/// Else these would take minutes.
#[test]
fn what_stands_beside_the_conditions_costs_no_more_than_they_do() {
    const MANY: usize = 100_000;
    for (piece, written) in [
        ("a=1^EQ^", "a=1^".repeat(MANY) + "b=1"),
        ("ORDERBYa^", "b=1".to_owned() + &"^ORDERBYa".repeat(MANY)),
    ] {
        let text = piece.repeat(MANY) + "b=1";
        let parsed = Query::parse(&text).and_then(|query| query.encoded());
        assert!(outcome(parsed) == text, "{piece}");
        assert!(alone(&text) == written, "{piece}");
    }
}

#[test]
fn what_cannot_be_parsed_is_refused_with_its_place() {
    const NAME: &str = "; a field name holds letters, digits and _, with a dot between the steps of a \
                        dot-walk, as in caller_id.name";
    const NO_OPERATOR: &str = "; field, operator and value stand without a space between them, as in \
                               priority<=2 or numberLIKE7, and snow_query_raw() sends a text as it is";
    const LIST: &str = "; accepted are table.field,>=1 and conditions up to ^ENDRLQUERY";
    for (text, problem) in [
        ("number", format!("has no operator that is known here in the condition at byte 0{NO_OPERATOR}")),
        ("aMATCH_RGX.x", format!("has no operator that is known here in the condition at byte 0{NO_OPERATOR}")),
        ("a=1^TRENDBYb,d", format!("has no operator that is known here in the condition at byte 4{NO_OPERATOR}")),
        ("a=1^ORb^c=2", format!("has no operator that is known here in the condition at byte 6{NO_OPERATOR}")),
        // An operator that is known stands in the value.
        ("aMATCH_RGXINC.*", format!("has no operator that is known here in the condition at byte 0{NO_OPERATOR}")),
        ("a=1^bMATCH_PAT*x", format!("has no operator that is known here in the condition at byte 4{NO_OPERATOR}")),
        ("GOTOa>=1", format!("has no operator that is known here in the condition at byte 0{NO_OPERATOR}")),
        ("a=1^ORNQb=2", format!("has no operator that is known here in the condition at byte 6{NO_OPERATOR}")),
        ("a = 1", format!("the field of the condition at byte 0: has ' ' at byte 1{NAME}")),
        ("é=1^=5", format!("the field of the condition at byte 0: has 'é' at byte 0{NAME}")),
        ("a=1^=5", format!("the field of the condition at byte 4: is empty{NAME}")),
        ("stateIN", "has no value at byte 7, after IN, which an instance drops without one".into()),
        ("a=1^NQb>", "has no value at byte 8, after >, which an instance drops without one".into()),
        ("aISEMPTYx", "has a value at byte 8, after ISEMPTY, which takes none".into()),
        (
            "a=1^bBETWEEN1",
            "has no range at byte 12: BETWEEN takes two bounds with one @ between them".into(),
        ),
        (
            "bBETWEEN1@2@3",
            "has no range at byte 8: BETWEEN takes two bounds with one @ between them".into(),
        ),
        ("a=1^NQ^b=2", "has ^NQ at byte 4 without a condition directly after it".into()),
        ("a=1^NQORDERBYb^b=2", "has ^NQ at byte 4 without a condition directly after it".into()),
        ("^^a=1", format!("the field of the condition at byte 0: has '^' at byte 0{NAME}")),
        ("RLQUERYa,>=1^ENDRLQUERY", format!("has no related list at byte 7{LIST}")),
        ("RLQUERYa.b,>=^ENDRLQUERY", format!("has no related list at byte 7{LIST}")),
        ("RLQUERYa.b,!=1^ENDRLQUERY", format!("has no related list at byte 7{LIST}")),
        ("RLQUERYa.b^ENDRLQUERY", format!("has no related list at byte 7{LIST}")),
        (
            "x=1^RLQUERYa.b,>=1,c=1^d^ENDRLQUERY",
            format!("has no operator that is known here in the condition at byte 23{NO_OPERATOR}"),
        ),
        (
            "JOINa.b",
            "has no join at byte 4; accepted are table.field=table.field, with ! and a condition after it"
                .into(),
        ),
        (
            "JOINa.b=c.d!e",
            format!("has no operator that is known here in the condition at byte 12{NO_OPERATOR}"),
        ),
        (
            "x=1^JOINa.b=c.d!JOINe.f=g.h!i=1",
            "has a join at byte 16 inside another, which takes a condition on a field; give each a JOIN of its own"
                .into(),
        ),
    ] {
        assert_eq!(
            outcome(Query::parse(text).and_then(|query| query.encoded())),
            format!("encoded: {problem}"),
            "{text}"
        );
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
fn a_raw_query_of_one_condition_can_be_an_alternative() {
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
        after_or("DERBYb=2")
            .expect_err("an order by accident")
            .message(),
        "encoded: begins with DERBY, which makes ORDERBY behind the OR; names of fields are in lower case"
    );
    assert_eq!(
        after_or("").expect_err("nothing follows").message(),
        "query: ends in snow_query_or; add the condition that it joins"
    );
}

#[test]
fn a_raw_query_of_one_condition_can_have_an_alternative() {
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
            "query: ends in an encoded query of several conditions, and snow_query_or would join the last of them only; \
             write the alternative into that text"
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
