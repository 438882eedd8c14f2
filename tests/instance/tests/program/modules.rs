//! The APIs of modules: import sets, changes, CMDB, catalog, events, schema, limits.

use serde_json::{Value, json as value};

use crate::support::{Program, json};

fn result(program: &Program, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let answer = program.send(method, path, &body);
    (
        answer.status,
        if answer.body.is_empty() {
            Value::Null
        } else {
            json(&answer)["result"].clone()
        },
    )
}

#[test]
fn an_import_inserts_updates_and_ignores() {
    let program = Program::start(&[]);
    let import =
        |row: Value| json(&program.send("POST", "/api/now/import/imp_user", &row.to_string()));
    let person = value!({"first_name":"John","last_name":"Public","email":"j@x.y"});
    let first = import(person.clone());
    assert_eq!(
        (&first["staging_table"], &first["result"][0]["status"]),
        (&value!("imp_user"), &value!("inserted"))
    );
    assert_eq!(first["result"][0]["display_value"], "John Public");
    let sys_id = first["result"][0]["sys_id"].as_str().unwrap();
    assert_eq!(
        first["result"][0]["record_link"],
        format!("{}/api/now/table/sys_user/{sys_id}", program.url())
    );
    assert_eq!(import(person)["result"][0]["status"], "ignored");
    assert_eq!(
        import(value!({"email":"j@x.y","title":"Chief"}))["result"][0]["status"],
        "updated"
    );
    assert_eq!(
        import(value!({"email":"J@X.Y","title":"Boss"}))["result"][0]["sys_id"],
        sys_id,
        "in any case"
    );
    program.control(
        "POST",
        "/-/rules",
        r#"{"kind":"data_policy","table":"sys_user","mandatory":["last_name"]}"#,
    );
    let refused = import(value!({"email":"new@x.y"}));
    assert_eq!(
        (
            &refused["result"][0]["status"],
            &refused["result"][0]["error_message"]
        ),
        (
            &value!("error"),
            &value!("Data Policy Exception: Last name is mandatory")
        )
    );
    let many = program.send(
        "POST",
        "/api/now/import/imp_user/insertMultiple",
        r#"{"records":[{"email":"a@x.y","last_name":"A"}]}"#,
    );
    let set = json(&many)["import_set_id"].as_str().unwrap().to_owned();
    assert_eq!(
        result(
            &program,
            "GET",
            &format!("/api/now/table/sys_import_set/{set}?sysparm_fields=state"),
            &Value::Null
        )
        .1["state"],
        "processed"
    );
    assert_eq!(
        program.send("POST", "/api/now/import/nope", "{}").status,
        400
    );
}

