//! Queries on a few records whose answers can be read off.

use super::{EncodedQuery, Filter, Page, Viewer, select};
use crate::{
    clock::parse_wire,
    database::{Database, Row, furnish},
    locale::Locale,
};

const ME: &str = "0000000000000000000000000000000a";

/// Inserted in another order than that of their ids.
fn database() -> Database {
    let mut database = Database::empty();
    furnish(&mut database, 1, "2026-02-01 10:00:00");
    add(
        &mut database,
        "sys_user_group",
        &[("sys_id", "g1"), ("name", "Network")],
    );
    add(
        &mut database,
        "sys_user",
        &[
            ("sys_id", ME),
            ("name", "Joe Public"),
            ("user_name", "joe"),
            ("department", "d1"),
        ],
    );
    add(
        &mut database,
        "cmn_department",
        &[("sys_id", "d1"), ("name", "IT")],
    );
    for fields in [
        &[
            ("number", "C"),
            ("sys_id", "33"),
            ("state", "10"),
            ("short_description", "VPN down"),
            ("opened_at", "2026-02-01 09:30:00"),
            ("caller_id", ME),
        ][..],
        &[
            ("number", "A"),
            ("sys_id", "11"),
            ("state", "9"),
            ("short_description", "vpn SLOW in ZÜRICH"),
            ("opened_at", "2026-01-31 23:59:59"),
            ("assignment_group", "g1"),
        ],
        &[
            ("number", "B"),
            ("sys_id", "22"),
            ("state", ""),
            ("short_description", "a^b"),
            ("opened_at", ""),
            ("caller_id", ME),
            ("opened_by", ME),
        ],
        &[
            ("number", "D"),
            ("sys_id", "44"),
            ("state", "1"),
            ("short_description", ""),
            ("opened_at", "2026-01-05 12:00:00"),
            ("active", "true"),
        ],
    ] {
        add(&mut database, "incident", fields);
    }
    add(
        &mut database,
        "problem",
        &[
            ("number", "P"),
            ("sys_id", "25"),
            ("state", "101"),
            ("short_description", "Root of VPN"),
        ],
    );
    database
}

fn add(database: &mut Database, table: &str, fields: &[(&str, &str)]) {
    let columns = database.table(table).unwrap().columns().to_vec();
    let value = |element: &str| match fields.iter().find(|(known, _)| *known == element) {
        Some((_, value)) => *value,
        None if element == "sys_class_name" => table,
        None => "",
    };
    database.extend(
        table,
        std::iter::once(Row::new(
            columns.iter().map(|column| value(&column.element)),
        )),
    );
}

fn selected(table: &str, query: &str, page: Page) -> (String, usize) {
    let database = database();
    let viewer = Viewer {
        sys_id: ME.into(),
        user_name: "joe".into(),
        locale: Locale::of_user(None),
        now: parse_wire("2026-02-01 10:00:00").unwrap(),
        domain: Default::default(),
        reading: Default::default(),
    };
    let filter = Filter::compile(&EncodedQuery::parse(query), &database, table, &viewer);
    let selection = select(&database, table, &filter, page);
    (
        selection
            .records
            .iter()
            .map(|record| record.value("number"))
            .collect(),
        selection.total,
    )
}

fn numbers(table: &str, query: &str) -> String {
    selected(
        table,
        query,
        Page {
            offset: 0,
            limit: 100,
            counted: true,
        },
    )
    .0
}

