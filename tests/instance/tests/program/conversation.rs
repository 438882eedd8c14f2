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
fn faults_strike_as_ordered() {
    let program = Program::start(&[]);
    let path = "/api/now/table/incident?sysparm_limit=3";
    for (fault, status) in [
        (r#"{"kind":"hibernating"}"#, 200),
        (r#"{"kind":"not_executed"}"#, 202),
        (r#"{"kind":"cancelled"}"#, 500),
        (r#"{"kind":"gateway","status":503}"#, 503),
        (r#"{"kind":"unauthorized"}"#, 401),
        (
            r#"{"kind":"redirect","status":302,"location":"/login.do"}"#,
            302,
        ),
    ] {
        program.control(
            "POST",
            "/-/faults",
            &format!(r#"{{"path":"/api/now/table","fault":{fault}}}"#),
        );
        assert_eq!(program.send("GET", path, "").status, status, "{fault}");
        assert_eq!(program.send("GET", path, "").status, 200, "spent: {fault}");
    }
    program.control(
        "POST",
        "/-/faults",
        r#"{"fault":{"kind":"rate_limited","retry_after":"120"}}"#,
    );
    let limited = program.send("GET", path, "");
    assert_eq!(
        (limited.status, limited.header("retry-after")),
        (429, Some("120"))
    );
    program.control("POST", "/-/faults", r#"{"fault":{"kind":"answer","status":418,"headers":[["X-A","b"]],"body":"tea","chunked":false}}"#);
    let verbatim = program.send("GET", path, "");
    assert_eq!(
        (
            verbatim.status,
            verbatim.header("x-a"),
            verbatim.header("content-length")
        ),
        (418, Some("b"), Some("3"))
    );
    assert_eq!(verbatim.header("server"), None);
}

#[test]
fn a_connection_can_end_in_every_bad_way() {
    let program = Program::start(&[]);
    let count = |program: &Program| {
        program
            .send("GET", "/api/now/table/incident?sysparm_limit=1", "")
            .header("x-total-count")
            .unwrap()
            .to_owned()
    };
    let before = count(&program);
    let order = |fault: &str| {
        program.control(
            "POST",
            "/-/faults",
            &format!(r#"{{"method":"POST","fault":{fault}}}"#),
        )
    };
    order(r#"{"kind":"reset_before"}"#);
    assert!(
        program
            .try_send("POST", "/api/now/table/incident", "{}")
            .is_err()
    );
    assert_eq!(count(&program), before);
    order(r#"{"kind":"reset_after"}"#);
    assert!(
        program
            .try_send("POST", "/api/now/table/incident", "{}")
            .is_err()
    );
    assert_eq!(count(&program), "76");
    order(r#"{"kind":"commit_then_cancelled"}"#);
    assert_eq!(
        program.send("POST", "/api/now/table/incident", "{}").status,
        500
    );
    assert_eq!(count(&program), "77");
    program.control("POST", "/-/faults", r#"{"fault":{"kind":"cut","at":100}}"#);
    let cut = program
        .try_send("GET", "/api/now/table/incident", "")
        .unwrap();
    assert_eq!((cut.body.len(), cut.complete), (100, false));
    program.control(
        "POST",
        "/-/faults",
        r#"{"fault":{"kind":"drip","bytes":500,"interval_ms":1}}"#,
    );
    let dripped = program.send("GET", "/api/now/table/incident?sysparm_limit=2", "");
    assert!(dripped.complete && json(&dripped)["result"].is_array());
}

#[test]
fn the_journal_tells_what_was_sent() {
    let program = Program::start(&[]);
    program.send(
        "POST",
        "/api/now/table/incident?sysparm_fields=number",
        r#"{"urgency":"1"}"#,
    );
    program.send("GET", "/api/now/table/problem", "");
    let journal = program.control("GET", "/-/requests?path=/api/now/table/incident", "");
    let entries = json(&journal);
    let [entry] = &entries.as_array().unwrap()[..] else {
        panic!("{entries}")
    };
    assert_eq!(
        entry["target"],
        "/api/now/table/incident?sysparm_fields=number"
    );
    assert_eq!(
        (&entry["method"], &entry["status"], &entry["body"]),
        (&"POST".into(), &201.into(), &r#"{"urgency":"1"}"#.into())
    );
    program.control("DELETE", "/-/requests", "");
    assert_eq!(
        json(&program.control("GET", "/-/requests", "")),
        serde_json::json!([])
    );
    let counters = json(&program.control("GET", "/-/counters", ""));
    assert_eq!(counters["requests"]["table"], 2);
}

#[test]
fn an_idle_connection_is_closed() {
    let program = Program::start(&[]);
    program.control("PATCH", "/-/settings", r#"{"keep_alive_ms":60}"#);
    assert!(program.is_closed_after(std::time::Duration::from_millis(600)));
}

#[test]
fn the_program_ends_with_its_input() {
    let mut program = Program::start(&["--exit-with-stdin"]);
    assert!(program.ends_when_input_is_closed());
}

#[test]
fn the_page_for_people_shows_what_is_going_on() {
    let program = Program::start(&[]);
    program.send("GET", "/api/now/table/incident?sysparm_query=it's", "");
    program.control(
        "POST",
        "/-/faults",
        r#"{"path":"/api/never","fault":{"kind":"outage"}}"#,
    );
    let page = String::from_utf8(program.send_as(None, "GET", "/", "").body).unwrap();
    for part in [
        "<td>incident</td><td>Incident</td><td>task</td>",
        "sysparm_query=it&#39;s",
        "<td>admin</td>",
        "outage",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("<script"));
}

#[test]
fn the_access_log_and_the_saved_state_are_json_lines() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("access.ndjson");
    let program = Program::start(&["--access-log", log.to_str().unwrap()]);
    program.control(
        "POST",
        "/-/faults",
        r#"{"path":"/api","fault":{"kind":"reset_before"}}"#,
    );
    assert!(
        program
            .try_send("GET", "/api/now/table/problem", "")
            .is_err()
    );
    program.send("GET", "/api/now/table/problem?sysparm_limit=1", "");
    let lines: Vec<serde_json::Value> = std::fs::read_to_string(&log)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["status"], &lines[0]["fault"]),
        (&serde_json::Value::Null, &true.into())
    );
    assert_eq!(
        (&lines[1]["status"], &lines[1]["target"]),
        (
            &200.into(),
            &"/api/now/table/problem?sysparm_limit=1".into()
        )
    );
    let saved = directory.path().join("state");
    program.control(
        "POST",
        "/-/save",
        &serde_json::json!({ "directory": saved }).to_string(),
    );
    let again = Program::start(&["--data", saved.to_str().unwrap()]);
    let ids = |program: &Program| {
        json(&program.send(
            "GET",
            "/api/now/table/task?sysparm_fields=sys_id,caller_id,number",
            "",
        ))["result"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(ids(&program), ids(&again));
}

#[test]
fn nonsense_on_the_socket_harms_nobody() {
    let program = Program::start(&[]);
    for nonsense in [
        "\0\u{1}\u{2}garbage\r\n\r\n",
        "GET",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}",
    ] {
        program.shout(nonsense);
    }
    let path = "/api/now/table/incident";
    for (headers, body, status) in [
        (vec![("Authorization", "Basic !!!")], "", 401),
        (vec![("Authorization", "Nonsense")], "", 401),
        (vec![("Authorization", "Bearer x")], "", 401),
    ] {
        assert_eq!(
            program
                .exchange("GET", path, &headers, body)
                .unwrap()
                .status,
            status,
            "{headers:?}"
        );
    }
    let admin = ("Authorization", "Basic YWRtaW46YWRtaW4=");
    let post = |content_type: &str, body: &str| {
        program
            .exchange("POST", path, &[admin, ("Content-Type", content_type)], body)
            .unwrap()
            .status
    };
    assert_eq!(post("text/plain", "{}"), 415);
    assert_eq!(post("application/json", "[]"), 400);
    assert_eq!(post("application/json", "\"x\""), 400);
    assert_eq!(post("application/json", &"[".repeat(100_000)), 400);
    assert_eq!(
        post(
            "application/json",
            &format!("{{\"description\":\"{}\"}}", "x".repeat(9 << 20))
        ),
        201
    );
    assert_eq!(post("application/json", &"x".repeat((10 << 20) + 1)), 400);
    assert_eq!(
        program
            .send("GET", "/api/now/table/incident?sysparm_limit=1", "")
            .status,
        200
    );
}

#[test]
fn a_fault_can_be_armed_from_the_command_line() {
    let program = Program::start(&[
        "--fault",
        r#"{"path":"/api","after":1,"fault":{"kind":"gateway","status":502}}"#,
    ]);
    let status = || program.send("GET", "/api/now/table/problem", "").status;
    assert_eq!([status(), status(), status()], [200, 502, 200]);
}

#[test]
fn a_prebuilt_page_is_given_again_until_something_is_written() {
    let program = Program::start(&["--prebuilt-pages"]);
    let transaction = || {
        let page = program.send("GET", "/api/now/table/problem?sysparm_limit=2", "");
        (
            page.header("x-transaction-id").unwrap().to_owned(),
            page.header("x-total-count").unwrap().to_owned(),
        )
    };
    let first = transaction();
    assert_eq!(transaction(), first);
    program.send("POST", "/api/now/table/problem", "{}");
    let after = transaction();
    assert_ne!(after.0, first.0);
    assert_eq!(after.1, "11");
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
        .replace(&program.url(), "");
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
