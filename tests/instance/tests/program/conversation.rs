//! Drives the program over a socket, byte by byte: no client library stands between.

use crate::support::{Program, json};

#[test]
fn a_record_is_created_read_changed_and_deleted() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    let created = program.send(
        "POST",
        "/api/now/table/incident",
        r#"{"short_description":"VPN down","caller_id":"admin","nope":"x"}"#,
    );
    assert_eq!(created.status, 201);
    let record = &json(&created)["result"];
    let sys_id = record["sys_id"].as_str().unwrap().to_owned();
    let location = created.header("location").unwrap();
    assert_eq!(
        location,
        format!("{}/api/now/table/incident/{sys_id}", program.url())
    );
    assert_eq!(record["sys_created_on"], "2026-02-01 10:00:00");
    assert_eq!(record["number"], "INC0010001");
    assert_eq!(record["nope"], serde_json::Value::Null);
    assert!(
        record["caller_id"]["link"]
            .as_str()
            .unwrap()
            .starts_with(&format!("{}/api/now/table/sys_user/", program.url()))
    );

    let path = format!("/api/now/table/incident/{sys_id}");
    let changed = program.send(
        "PATCH",
        &format!("{path}?sysparm_fields=state,sys_mod_count&sysparm_display_value=all"),
        r#"{"state":"2"}"#,
    );
    assert_eq!(
        json(&changed)["result"],
        serde_json::json!({"state":{"display_value":"In Progress","value":"2"},"sys_mod_count":{"display_value":"1","value":"1"}})
    );
    let unchanged = program.send(
        "PUT",
        &format!("{path}?sysparm_fields=sys_mod_count"),
        r#"{"state":"2"}"#,
    );
    assert_eq!(json(&unchanged)["result"]["sys_mod_count"], "1");

    assert_eq!(program.send("DELETE", &path, "{}").status, 400);
    let deleted = program.send("DELETE", &path, "");
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    let gone = program.send("GET", &path, "");
    assert_eq!(gone.status, 404);
    assert_eq!(
        json(&gone),
        serde_json::json!({"error":{"message":"No Record found","detail":"Record doesn't exist or ACL restricts the record retrieval"},"status":"failure"})
    );
}

/// Values of records that real instances made of as little.
#[test]
fn a_new_record_begins_as_a_recorded_one() {
    let program = Program::start(&[]);
    for (table, expected) in [
        (
            "incident",
            &[
                ("state", "1"),
                ("incident_state", "1"),
                ("priority", "5"),
                ("category", "inquiry"),
                ("notify", "1"),
                ("child_incidents", "0"),
                ("knowledge", "false"),
                ("made_sla", "true"),
            ][..],
        ),
        (
            "problem",
            &[
                ("state", "101"),
                ("problem_state", "101"),
                ("priority", "5"),
                ("known_error", "false"),
                ("related_incidents", "0"),
            ],
        ),
        (
            "change_request",
            &[
                ("state", "-5"),
                ("type", "normal"),
                ("priority", "4"),
                ("on_hold", "false"),
                ("phase", "requested"),
                ("phase_state", "open"),
                ("conflict_status", "Not Run"),
                ("category", "Other"),
                ("cab_required", "false"),
            ],
        ),
        ("change_task", &[("state", "1"), ("priority", "4")]),
        ("sc_request", &[("state", "1"), ("priority", "4")]),
        (
            "sys_user",
            &[
                ("active", "true"),
                ("vip", "false"),
                ("locked_out", "false"),
                ("notification", "2"),
            ],
        ),
        ("sys_user_group", &[("exclude_manager", "false")]),
    ] {
        let made = program.send("POST", &format!("/api/now/table/{table}"), "{}");
        let record = &json(&made)["result"];
        for (element, value) in expected {
            assert_eq!(record[*element], *value, "{table}.{element}");
        }
    }
}