#[test]
fn conditions_mean_what_the_reference_says() {
    for (query, expected) in [
        ("", "CABD"),
        ("state=9", "A"),
        ("state!=9", "CBD"),
        ("state>9", "C"),
        ("state<=9", "AD"),
        ("stateBETWEEN1@9", "AD"),
        ("stateIN1,10", "CD"),
        ("stateNOT IN1,10", "AB"),
        // Nothing is taken off an item: a space before it is part of it, as behind `=`.
        ("numberINA, B", "A"),
        ("short_descriptionNOT INa^^b, ,VPN down", "AD"),
        ("stateISEMPTY", "B"),
        ("stateISNOTEMPTY", "CAD"),
        ("stateANYTHING", "CABD"),
        ("short_descriptionLIKEvpn", "CA"),
        ("short_descriptionNOT LIKEvpn", "BD"),
        ("short_descriptionLIKEzürich", "A"),
        ("short_descriptionSTARTSWITHVpN", "CA"),
        ("short_descriptionENDSWITHdown", "C"),
        ("short_description=a^^b", "B"),
        ("short_description=", "D"),
        ("short_descriptionLIKE", "CABD"),
        ("caller_id.name=joe public", "CB"),
        ("caller_id.department.name=it", "CB"),
        ("caller_idLIKEpublic", "CB"),
        ("assignment_groupSTARTSWITHnet", "A"),
        ("caller_id=javascript:gs.getUserID()", "CB"),
        ("caller_idDYNAMIC90d1921e5f510100a9ad2572f2b477fe", "CB"),
        ("caller_idSAMEASopened_by^caller_idISNOTEMPTY", "B"),
        ("caller_idNSAMEASopened_by", "C"),
        ("opened_at>2026-01-31 23:59:59", "C"),
        ("opened_at>=javascript:gs.daysAgoStart(1)", "CA"),
        (
            "opened_atONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)",
            "C",
        ),
        (
            "opened_atNOTONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)",
            "ABD",
        ),
        ("opened_atRELATIVEGT@hour@ago@1", "C"),
        ("opened_atRELATIVELT@dayofweek@ago@7", "D"),
        (
            "opened_atDATEPARTSaturday@javascript:gs.datePart('dayofweek','saturday','EE')",
            "A",
        ),
        (
            "opened_atDATEPARTFebruary@javascript:gs.datePart('month','february','LT')",
            "AD",
        ),
        ("123TEXTQUERY321=vpn slow", "A"),
        ("state=9^ORstate=10^short_descriptionLIKEdown", "C"),
        ("state=9^NQstate=1", "AD"),
        ("state=1^ORDERBYnumber^NQstate=9", "AD"),
    ] {
        assert_eq!(numbers("incident", query), expected, "{query}");
    }
}

