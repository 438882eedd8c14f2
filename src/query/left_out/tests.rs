//! What is asked about a query, and what its answers tell.

use super::*;

fn parts(text: &str) -> Vec<Part> {
    Query::parse(text).expect("a query").parts(true)
}

#[test]
fn the_fields_that_a_query_relies_on() {
    let parts = parts("a=1^ORb.c>2^a!=3^NQ123TEXTQUERY321=vpn^sys_tags.x=x^ORDERBYd^ORDERBYDESCa");
    let told: Vec<(&str, String)> = parts
        .iter()
        .map(|part| (part.name.as_str(), part.conditions.join(" ")))
        .collect();
    assert_eq!(
        told,
        [
            ("a condition on \"a\"", "a=1 a!=3".to_owned()),
            ("a condition on \"b.c\"", "b.c>2".to_owned()),
            ("the order by \"d\"", String::new()),
        ]
    );
    assert_eq!(
        impossible(&parts[..2]),
        ["aISEMPTY^aISNOTEMPTY^NQb.cISEMPTY^b.cISNOTEMPTY"]
    );
    assert_eq!(
        certain(&parts[..2]),
        ["aISEMPTY^ORaISNOTEMPTY^b.cISEMPTY^ORb.cISNOTEMPTY"]
    );
    let compared = Query::parse("a.bSAMEASc@day^dGT_FIELDe.f").expect("a query");
    let fields: Vec<_> = compared
        .parts(false)
        .into_iter()
        .map(|part| part.name)
        .collect();
    let on = |field: &str| format!("a condition on {field:?}");
    assert_eq!(fields, ["a.b", "c", "d", "e.f"].map(on));
    let unordered = Query::parse("ORDERBYd").expect("a query").parts(false);
    assert!(unordered.is_empty() && impossible(&unordered).is_empty());
}

#[test]
fn no_query_gets_too_long() {
    let text: Vec<String> = (0..1000).map(|number| format!("u_{number}=1")).collect();
    let queries = impossible(&parts(&text.join("^")));
    assert!(queries.len() > 1 && queries.iter().all(|query| query.len() <= LENGTH + 100));
}

#[test]
fn no_row_meets_a_script_and_its_opposite() {
    for (condition, opposite) in [
        ("f=1", None),
        ("fLIKEjava", None),
        (
            "f>javascript:x()",
            Some("f>javascript:x()^f<javascript:x()"),
        ),
        (
            "f!=javascript:x()",
            Some("f!=javascript:x()^f=javascript:x()"),
        ),
        (
            "fINjavascript:x()",
            Some("fINjavascript:x()^fNOT INjavascript:x()"),
        ),
        (
            "fSTARTSWITHjavascript:x()",
            Some("fSTARTSWITHjavascript:x()^fNOT LIKEjavascript:x()"),
        ),
        (
            "fBETWEENjavascript:x()@javascript:y()",
            Some("fBETWEENjavascript:x()@javascript:y()^f>javascript:y()"),
        ),
        (
            "fBETWEENjavascript:x()@9",
            Some("fBETWEENjavascript:x()@9^f<javascript:x()"),
        ),
        (
            "fONToday@javascript:x()@javascript:y()",
            Some(
                "fONToday@javascript:x()@javascript:y()^fNOTONToday@javascript:x()@javascript:y()",
            ),
        ),
        (
            "fDATEPARTMonday@javascript:gs.datePart('dayofweek','monday','EE')",
            Some(
                "fDATEPARTMonday@javascript:gs.datePart('dayofweek','monday','LT')^\
                 fDATEPARTMonday@javascript:gs.datePart('dayofweek','monday','GT')",
            ),
        ),
    ] {
        assert_eq!(contradiction(condition).as_deref(), opposite, "{condition}");
    }
}

#[test]
fn what_is_asked_of_related_lists_and_joins() {
    let told = |text: &str| -> Vec<[String; 3]> {
        let parts = parts(text).into_iter();
        parts
            .map(|part| [part.name, part.impossible, part.conditions.join(" ")])
            .collect()
    };
    assert_eq!(
        told("RLQUERYincident.problem_id,=0,priority=1^ENDRLQUERY"),
        [
            [
                "the related list of \"incident.problem_id\"",
                "RLQUERYincident.problem_id,>=1^ENDRLQUERY^RLQUERYincident.problem_id,=0^ENDRLQUERY",
                "RLQUERYincident.problem_id,=0,priority=1^ENDRLQUERY",
            ],
            [
                "a condition on \"priority\" in the related list of \"incident.problem_id\"",
                "RLQUERYincident.problem_id,>=1,priorityISEMPTY^priorityISNOTEMPTY^ENDRLQUERY",
                "RLQUERYincident.problem_id,>=1,priority=1^ENDRLQUERY",
            ],
        ]
    );
    assert_eq!(
        told("RLQUERYa.b,>=1,m2m^c=1^ENDRLQUERY")[1][1],
        "RLQUERYa.b,>=1,m2m^cISEMPTY^cISNOTEMPTY^ENDRLQUERY"
    );
    assert_eq!(
        told("JOINa.b=c.d!e=1"),
        [
            [
                "the join \"a.b=c.d\"",
                "JOINa.b=c.d!sys_idISEMPTY",
                "JOINa.b=c.d!e=1"
            ],
            [
                "a condition on \"e\" in the join \"a.b=c.d\"",
                "JOINa.b=c.d!eISEMPTY^JOINa.b=c.d!eISNOTEMPTY^JOINa.b=c.d!eSTARTSWITHno value begins with this",
                "JOINa.b=c.d!e=1",
            ],
        ]
    );
    assert_eq!(told("JOINa.b=c.d").len(), 1);
}