#[test]
fn a_list_has_the_headers_of_a_recorded_one() {
    let program = Program::start(&[]);
    let list = program.send(
        "GET",
        "/api/now/table/incident?sysparm_limit=5&sysparm_query=ORDERBYsys_id",
        "",
    );
    assert_eq!(list.status, 200);
    assert_eq!(
        list.header("content-type"),
        Some("application/json;charset=UTF-8")
    );
    assert_eq!(list.header("transfer-encoding"), Some("chunked"));
    assert_eq!(list.header("content-length"), None);
    assert_eq!(list.header("x-total-count"), Some("75"));
    assert_eq!(list.header("x-is-logged-in"), Some("true"));
    assert_eq!(list.header("x-transaction-id").map(str::len), Some(12));
    assert_eq!(
        list.headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .count(),
        6
    );
    let link = list.header("link").unwrap();
    assert!(link.contains("sysparm_offset=5>;rel=\"next\","), "{link}");
    assert!(link.ends_with("sysparm_offset=70>;rel=\"last\""), "{link}");
    assert_eq!(json(&list)["result"].as_array().unwrap().len(), 5);

    let suppressed = program.send(
        "GET",
        "/api/now/table/incident?sysparm_limit=5&sysparm_suppress_pagination_header=true",
        "",
    );
    assert_eq!(
        (
            suppressed.header("link"),
            suppressed.header("x-total-count")
        ),
        (None, Some("75"))
    );
    let uncounted = program.send(
        "GET",
        "/api/now/table/incident?sysparm_limit=5&sysparm_no_count=true",
        "",
    );
    assert_eq!(
        (uncounted.header("link"), uncounted.header("x-total-count")),
        (None, None)
    );
}

#[test]
fn a_keyset_walk_meets_every_row_once() {
    let program = Program::start(&["--generate", "incident=250"]);
    let mut seen = Vec::new();
    let mut query = "ORDERBYsys_id".to_owned();
    loop {
        let page = program.send(
            "GET",
            &format!(
                "/api/now/table/task?sysparm_limit=70&sysparm_fields=sys_id&sysparm_query={query}"
            ),
            "",
        );
        let ids: Vec<String> = json(&page)["result"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["sys_id"].as_str().unwrap().to_owned())
            .collect();
        let Some(last) = ids.last() else { break };
        query = format!("sys_id%3E{last}%5EORDERBYsys_id");
        seen.extend(ids);
    }
    assert_eq!(seen.len(), 250);
    assert!(seen.is_sorted());
}

#[test]
fn what_is_wrong_is_said_as_an_instance_says_it() {
    let program = Program::start(&[]);
    for (method, path, body, status, message) in [
        ("GET", "/api/now/table/nope", "", 400, "Invalid table nope"),
        ("GET", "/api/now/table/%00", "", 400, "Invalid table \0"),
        (
            "GET",
            "/api/now/nope",
            "",
            400,
            "Requested URI does not represent any resource",
        ),
        (
            "GET",
            "/api/now/v1/table/incident?number=nope",
            "",
            404,
            "No Record found",
        ),
        (
            "PATCH",
            "/api/now/table/incident/00000000000000000000000000000000",
            "{}",
            404,
            "No Record found",
        ),
        (
            "POST",
            "/api/now/table/incident",
            "{",
            400,
            "Exception while reading request",
        ),
        (
            "POST",
            "/api/now/table/incident/1",
            "{}",
            405,
            "Method not supported",
        ),
    ] {
        let answer = program.send(method, path, body);
        assert_eq!(
            (answer.status, json(&answer)["error"]["message"].as_str()),
            (status, Some(message)),
            "{method} {path}"
        );
        assert_eq!(json(&answer)["status"], "failure");
    }
    assert_eq!(
        program
            .send("GET", "/api/now/v2/table/incident?number=nope", "")
            .status,
        200
    );
    let long = format!(
        "/api/now/table/incident?sysparm_query={}",
        "x".repeat(8_200)
    );
    assert_eq!(program.send("GET", &long, "").status, 400);
    let unknown = program.send_as(None, "GET", "/api/now/table/incident", "");
    assert_eq!(
        (unknown.status, unknown.header("www-authenticate")),
        (401, Some("Basic realm=\"Service-now\""))
    );
    assert_eq!(unknown.header("x-is-logged-in"), None);
}

