//! What goes wrong on demand, what is noted, and how the program begins and ends.

use std::{net::TcpListener, process::Command};

use crate::support::{Program, json};

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
        "sysparm_<wbr>query=it&#39;s",
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
fn a_saved_state_goes_on_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let clock = ["--clock", "2026-02-01 10:00:00"];
    let incidents = "/api/now/table/incident";
    let program = Program::start(&clock);
    let create = |program: &Program| {
        let made = program.send("POST", incidents, "{}");
        assert_eq!(made.status, 201, "{made:?}");
        json(&made)["result"]["sys_id"].clone()
    };
    let mut made: Vec<_> = (0..5).map(|_| create(&program)).collect();
    let listed = |program: &Program, path: &str| {
        let answer = program.send("GET", path, "");
        json(&answer)["result"].as_array().unwrap().clone()
    };
    let tables = listed(&program, "/api/now/table/sys_db_object?sysparm_fields=name");
    let saved = directory.path().join("state");
    let to = serde_json::json!({ "directory": saved }).to_string();
    program.control("POST", "/-/save", &to);
    let saved = saved.to_str().unwrap();

    let again = Program::start(&[&clock[..], &["--data", saved]].concat());
    for table in tables {
        let name = table["name"].as_str().unwrap();
        let rows = |program: &Program| {
            let path = format!(
                "/api/now/table/{name}?sysparm_exclude_reference_link=true&sysparm_query=ORDERBYsys_id"
            );
            listed(program, &path)
        };
        let (before, after) = (rows(&program), rows(&again));
        assert_eq!(before.len(), after.len(), "{name}");
        assert_eq!(before, after, "{name}");
    }
    for _ in 0..5 {
        let sys_id = create(&again);
        assert!(!made.contains(&sys_id), "{sys_id}");
        made.push(sys_id);
    }

    let users = ["--user", "admin:admin:admin", "--user", "joe:joe:itil"];
    let joined = Program::start(&[&["--data", saved], &users[..]].concat());
    let path = "/api/now/table/sys_user?sysparm_fields=sys_id&sysparm_query=user_nameINadmin,joe";
    let two = listed(&joined, path);
    assert!(two.len() == 2 && two[0] != two[1], "{two:?}");
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
fn what_cannot_be_opened_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (option, value) in [
        ("--listen", taken.as_str()),
        ("--url-file", "no/such/directory/url"),
        ("--access-log", "no/such/directory/log"),
        ("--data", "no/such/directory"),
        ("--api-key", "k123:nobody"),
    ] {
        let ended = Command::new(env!("CARGO_BIN_EXE_snow-instance"))
            .args([option, value])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(
            !ended.status.success() && said.contains(value.trim_start_matches("k123:")),
            "{option}: {said}"
        );
    }
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
    let program = Program::start(&["--prebuilt-pages", "--api-key", "k123:admin"]);
    let transaction = || {
        let page = program.send("GET", "/api/now/table/problem?sysparm_limit=2", "");
        (
            page.header("x-transaction-id").unwrap().to_owned(),
            page.header("x-total-count").unwrap().to_owned(),
        )
    };
    let first = transaction();
    assert_eq!(transaction(), first);
    for (name, value, status, form) in [
        ("Accept", "application/xml", 401, "application/xml"),
        ("x-sn-apikey", "k123", 200, "application/json"),
        ("x-sn-apikey", "k124", 401, "application/json"),
    ] {
        let path = "/api/now/table/problem?sysparm_limit=2";
        let page = program.exchange("GET", path, &[(name, value)], "").unwrap();
        let media_type = page.header("content-type").unwrap_or_default();
        assert!(
            page.status == status && media_type.starts_with(form),
            "{name}: {value}: {} {media_type}",
            page.status
        );
    }
    let in_xml = [
        ("Authorization", "Basic YWRtaW46YWRtaW4="),
        ("Accept", "application/xml"),
    ];
    let path = "/api/now/table/problem?sysparm_limit=2";
    let page = program.exchange("GET", path, &in_xml, "").unwrap();
    assert!(page.body.starts_with(b"<?xml"), "{page:?}");
    program.send("POST", "/api/now/table/problem", "{}");
    let after = transaction();
    assert_ne!(after.0, first.0);
    assert_eq!(after.1, "11");
}