#[test]
fn a_change_has_objects_with_typed_values() {
    let program = Program::start(&[]);
    let (status, change) = result(
        &program,
        "POST",
        "/api/sn_chg_rest/change/emergency?short_description=x",
        &value!({"no_such_field":1}),
    );
    assert_eq!(
        (status, &change["type"]["value"], &change["state"]["value"]),
        (200, &value!("emergency"), &value!(-5))
    );
    assert_eq!(
        (
            &change["short_description"]["value"],
            &change["on_hold"]["value"]
        ),
        (&value!("x"), &value!(false))
    );
    assert_eq!(change["__meta"]["ignoredFields"], value!(["no_such_field"]));
    let id = change["sys_id"]["value"].as_str().unwrap();
    let path = format!("/api/sn_chg_rest/v1/change/{id}");
    assert_eq!(
        result(&program, "PATCH", &path, &value!({"state":"-4"})).1["state"]["display_value"],
        "Assess"
    );
    let users = "/api/now/table/sys_user";
    let admin = result(
        &program,
        "GET",
        &format!("{users}?user_name=admin"),
        &Value::Null,
    )
    .1;
    let admin = format!("{users}/{}", admin[0]["sys_id"].as_str().unwrap());
    let sees = value!({"time_zone": "America/New_York", "date_format": "MM/dd/yyyy"});
    result(&program, "PATCH", &admin, &sees);
    let planned = value!({"start_date": "2026-02-01 02:00:00"});
    assert_eq!(
        result(&program, "PATCH", &path, &planned).1["start_date"],
        value!({
            "value": "2026-02-01 02:00:00",
            "display_value": "01/31/2026 21:00:00",
            "display_value_internal": "2026-01-31 21:00:00",
        })
    );
    assert_eq!(
        result(&program, "POST", &format!("{path}/task"), &value!({})).1["change_request"]["value"],
        id
    );
    assert_eq!(
        result(&program, "GET", &format!("{path}/task"), &Value::Null)
            .1
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(
        result(&program, "DELETE", &path, &Value::Null).1["sys_id"]["value"],
        id
    );
    assert_eq!(result(&program, "GET", &path, &Value::Null).0, 404);
}

#[test]
fn a_configuration_item_has_attributes_and_relations() {
    let program = Program::start(&[]);
    let path = "/api/now/cmdb/instance/cmdb_ci_linux_server";
    assert_eq!(
        result(
            &program,
            "POST",
            path,
            &value!({"attributes":{"name":"lnx1"},"source":"nobody"})
        )
        .0,
        400
    );
    let make = |name: &str| {
        result(
            &program,
            "POST",
            path,
            &value!({"attributes":{"name":name,"install_status":"2"},"source":"ServiceNow"}),
        )
        .1
    };
    let (first, second) = (make("lnx1"), make("lnx2"));
    assert_eq!(first["attributes"]["install_status"], "2");
    let id = |item: &Value| item["attributes"]["sys_id"].as_str().unwrap().to_owned();
    let kind = result(
        &program,
        "GET",
        "/api/now/table/cmdb_rel_type?sysparm_limit=1",
        &Value::Null,
    )
    .1[0]["sys_id"]
        .clone();
    let related = result(
        &program,
        "POST",
        &format!("{path}/{}/relation", id(&first)),
        &value!({"outbound_relations":[{"type":kind,"target":id(&second)}],"source":"ServiceNow"}),
    )
    .1;
    assert_eq!(
        related["outbound_relations"][0]["target"]["display_value"],
        "lnx2"
    );
    let seen = result(
        &program,
        "GET",
        &format!("{path}/{}", id(&second)),
        &Value::Null,
    )
    .1;
    let relation = seen["inbound_relations"][0]["sys_id"].as_str().unwrap();
    assert_eq!(
        result(
            &program,
            "DELETE",
            &format!("{path}/{}/relation/{relation}", id(&second)),
            &Value::Null
        )
        .0,
        204
    );
    let meta = result(
        &program,
        "GET",
        "/api/now/cmdb/meta/cmdb_ci_server",
        &Value::Null,
    )
    .1;
    assert_eq!(
        (
            &meta["parent"],
            &meta["is_extendable"],
            &meta["attributes"][0]["is_mandatory"]
        ),
        (&value!("cmdb_ci_computer"), &value!(true), &value!("false"))
    );
}

#[test]
fn relations_have_the_types_that_are_everywhere() {
    for arguments in [&[][..], &["--generate", "cmdb_ci_server=1"]] {
        let program = Program::start(arguments);
        let path = "/api/now/table/cmdb_rel_type?sysparm_query=nameLIKEUsed";
        let found = result(&program, "GET", path, &Value::Null).1;
        assert_eq!(found.as_array().map(Vec::len), Some(1));
        assert_eq!(found[0]["sys_id"], "1a9cb166f1571100a92eb60da2bce5c5");
        assert_eq!(found[0]["name"], "Depends on::Used by");
    }
}

#[test]
fn a_list_of_items_without_a_limit_ends_at_ten_thousand() {
    let program = Program::start(&["--generate", "cmdb_ci_linux_server=10001"]);
    let path = "/api/now/cmdb/instance/cmdb_ci_linux_server";
    let found = |query: &str| {
        let path = format!("{path}{query}");
        let rows = result(&program, "GET", &path, &Value::Null).1;
        rows.as_array().map_or(0, Vec::len)
    };
    assert_eq!(found(""), 10_000);
    assert_eq!(found("?sysparm_limit=20000"), 10_001);
}

#[test]
fn reconciliation_says_what_it_did_with_each_item() {
    let program = Program::start(&[]);
    let payload = value!({
        "items": [
            {"className":"cmdb_ci_linux_server","values":{"name":"lnux101"}},
            {"className":"cmdb_ci_linux_server","values":{"name":"lnux102"}},
            {"className":"cmdb_ci_linux_server","values":{}},
            {"className":"incident","values":{"name":"x"}},
        ],
        "relations": [{"parent":0,"child":1,"type":"Runs on::Runs"},{"parent":0,"child":2,"type":"Runs on::Runs"}],
    });
    let run = |path: &str| result(&program, "POST", path, &payload).1;
    let outcome = |answer: &Value| -> Vec<String> {
        let items = answer["items"]
            .as_array()
            .into_iter()
            .chain(answer["relations"].as_array())
            .flatten();
        items
            .map(|item| {
                format!(
                    "{} {}",
                    item["operation"].as_str().unwrap(),
                    item["errors"][0]["error"].as_str().unwrap_or("-")
                )
            })
            .collect()
    };
    let wrong = [
        "NO_CHANGE MISSING_MATCHING_ATTRIBUTES",
        "NO_CHANGE INVALID_INPUT_DATA",
    ];
    assert_eq!(
        outcome(&run("/api/now/identifyreconcile/query"))[..2],
        ["INSERT -", "INSERT -"]
    );
    let first = run("/api/now/identifyreconcile?sysparm_data_source=ServiceNow");
    assert_eq!(
        outcome(&first),
        [
            "INSERT -",
            "INSERT -",
            wrong[0],
            wrong[1],
            "INSERT -",
            "NO_CHANGE INVALID_INPUT_DATA"
        ]
    );
    assert_eq!(first["items"][2]["sysId"], "Unknown");
    assert_eq!(
        outcome(&run("/api/now/identifyreconcile"))[0],
        "NO_CHANGE -"
    );
    let wrong_option = program.send(
        "POST",
        "/api/now/identifyreconcile/enhanced?options=partial",
        "{}",
    );
    assert_eq!(
        (wrong_option.status, &json(&wrong_option)["error"]["detail"]),
        (500, &value!("Chunk [partial] is not a valid entry"))
    );
}

#[test]
fn a_task_of_a_problem_is_asked_to_be_approved() {
    let program = Program::start(&[]);
    let made = |table: &str, fields: Value| {
        let path = format!("/api/now/table/{table}?sysparm_exclude_reference_link=true");
        let (status, record) = result(&program, "POST", &path, &fields);
        assert_eq!(status, 201, "{record}");
        record
    };
    let problem = made("problem", value!({"short_description":"slow"}));
    let task = made("problem_task", value!({"problem":problem["sys_id"]}));
    assert!(task["number"].as_str().unwrap().starts_with("PTASK"));
    assert_eq!(
        (&task["state"], &task["problem"]),
        (&value!("151"), &problem["sys_id"])
    );
    made(
        "sysapproval_approver",
        value!({"sysapproval":task["sys_id"],"state":"requested"}),
    );
    let path = "/api/now/table/sysapproval_approver?sysparm_fields=sysapproval.number,state&sysparm_display_value=true";
    let (_, waiting) = result(&program, "GET", path, &Value::Null);
    assert_eq!(
        waiting,
        value!([{"sysapproval.number":task["number"],"state":"Requested"}])
    );
}

#[test]
fn an_item_is_ordered_at_once_or_through_the_cart() {
    let program = Program::start(&[]);
    let items = result(
        &program,
        "GET",
        "/api/sn_sc/servicecatalog/items",
        &Value::Null,
    )
    .1;
    let item = items[0]["sys_id"].as_str().unwrap();
    let base = format!("/api/sn_sc/v1/servicecatalog/items/{item}");
    assert_eq!(
        result(
            &program,
            "POST",
            &format!("{base}/order_now"),
            &value!({"sysparm_quantity":"none"})
        )
        .0,
        400
    );
    let ordered = result(
        &program,
        "POST",
        &format!("{base}/order_now"),
        &value!({"sysparm_quantity":1}),
    )
    .1;
    assert!(
        ordered["request_number"]
            .as_str()
            .unwrap()
            .starts_with("REQ")
    );
    let cart = "/api/sn_sc/servicecatalog/cart";
    assert_eq!(
        result(&program, "GET", cart, &Value::Null).1["subtotal_price"],
        "$0.00"
    );
    assert_eq!(
        result(
            &program,
            "POST",
            &format!("{base}/add_to_cart"),
            &value!({"sysparm_quantity":"2"})
        )
        .1["items"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let submitted = result(
        &program,
        "POST",
        "/api/sn_sc/servicecatalog/cart/submit_order",
        &Value::Null,
    )
    .1;
    let request = submitted["request_id"].as_str().unwrap();
    let lines = result(
        &program,
        "GET",
        &format!("/api/now/table/sc_req_item?request={request}"),
        &Value::Null,
    )
    .1;
    assert_eq!(lines[0]["quantity"], "2");
}

/// Clients give up a header of more than 64 KiB.
#[test]
fn a_url_that_cannot_be_sent_is_in_no_link() {
    let program = Program::start(&[]);
    let long = format!(
        "/api/now/table/incident?sysparm_limit=1&sysparm_query=active!=x^sys_id!={}",
        "0".repeat(20_000)
    );
    let body = value!({"url": format!("{}{long}", program.url())});
    let (_, short) = result(&program, "POST", "/api/now/tinyurl", &body);
    let tiny = short.as_str().unwrap().split('?').nth(1).unwrap();
    let by_tiny = program.send("GET", &format!("/api/now/table/incident?{tiny}"), "");
    assert_eq!(by_tiny.header("x-total-count"), Some("75"));
    assert_eq!(by_tiny.header("link"), None);
    let batch = value!({"batch_request_id": "1", "rest_requests": [{"id": "1", "method": "GET", "url": long}]});
    let batch = json(&program.send("POST", "/api/now/v1/batch", &batch.to_string()));
    let headers = batch["serviced_requests"][0]["headers"].to_string();
    assert!(headers.contains("X-Total-Count") && !headers.contains("Link"));
}

#[test]
fn events_schema_and_short_urls_are_there() {
    let program = Program::start(&[]);
    let event =
        value!({"records":[{"source":"SCOM","node":"srv1","severity":"1","description":"x"}]});
    assert_eq!(
        program
            .send("POST", "/api/global/em/jsonv2", &event.to_string())
            .status,
        200
    );
    assert_eq!(
        program
            .send("GET", "/api/now/table/em_event?source=SCOM", "")
            .header("x-total-count"),
        Some("1")
    );
    let tables = result(&program, "GET", "/api/now/doc/table/schema", &Value::Null).1;
    assert!(
        tables
            .as_array()
            .unwrap()
            .iter()
            .any(|table| table["value"] == "incident")
    );
    let meta = result(&program, "GET", "/api/now/ui/meta/incident", &Value::Null).1;
    assert_eq!(meta["columns"]["caller_id"]["reference"], "sys_user");
    let short = result(
        &program,
        "POST",
        "/api/now/tinyurl",
        &value!({"url":"/api/now/table/incident?sysparm_limit=2&sysparm_fields=number"}),
    )
    .1;
    let tiny = short
        .as_str()
        .unwrap()
        .split("sysparm_tiny=")
        .nth(1)
        .unwrap();
    assert_eq!(
        result(
            &program,
            "GET",
            &format!("/api/now/table/incident?sysparm_tiny={tiny}"),
            &Value::Null
        )
        .1
        .as_array()
        .map(Vec::len),
        Some(2)
    );
    let echo = result(
        &program,
        "PUT",
        "/api/x_snow/echo/a/b?c=d",
        &value!({"e":1}),
    )
    .1;
    assert_eq!(
        (&echo["path"], &echo["body"]),
        (&value!(["a", "b"]), &value!(r#"{"e":1}"#))
    );
}

#[test]
fn limits_are_announced_and_kept() {
    let program = Program::start(&["--clock", "2026-02-01 10:59:00"]);
    program.control(
        "POST",
        "/-/rate-rules",
        r#"{"path":"/api/now/table","per_hour":1}"#,
    );
    let get = || program.send("GET", "/api/now/table/problem", "");
    assert_eq!(
        (
            get().status,
            program
                .send("GET", "/api/now/stats/problem", "")
                .header("x-ratelimit-limit")
        ),
        (200, None)
    );
    let limited = get();
    assert_eq!(
        (
            limited.status,
            limited.header("retry-after"),
            limited.header("x-ratelimit-limit")
        ),
        (429, Some("60"), Some("1"))
    );
    program.control("POST", "/-/clock", r#"{"advance_seconds":60}"#);
    assert_eq!(get().status, 200);
}

#[test]
fn what_waits_too_long_in_a_queue_is_refused() {
    let program = Program::start(&[]);
    program.control(
        "PATCH",
        "/-/settings",
        r#"{"api_permits":1,"api_queue":1,"session_queue":1,"page_latency_ms":300}"#,
    );
    let statuses = |cookies: &[(&str, &str)]| {
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let requests: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let headers: Vec<_> = [("Authorization", "Basic YWRtaW46YWRtaW4=")]
                            .iter()
                            .chain(cookies)
                            .copied()
                            .collect();
                        program
                            .exchange("GET", "/api/now/table/problem", &headers, "")
                            .unwrap()
                            .status
                    })
                })
                .collect();
            requests
                .into_iter()
                .map(|request| request.join().unwrap())
                .collect()
        });
        statuses.sort_unstable();
        statuses
    };
    assert_eq!(statuses(&[]), [200, 200, 429, 429]);
    program.control("PATCH", "/-/settings", r#"{"api_permits":0}"#);
    assert_eq!(
        statuses(&[("Cookie", "JSESSIONID=ABC")]),
        [200, 200, 202, 202]
    );
}