#[test]
fn a_token_is_granted_refreshed_and_ends() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    let form = |body: &str| program.send_form("/oauth_token.do", body);
    let client = "client_id=snow-client&client_secret=snow-secret";
    let granted = form(&format!(
        "grant_type=password&{client}&username=admin&password=admin"
    ));
    assert_eq!(granted.status, 200);
    let text = String::from_utf8(granted.body.clone()).unwrap();
    let order: Vec<_> = [
        "access_token",
        "refresh_token",
        "scope",
        "token_type",
        "expires_in",
    ]
    .iter()
    .map(|name| text.find(name).unwrap())
    .collect();
    assert!(order.is_sorted(), "{text}");
    assert_eq!(json(&granted)["expires_in"], 1_799);
    let bearer = format!(
        "Bearer {}",
        json(&granted)["access_token"].as_str().unwrap()
    );
    let read = || {
        program
            .send_as(
                Some(&bearer),
                "GET",
                "/api/now/table/incident?sysparm_limit=1",
                "",
            )
            .status
    };
    assert_eq!(read(), 200);
    program.control("POST", "/-/clock", r#"{"advance_seconds":1800}"#);
    assert_eq!(read(), 401);
    let refresh_token = json(&granted)["refresh_token"].as_str().unwrap().to_owned();
    let refreshed = form(&format!(
        "grant_type=refresh_token&{client}&refresh_token={refresh_token}"
    ));
    assert_eq!(json(&refreshed)["refresh_token"], refresh_token.as_str());
    for wrong in [
        format!("grant_type=password&{client}&username=admin&password=wrong"),
        "grant_type=password&client_id=snow-client&client_secret=wrong&username=admin&password=admin".to_owned(),
        format!("grant_type=nope&{client}"),
        String::new(),
    ] {
        let refused = form(&wrong);
        assert_eq!(refused.status, 401);
        assert_eq!(refused.body, br#"{"error":"server_error","error_description":"access_denied"}"#);
    }
}

#[test]
fn a_user_sees_and_writes_dates_in_its_own_way() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    let me = json(&program.send("GET", "/api/now/table/sys_user?user_name=admin", ""))["result"][0]
        ["sys_id"]
        .as_str()
        .unwrap()
        .to_owned();
    program.send(
        "PATCH",
        &format!("/api/now/table/sys_user/{me}"),
        r#"{"time_zone":"America/New_York","date_format":"MM-dd-yyyy"}"#,
    );
    let created = program.send(
        "POST",
        "/api/now/table/incident?sysparm_input_display_value=true&sysparm_display_value=all&sysparm_fields=opened_at,state,caller_id",
        r#"{"opened_at":"01-31-2026 21:00:00","state":"In Progress","caller_id":"admin"}"#,
    );
    let record = &json(&created)["result"];
    assert_eq!(
        record["opened_at"],
        serde_json::json!({"display_value":"01-31-2026 21:00:00","value":"2026-02-01 02:00:00"})
    );
    assert_eq!(
        (&record["state"]["value"], &record["caller_id"]["value"]),
        (&"2".into(), &me.as_str().into())
    );
}