#[test]
fn every_answer_tells_the_time_of_the_instance() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    let date = |path: &str| {
        let answer = program.send("GET", path, "");
        answer.header("date").unwrap_or_default().to_owned()
    };
    let list = "/api/now/table/incident?sysparm_limit=1";
    for path in [list, "/", "/-/counters", "/api/now/nothing"] {
        assert_eq!(date(path), "Sun, 01 Feb 2026 10:00:00 GMT", "{path}");
    }
    program.control("POST", "/-/clock", r#"{"advance_seconds":61}"#);
    assert_eq!(date(list), "Sun, 01 Feb 2026 10:01:01 GMT");
}

#[test]
fn headers_and_fields_may_come_in_any_way_http_and_json_allow() {
    let program = Program::start(&["--seed", "3"]);
    let get = || program.send("GET", "/api/now/table/incident?sysparm_limit=1", "");
    let fault = |fault: &str| {
        program.control("POST", "/-/faults", &format!(r#"{{"fault":{fault}}}"#));
        get()
    };
    let dropped = fault(r#"{"kind":"header","name":"content-type"}"#);
    assert_eq!(
        (dropped.status, dropped.header("content-type")),
        (200, None)
    );
    let changed = fault(
        r#"{"kind":"header","name":"Content-Type","value":"application/json;charset=latin1"}"#,
    );
    assert_eq!(
        changed.header("content-type"),
        Some("application/json;charset=latin1")
    );
    for name in ["Server", "Set-Cookie", "X-Transaction-ID", "Date"] {
        let values = |answer: &crate::support::Answer| -> Vec<String> {
            let headers = answer.headers.iter();
            let own = headers.filter(|(known, _)| known.eq_ignore_ascii_case(name));
            own.map(|(_, value)| value.clone()).collect()
        };
        assert_ne!(values(&get()), [""; 0], "{name}");
        let dropped = fault(&format!(r#"{{"kind":"header","name":"{name}"}}"#));
        assert_eq!(values(&dropped), [""; 0], "{name}");
        let order = format!(r#"{{"kind":"header","name":"{name}","value":"other"}}"#);
        assert_eq!(values(&fault(&order)), ["other"], "{name}");
    }

    let (first, second) = (get(), get());
    let names = |answer: &crate::support::Answer| -> Vec<String> {
        answer
            .headers
            .iter()
            .map(|(name, _)| name.clone())
            .collect()
    };
    assert!(names(&first) == names(&second) && first.body == second.body);
    program.control("PATCH", "/-/settings", r#"{"permuted":true}"#);
    let (third, fourth) = (get(), get());
    assert!(names(&third) != names(&fourth) && third.body != fourth.body);
    assert!(json(&third) == json(&first) && json(&fourth) == json(&first));

    program.control("PATCH", "/-/settings", r#"{"lower_case_headers":true}"#);
    let mut stream = program.connect().unwrap();
    std::io::Write::write_all(
        &mut stream,
        b"GET /-/clock HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    .unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut stream, &mut text).unwrap();
    assert!(
        text.contains("\r\ncontent-type: application/json"),
        "{text}"
    );
}

#[test]
fn each_answer_may_come_later() {
    let program = Program::start(&[]);
    program.control("PATCH", "/-/settings", r#"{"latency_ms":50}"#);
    let started = std::time::Instant::now();
    program.send("GET", "/api/now/stats/incident?sysparm_count=true", "");
    // Not before: what else the machine does can only make it later.
    assert!(started.elapsed() >= std::time::Duration::from_millis(50));
}