#[test]
fn other_tables_can_be_asked_about() {
    for (table, query, expected) in [
        (
            "incident",
            "JOINincident.caller_id=sys_user.sys_id!user_name=joe",
            "CB",
        ),
        (
            "incident",
            "JOINincident.caller_id=sys_user.sys_id!user_name=ann",
            "",
        ),
        (
            "sys_user",
            "RLQUERYincident.caller_id,>=2,state=10^ENDRLQUERY",
            "0",
        ),
        ("sys_user", "RLQUERYincident.caller_id,>=2^ENDRLQUERY", "1"),
        (
            "sys_user",
            "RLQUERYincident.caller_id,>0,m2m^state=10^number=C^ENDRLQUERY^user_name=joe",
            "1",
        ),
        ("sys_user", "RLQUERYincident.caller_id,=0^ENDRLQUERY", "0"),
        ("sys_user", "RLQUERYnope.x,=0^ENDRLQUERY", "1"),
    ] {
        let page = Page {
            offset: 0,
            limit: 100,
            counted: true,
        };
        let (numbers, total) = selected(table, query, page);
        let found = if table == "incident" {
            numbers
        } else {
            total.to_string()
        };
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn order_is_by_type_and_by_what_references_display() {
    for (query, expected) in [
        ("ORDERBYnumber", "ABCD"),
        ("ORDERBYDESCnumber", "DCBA"),
        ("ORDERBYstate", "BDAC"),
        ("ORDERBYDESCcaller_id^ORDERBYnumber", "BCAD"),
        ("ORDERBYsys_id", "ABCD"),
        ("ORDERBYDESCsys_id", "DCBA"),
    ] {
        assert_eq!(numbers("incident", query), expected, "{query}");
    }
}

#[test]
fn what_cannot_be_understood_is_left_out() {
    for query in [
        "nope=1",
        "stateWEIRD1",
        "caller_id.nope=1",
        "short_description.name=x",
        "state=javascript:alert(1)",
        "^^^",
        "=",
        "ORDERBYnope",
    ] {
        assert_eq!(numbers("incident", query), "CABD", "{query}");
    }
    assert_eq!(numbers("incident", "state=9^ORnope=1"), "A");
}

#[test]
fn a_parent_table_holds_the_records_of_its_children() {
    assert_eq!(numbers("task", "ORDERBYsys_id"), "ABPCD");
    assert_eq!(numbers("task", "sys_class_name=problem"), "P");
    assert_eq!(
        numbers("task", "sys_class_nameINSTANCEOFtask^ORDERBYDESCsys_id"),
        "DCPBA"
    );
    assert_eq!(
        numbers("task", "caller_idISNOTEMPTY^sys_id>22^ORDERBYsys_id"),
        "PCD",
        "a child's column is none of the parent's"
    );
}

#[test]
fn a_page_is_cut_and_counted() {
    for (query, offset, limit, expected, total) in [
        ("ORDERBYsys_id", 1, 2, "BC", 4),
        ("ORDERBYDESCsys_id", 1, 2, "CB", 4),
        ("sys_id>11^ORDERBYsys_id", 0, 2, "BC", 3),
        ("sys_id>=11^sys_id<44^ORDERBYsys_id", 1, 9, "BC", 3),
        ("sys_id>FF", 0, 9, "", 0),
        ("sys_id>22^state=1^ORDERBYsys_id", 0, 1, "D", 1),
        ("sys_id=33", 0, 9, "C", 1),
        ("sys_idIN44,11,nope,11^ORDERBYnumber", 0, 9, "AD", 2),
        ("ORDERBYnumber", 3, 9, "D", 4),
        ("ORDERBYDESCnumber^ORDERBYDESCsys_id", 1, 2, "CB", 4),
        ("numberBETWEENa@c^ORDERBYnumber", 1, 2, "BC", 3),
        (
            "number>A^number<=C^ORDERBYnumber^ORDERBYsys_id",
            0,
            9,
            "BC",
            2,
        ),
        (
            "number>C^NQnumber=B^sys_id>1^ORDERBYnumber^ORDERBYsys_id",
            0,
            9,
            "BD",
            2,
        ),
        (
            "caller_id=0000000000000000000000000000000A^number=c",
            0,
            9,
            "C",
            1,
        ),
        ("numberINd,A,nope", 0, 9, "AD", 2),
        ("numberINd,A^ORDERBYDESCsys_id", 0, 1, "D", 2),
        ("ORDERBYnumber", 9, 9, "", 4),
        ("", 0, 0, "", 4),
    ] {
        let page = Page {
            offset,
            limit,
            counted: true,
        };
        assert_eq!(
            selected("incident", query, page),
            (expected.to_owned(), total),
            "{query} {offset} {limit}"
        );
    }
}

/// Noon in Tokyo is still night in UTC, and the day before in Honolulu.
#[test]
fn a_column_of_days_is_compared_by_day_in_the_zone_of_the_user() {
    let mut database = database();
    for (sys_id, day) in [("1", "2026-02-01"), ("2", "2026-01-31"), ("3", "")] {
        add(
            &mut database,
            "cmdb_ci",
            &[("sys_id", sys_id), ("purchase_date", day)],
        );
    }
    for (zone, today, not_before, not_after) in [
        ("Asia/Tokyo", "1", "1", "12"),
        ("Pacific/Honolulu", "2", "12", "2"),
    ] {
        let mut locale = Locale::of_user(None);
        locale.zone = jiff::tz::TimeZone::get(zone).unwrap();
        let viewer = Viewer {
            sys_id: ME.into(),
            user_name: "joe".into(),
            locale,
            now: parse_wire("2026-02-01 03:00:00").unwrap(),
            domain: Default::default(),
            reading: Default::default(),
        };
        let found = |condition: &str| {
            let query = EncodedQuery::parse(&format!("purchase_date{condition}^sys_idIN1,2,3"));
            let filter = Filter::compile(&query, &database, "cmdb_ci", &viewer);
            let page = Page {
                offset: 0,
                limit: 9,
                counted: true,
            };
            select(&database, "cmdb_ci", &filter, page)
                .records
                .iter()
                .map(|record| record.value("sys_id"))
                .collect::<String>()
        };
        for condition in [
            "ONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()",
            "=javascript:gs.now()",
            "=javascript:gs.daysAgoStart(0)",
            "BETWEENjavascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)",
            "RELATIVEEE@dayofweek@ago@0",
        ] {
            assert_eq!(found(condition), today, "{condition} in {zone}");
        }
        for (condition, expected) in [
            ("RELATIVEGE@hour@ago@0", not_before),
            ("<=javascript:gs.endOfToday()", not_after),
            (">=2026-02-01 00:00:00", "1"),
            ("=2026-01-31 00:00:00", "2"),
            (
                "DATEPARTSunday@javascript:gs.datePart('dayofweek','sunday','EE')",
                "1",
            ),
            (
                "DATEPARTJanuary@javascript:gs.datePart('month','january','EE')",
                "2",
            ),
        ] {
            assert_eq!(found(condition), expected, "{condition} in {zone}");
        }
    }
}