#[test]
fn a_method_may_be_overridden_and_a_body_left_out() {
    let program = Program::start(&[]);
    let headers = [
        ("Authorization", "Basic YWRtaW46YWRtaW4="),
        ("Content-Type", "application/json"),
        ("X-no-response-body", "true"),
    ];
    let created = program
        .exchange("POST", "/api/now/table/incident", &headers, "{}")
        .unwrap();
    assert_eq!((created.status, created.body.len()), (201, 0));
    let path = created
        .header("location")
        .unwrap()
        .replace(program.url(), "");
    let overridden = [headers[0], headers[1], ("X-HTTP-Method-Override", "PATCH")];
    let changed = program
        .exchange("POST", &path, &overridden, r#"{"urgency":"1"}"#)
        .unwrap();
    assert_eq!(
        (changed.status, &json(&changed)["result"]["urgency"]),
        (200, &"1".into())
    );
    let head = program.exchange("HEAD", &path, &headers[..1], "").unwrap();
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn stamps_and_amounts_are_taken_as_they_are_sent() {
    let program = Program::start(&[]);
    let stamped = r#"{"sys_created_by":"migration","sys_created_on":"2001-02-03 04:05:06","price":"USD;12.5"}"#;
    let made = program.send(
        "POST",
        "/api/now/table/sc_request?sysparm_suppress_auto_sys_field=true",
        stamped,
    );
    let record = &json(&made)["result"];
    assert_eq!(record["sys_created_by"], "migration");
    assert_eq!(record["sys_created_on"], "2001-02-03 04:05:06");
    assert_eq!(record["price"], "12.5000");
    let path = format!(
        "/api/now/table/sc_request/{}",
        record["sys_id"].as_str().expect("an id")
    );
    let shown = program.send("GET", &format!("{path}?sysparm_display_value=true"), "");
    assert_eq!(json(&shown)["result"]["price"], "$12.50");
    let changed = program.send("PATCH", &path, r#"{"sys_created_by":"else","price":"7"}"#);
    let record = &json(&changed)["result"];
    assert_eq!(record["sys_created_by"], "migration");
    assert_eq!(record["sys_updated_by"], "admin");
}

#[test]
fn a_value_that_is_none_of_its_column_is_not_taken() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    let created = program.send("POST", "/api/now/table/incident", "{}");
    let sys_id = json(&created)["result"]["sys_id"].clone();
    let path = format!(
        "/api/now/table/incident/{}",
        sys_id.as_str().expect("an id")
    );
    let stored = |field: &str, sent: serde_json::Value| {
        let body = serde_json::json!({ field: sent }).to_string();
        let answer = program.send("PATCH", &path, &body);
        assert_eq!(answer.status, 200);
        json(&answer)["result"][field].clone()
    };
    for (field, sent, expected) in [
        ("reassignment_count", serde_json::json!(5), "5"),
        ("reassignment_count", "6".into(), "6"),
        ("reassignment_count", 7.0.into(), "7"),
        ("reassignment_count", "abc".into(), "7"),
        ("reassignment_count", 7.5.into(), "7"),
        ("reassignment_count", "".into(), ""),
        ("active", "False".into(), "false"),
        ("active", true.into(), "true"),
        ("active", "0".into(), "false"),
        ("active", "maybe".into(), "false"),
        (
            "due_date",
            "2026-02-03 04:05:06".into(),
            "2026-02-03 04:05:06",
        ),
        (
            "due_date",
            "2026-02-03T08:00:00".into(),
            "2026-02-03 08:00:00",
        ),
        ("due_date", "2026-02-04".into(), "2026-02-04 00:00:00"),
        ("due_date", "soon".into(), "2026-02-04 00:00:00"),
        (
            "due_date",
            "2026-02-30 00:00:00".into(),
            "2026-02-04 00:00:00",
        ),
        (
            "business_duration",
            "1970-01-01 00:02:17".into(),
            "1970-01-01 00:02:17",
        ),
        ("business_duration", "long".into(), "1970-01-01 00:02:17"),
    ] {
        assert_eq!(stored(field, sent.clone()), expected, "{field} {sent}");
    }
    let users = program.send("GET", "/api/now/table/sys_user?user_name=admin", "");
    let names = program.send(
        "PATCH",
        &format!("{path}?sysparm_input_display_value=true"),
        r#"{"watch_list":"nobody, admin"}"#,
    );
    assert_eq!(
        json(&names)["result"]["watch_list"],
        json(&users)["result"][0]["sys_id"]
    );
}

#[test]
fn a_write_answers_with_the_record_as_it_left_it() {
    let program = Program::start(&[]);
    let created = program.send("POST", "/api/now/table/incident", "{}");
    let sys_id = json(&created)["result"]["sys_id"].clone();
    let path = format!(
        "/api/now/table/incident/{}?sysparm_fields=description,sys_mod_count",
        sys_id.as_str().expect("an id")
    );
    let writer = |name: usize| {
        let mut counts = Vec::new();
        for turn in 0..100 {
            let said = format!("{name} {turn}");
            let body = serde_json::json!({ "description": said }).to_string();
            let written = json(&program.send("PATCH", &path, &body));
            assert_eq!(written["result"]["description"], said);
            counts.push(written["result"]["sys_mod_count"].to_string());
        }
        counts
    };
    let mut counts: Vec<String> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|name| scope.spawn(move || writer(name)))
            .collect();
        let counts = writers.into_iter().map(|writer| writer.join());
        counts
            .flat_map(|counts| counts.expect("a writer"))
            .collect()
    });
    counts.sort();
    counts.dedup();
    assert_eq!(counts.len(), 800, "each write counts once");
}
