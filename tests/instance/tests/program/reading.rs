//! Views, domains, replicas, and what queries mean where instances differ.

use crate::support::{Answer, Program, json};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json as value};

const INCIDENTS: &str = "/api/now/table/incident";

fn created(program: &Program, table: &str, fields: Value) -> String {
    let answer = program.send(
        "POST",
        &format!("/api/now/table/{table}"),
        &fields.to_string(),
    );
    assert_eq!(
        answer.status,
        201,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    json(&answer)["result"]["sys_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn keys(answer: &Answer) -> Vec<String> {
    let answer = json(answer);
    let row = match &answer["result"] {
        Value::Array(rows) => &rows[0],
        row => row,
    };
    row.as_object().unwrap().keys().cloned().collect()
}

/// What `field` is in the rows of a query, in order.
fn listed(program: &Program, table: &str, query: &str, field: &str) -> Vec<String> {
    let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let answer = program.send(
        "GET",
        &format!("/api/now/table/{table}?sysparm_query={query}&sysparm_fields={field}"),
        "",
    );
    assert_eq!(answer.status, 200, "{query}");
    json(&answer)["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[field].as_str().unwrap().to_owned())
        .collect()
}

fn set(program: &Program, settings: Value) {
    program.control("PATCH", "/-/settings", &settings.to_string());
}

#[test]
fn a_view_shows_the_fields_of_its_list() {
    let program = Program::start(&[]);
    let get =
        |query: &str| program.send("GET", &format!("{INCIDENTS}?sysparm_limit=1&{query}"), "");
    let mobile = [
        "assigned_to",
        "number",
        "priority",
        "short_description",
        "state",
        "sys_id",
    ];
    assert_eq!(keys(&get("sysparm_view=mobile")), mobile);
    assert_eq!(
        keys(&get("sysparm_view=mobile&sysparm_fields=number")),
        ["number"]
    );
    let all = keys(&get(""));
    assert!(all.len() > 60);
    for view in ["desktop", "both", "no_such_view"] {
        assert_eq!(keys(&get(&format!("sysparm_view={view}"))), all, "{view}");
    }
    // A table's own list goes before the one of the table it extends, and a client may make one.
    let view = created(
        &program,
        "sys_ui_view",
        value!({"name": "short", "title": "Short"}),
    );
    let list = created(
        &program,
        "sys_ui_list",
        value!({"name": "incident", "view": view}),
    );
    for (position, element) in ["caller_id.name", "number"].into_iter().enumerate() {
        let fields =
            value!({"list_id": list, "element": element, "position": position.to_string()});
        created(&program, "sys_ui_list_element", fields);
    }
    let short = ["caller_id.name", "number", "sys_id"];
    assert_eq!(keys(&get("sysparm_view=short")), short);
    let posted = program.send("POST", &format!("{INCIDENTS}?sysparm_view=short"), "{}");
    assert_eq!(keys(&posted), short);
    let sys_id = json(&posted)["result"]["sys_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let one = program.send(
        "GET",
        &format!("{INCIDENTS}/{sys_id}?sysparm_view=short"),
        "",
    );
    assert_eq!(keys(&one), short);
}

#[test]
fn a_user_sees_the_own_domain_and_the_global_one() {
    let program = Program::start(&[
        "--user",
        "admin:admin:admin",
        "ann:ann:itil",
        "bob:bob:itil,query_no_domain_table_api",
    ]);
    for (user, domain) in [("ann", "acme"), ("bob", "umbrella")] {
        let sys_id = &listed(&program, "sys_user", &format!("user_name={user}"), "sys_id")[0];
        let fields = value!({"sys_domain": domain}).to_string();
        program.send(
            "PATCH",
            &format!("/api/now/table/sys_user/{sys_id}"),
            &fields,
        );
    }
    for (name, domain) in [
        ("in acme", "acme"),
        ("in umbrella", "umbrella"),
        ("for all", "global"),
    ] {
        created(
            &program,
            "problem",
            value!({"short_description": name, "sys_domain": domain, "correlation_id": "marked"}),
        );
    }
    let asked = |user: &str, method: &str, path: &str, body: &str| {
        let credentials = format!("Basic {}", STANDARD.encode(format!("{user}:{user}")));
        let headers = [
            ("Authorization", credentials.as_str()),
            ("Content-Type", "application/json"),
        ];
        program.exchange(method, path, &headers, body).unwrap()
    };
    let seen = |user: &str, more: &str| -> Vec<String> {
        let path = format!(
            "/api/now/table/problem?sysparm_query=correlation_id=marked%5EORDERBYshort_description{more}"
        );
        let answer = asked(user, "GET", &path, "");
        let rows = json(&answer)["result"].as_array().unwrap().clone();
        assert_eq!(
            answer.header("x-total-count"),
            Some(rows.len().to_string().as_str())
        );
        rows.iter()
            .map(|row| row["short_description"].as_str().unwrap().to_owned())
            .collect()
    };
    let everything = ["for all", "in acme", "in umbrella"];
    assert_eq!(seen("ann", ""), everything);
    set(&program, value!({"domain_separation": true}));
    assert_eq!(seen("ann", ""), ["for all", "in acme"]);
    assert_eq!(seen("bob", ""), ["for all", "in umbrella"]);
    assert_eq!(seen("admin", ""), everything);
    assert_eq!(
        seen("ann", "&sysparm_query_no_domain=true"),
        ["for all", "in acme"]
    );
    assert_eq!(seen("bob", "&sysparm_query_no_domain=true"), everything);
    let stats = "/api/now/stats/problem?sysparm_count=true&sysparm_query=correlation_id=marked";
    assert_eq!(
        json(&asked("ann", "GET", stats, ""))["result"]["stats"]["count"],
        "2"
    );

    let hidden = &listed(
        &program,
        "problem",
        "short_description=in umbrella",
        "sys_id",
    )[0];
    let hidden = format!("/api/now/table/problem/{hidden}");
    assert_eq!(asked("ann", "GET", &hidden, "").status, 404);
    assert_eq!(asked("ann", "PATCH", &hidden, "{}").status, 404);
    assert_eq!(asked("bob", "GET", &hidden, "").status, 200);
    assert_eq!(
        asked(
            "ann",
            "GET",
            &format!("{hidden}?sysparm_query_no_domain=true"),
            ""
        )
        .status,
        404
    );
    let own = asked(
        "ann",
        "POST",
        "/api/now/table/problem?sysparm_exclude_reference_link=true",
        "{}",
    );
    assert_eq!(json(&own)["result"]["sys_domain"], "acme");
}

#[test]
fn a_category_may_name_a_replica_that_lags() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    set(&program, value!({"query_categories": {"reporting": 60}}));
    created(&program, "problem", value!({"correlation_id": "new"}));
    let count = |category: &str| {
        let path = format!(
            "/api/now/table/problem?sysparm_query=correlation_id=new&sysparm_query_category={category}"
        );
        program
            .send("GET", &path, "")
            .header("x-total-count")
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        (count("list"), count("reporting")),
        ("1".into(), "0".into())
    );
    program.control("POST", "/-/clock", r#"{"advance_seconds":61}"#);
    assert_eq!(count("reporting"), "1");
    let counters = json(&program.control("GET", "/-/counters", ""));
    assert_eq!(
        counters["query_categories"],
        value!({"list": 1, "reporting": 2})
    );
}

#[test]
fn a_hierarchy_is_walked_from_a_record_or_from_me() {
    let program = Program::start(&["--user", "admin:admin:admin", "boss:boss:itil"]);
    let boss = &listed(&program, "sys_user", "user_name=boss", "sys_id")[0];
    let middle = created(
        &program,
        "sys_user",
        value!({"user_name": "middle", "manager": boss, "title": "x"}),
    );
    created(
        &program,
        "sys_user",
        value!({"user_name": "worker", "manager": middle, "title": "x"}),
    );
    created(
        &program,
        "sys_user",
        value!({"user_name": "other", "title": "x"}),
    );
    const MANAGERS: &str = "fdd0fa0f93f5d2505bd0bd886cba1015";
    let found = |query: String| listed(&program, "sys_user", &query, "user_name");
    let from =
        |start: &str| format!("title=x^managerIN_HIERARCHY{MANAGERS}@{start}^ORDERBYuser_name");
    assert_eq!(found(from(boss)), ["middle", "worker"]);
    assert_eq!(found(from(&middle)), ["worker"]);
    assert_eq!(found(from(boss).replace('@', "%40")), ["middle", "worker"]);
    // Whoever reports to itself, through others, is met once.
    let fields = value!({"manager": middle}).to_string();
    program.send("PATCH", &format!("/api/now/table/sys_user/{boss}"), &fields);
    assert_eq!(found(from(&middle)), ["middle", "worker"]);
    let headers = [("Authorization", "Basic Ym9zczpib3Nz")];
    let path = format!(
        "/api/now/table/sys_user?sysparm_fields=user_name&sysparm_query=title=x%5EmanagerIN_HIERARCHY_DYNAMIC{MANAGERS}%4090d1921e5f510100a9ad2572f2b477fe%5EORDERBYuser_name"
    );
    let mine = json(&program.exchange("GET", &path, &headers, "").unwrap());
    assert_eq!(
        mine["result"],
        value!([{"user_name": "middle"}, {"user_name": "worker"}])
    );
    // One that is not there means nothing: the term is dropped.
    assert_eq!(
        found("title=x^managerIN_HIERARCHYnope@x".to_owned()).len(),
        3
    );
}

#[test]
fn a_tag_is_had_or_not() {
    let program = Program::start(&[]);
    let label = created(&program, "label", value!({"name": "VIP"}));
    let tagged = created(
        &program,
        "problem",
        value!({"correlation_id": "t", "short_description": "tagged"}),
    );
    created(
        &program,
        "problem",
        value!({"correlation_id": "t", "short_description": "plain"}),
    );
    created(
        &program,
        "problem",
        value!({"correlation_id": "t", "short_description": "listed", "sys_tags": format!("x,{label}")}),
    );
    created(
        &program,
        "label_entry",
        value!({"label": label, "table": "problem", "table_key": tagged}),
    );
    let found = |term: String| {
        let query = format!("correlation_id=t^{term}^ORDERBYshort_description");
        listed(&program, "problem", &query, "short_description")
    };
    assert_eq!(
        found(format!("sys_tags.{label}={label}")),
        ["listed", "tagged"]
    );
    for operator in ["EXCLUDING", "DOESNOTHAVE"] {
        assert_eq!(
            found(format!("sys_tags.{label}{operator}{label}")),
            ["plain"]
        );
    }
}

#[test]
fn conditions_on_a_change_hold_where_something_changes() {
    let program = Program::start(&[]);
    for query in ["stateVALCHANGES", "stateCHANGESFROM1", "stateCHANGESTO1"] {
        assert_eq!(
            listed(&program, "incident", query, "number"),
            [""; 0],
            "{query}"
        );
    }
    let sys_id = created(&program, "incident", value!({"state": "1"}));
    let rule = value!({"kind": "abort", "table": "incident", "name": "No way back",
        "query": "stateCHANGESFROM2^stateCHANGESTO1"});
    program.control("POST", "/-/rules", &rule.to_string());
    let rule = value!({"kind": "set", "table": "incident", "query": "urgencyVALCHANGES",
        "field": "short_description", "value": "urgency changed"});
    program.control("POST", "/-/rules", &rule.to_string());
    let patch = |fields: Value| {
        let path = format!("{INCIDENTS}/{sys_id}");
        program.send("PATCH", &path, &fields.to_string())
    };
    assert_eq!(patch(value!({"state": "2"})).status, 200);
    assert_eq!(patch(value!({"state": "1"})).status, 403);
    assert_eq!(patch(value!({"state": "3"})).status, 200);
    assert_eq!(patch(value!({"state": "1"})).status, 200);
    let same = json(&patch(value!({"urgency": "3", "description": "x"})));
    assert_eq!(same["result"]["short_description"], "");
    let other = json(&patch(value!({"urgency": "2"})));
    assert_eq!(other["result"]["short_description"], "urgency changed");
}

#[test]
fn scripts_and_times_are_read_as_the_instance_is_set() {
    let program = Program::start(&[
        "--clock",
        "2026-02-01 10:00:00",
        "--user",
        "admin:admin:admin",
    ]);
    created(&program, "problem", value!({"correlation_id": "t"}));
    let mine = "correlation_id=t^opened_by=javascript:gs.getUserID()^opened_byISNOTEMPTY";
    let not_mine = "correlation_id=t^opened_by!=javascript:gs.getUserID()";
    let count = |query: &str| listed(&program, "problem", query, "number").len();
    assert_eq!((count(mine), count(not_mine)), (1, 0));
    set(&program, value!({"scripts": "ignore"}));
    assert_eq!((count(mine), count(not_mine)), (1, 1));
    set(&program, value!({"scripts": "refuse"}));
    let path = "/api/now/table/problem?sysparm_query=opened_by=javascript:gs.getUserID()";
    assert_eq!(program.send("GET", path, "").status, 403);
    assert_eq!(count("correlation_id=t"), 1);

    set(&program, value!({"scripts": "evaluate"}));
    let admin = &listed(&program, "sys_user", "user_name=admin", "sys_id")[0];
    let zone = value!({"time_zone": "Europe/Zurich"}).to_string();
    program.send("PATCH", &format!("/api/now/table/sys_user/{admin}"), &zone);
    assert_eq!(count("correlation_id=t^opened_at=2026-02-01 10:00:00"), 1);
    set(&program, value!({"local_times_in_queries": true}));
    assert_eq!(count("correlation_id=t^opened_at=2026-02-01 10:00:00"), 0);
    assert_eq!(
        count("correlation_id=t^opened_atBETWEEN2026-02-01 11:00:00@2026-02-01 11:00:00"),
        1
    );
    assert_eq!(count("correlation_id=t^123TEXTINDEXGROUP321=portal"), 1);
}

#[test]
fn a_query_is_read_alike_in_a_list_and_in_an_aggregate() {
    let program = Program::start(&["--user", "admin:admin:admin"]);
    let rule = value!({"kind": "acl", "table": "incident", "operation": "read",
        "field": "description", "roles": ["nobody"], "admin_overrides": false});
    program.control("POST", "/-/rules", &rule.to_string());
    let outcome = |query: &str| {
        let list = format!("{INCIDENTS}?sysparm_limit=1&sysparm_query={query}");
        let listed = program.send("GET", &list, "");
        let total = listed.header("x-total-count").map(str::to_owned);
        let count = format!("/api/now/stats/incident?sysparm_count=true&sysparm_query={query}");
        let counted = program.send("GET", &count, "");
        let body = json(&counted);
        let counted_total = body["result"]["stats"]["count"].as_str().map(str::to_owned);
        assert_eq!((listed.status, &total), (counted.status, &counted_total));
        (listed.status, total.unwrap_or_default())
    };
    let all = outcome("");
    assert_eq!(outcome("nosuch=1"), all);
    set(&program, value!({"invalid_query": "no_rows"}));
    assert_eq!(outcome("nosuch=1"), (200, "0".to_owned()));
    assert_eq!(outcome("active=true^ORactive=false"), all);
    set(&program, value!({"invalid_query": "forbid"}));
    assert_eq!(outcome("nosuch=1"), (403, String::new()));
    let related =
        |inner: &str| format!("RLQUERYproblem.parent,=0,m2m%5E{inner}%5EENDRLQUERY%5Eactive=true");
    assert_eq!(outcome(&related("nosuch=1")), (403, String::new()));
    assert_eq!(outcome(&related("state=1")).0, 200);
    set(&program, value!({"scripts": "refuse"}));
    for query in [
        "opened_by=javascript:gs.getUserID()",
        &related("opened_by=javascript:gs.getUserID()"),
    ] {
        assert_eq!(outcome(query), (403, String::new()), "{query}");
    }
    assert_eq!(outcome("descriptionLIKEx"), (403, String::new()));
}

#[test]
fn priority_comes_from_impact_and_urgency() {
    let program = Program::start(&[]);
    for (impact, urgency, priority) in [
        ("1", "1", "1"),
        ("1", "2", "2"),
        ("1", "3", "3"),
        ("2", "1", "2"),
        ("2", "2", "3"),
        ("2", "3", "4"),
        ("3", "1", "3"),
        ("3", "2", "4"),
        ("3", "3", "5"),
    ] {
        let fields = value!({"impact": impact, "urgency": urgency}).to_string();
        for table in ["incident", "problem"] {
            let made = json(&program.send("POST", &format!("/api/now/table/{table}"), &fields));
            assert_eq!(
                made["result"]["priority"], priority,
                "{table} {impact} {urgency}"
            );
        }
    }
    let sys_id = created(&program, "incident", value!({}));
    let path = format!("{INCIDENTS}/{sys_id}");
    let patched = |fields: Value| {
        let answer = json(&program.send("PATCH", &path, &fields.to_string()));
        answer["result"]["priority"].as_str().unwrap().to_owned()
    };
    assert_eq!(patched(value!({"urgency": "1"})), "3");
    assert_eq!(patched(value!({"impact": "2"})), "2");
    assert_eq!(patched(value!({"priority": "5"})), "5");
    set(&program, value!({"priority_lookup": false}));
    assert_eq!(patched(value!({"urgency": "3"})), "5");
}

#[test]
fn switches_are_on_in_any_case() {
    let program = Program::start(&[]);
    for on in ["true", "True", "TRUE"] {
        let path = format!("/api/now/stats/incident?sysparm_count={on}");
        let counted = json(&program.send("GET", &path, ""));
        assert_eq!(counted["result"]["stats"]["count"], "75", "{on}");
        let path = format!("/api/now/table/incident?sysparm_limit=1&sysparm_display_value={on}");
        let shown = json(&program.send("GET", &path, ""));
        assert_eq!(shown["result"][0]["approval"], "Not Yet Requested", "{on}");
    }
    let path = "/api/now/table/incident?sysparm_limit=1&sysparm_display_value=yes";
    let stored = json(&program.send("GET", path, ""));
    assert_eq!(stored["result"][0]["approval"], "not requested");
}
