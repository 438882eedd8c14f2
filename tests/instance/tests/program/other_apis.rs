//! Batch and statistics over a socket.

use crate::support::{Program, json};
use serde_json::json as value;

#[test]
fn a_batch_serves_each_item_by_itself() {
    let program = Program::start(&[]);
    let batch = value!({"batch_request_id": 7, "rest_requests": [
        {"id": 1, "method": "GET", "url": "/api/now/table/incident?sysparm_limit=1&sysparm_fields=number", "exclude_response_headers": true},
        {"id": "2", "method": "POST", "url": "/api/now/table/incident", "headers": [{"name":"Content-Type","value":"application/json"}], "body": "e30="},
        {"id": "3", "method": "GET", "url": "/api/now/table/nope"},
        {"id": "4", "method": "DELETE", "url": "/api/now/table/incident/0"},
    ]});
    let answer = program.send("POST", "/api/now/v1/batch", &batch.to_string());
    let answer = json(&answer);
    assert_eq!(
        (&answer["batch_request_id"], &answer["unserviced_requests"]),
        (&value!("7"), &value!([]))
    );
    let statuses: Vec<_> = answer["serviced_requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["id"].as_str().unwrap(),
                item["status_code"].as_u64().unwrap(),
                item["status_text"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        statuses,
        [
            ("1", 200, "OK"),
            ("2", 201, "Created"),
            ("3", 400, "Bad Request"),
            ("4", 404, "Not Found")
        ]
    );
    assert_eq!(answer["serviced_requests"][0]["headers"], value!([]));

    program.control("PATCH", "/-/settings", r#"{"batch_max_items":1}"#);
    let answer = json(&program.send("POST", "/api/now/v1/batch", &batch.to_string()));
    assert_eq!(answer["unserviced_requests"], value!(["2", "3", "4"]));
}

#[test]
fn statistics_are_strings_and_grouped_where_asked() {
    let program = Program::start(&[]);
    for (reassigned, state) in [("1", "1"), ("2", "2"), ("6", "2")] {
        program.send(
            "POST",
            "/api/now/table/change_task",
            &value!({"reassignment_count": reassigned, "state": state}).to_string(),
        );
    }
    let stats = |query: &str| {
        json(&program.send("GET", &format!("/api/now/stats/change_task?{query}"), ""))["result"]
            .clone()
    };
    assert_eq!(stats("sysparm_count=true"), value!({"stats":{"count":"3"}}));
    assert_eq!(stats(""), value!({"stats":{}}));
    assert_eq!(
        stats(
            "sysparm_query=state=7&sysparm_count=true&sysparm_avg_fields=reassignment_count&sysparm_sum_fields=reassignment_count"
        ),
        value!({"stats":{"count":"0","avg":{"reassignment_count":""},"sum":{"reassignment_count":""}}})
    );
    assert_eq!(
        stats(
            "sysparm_avg_fields=reassignment_count&sysparm_max_fields=reassignment_count&sysparm_sum_fields=reassignment_count"
        ),
        value!({"stats":{"avg":{"reassignment_count":"3.0000"},"max":{"reassignment_count":"6"},"sum":{"reassignment_count":"9"}}})
    );
    assert_eq!(
        stats("sysparm_count=true&sysparm_group_by=state&sysparm_having=count%5Estate%5E%3E%5E1"),
        value!([{"stats":{"count":"2"},"groupby_fields":[{"field":"state","value":"2"}]}])
    );
    assert_eq!(
        stats(
            "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=COUNT%5EDESC&sysparm_display_value=true"
        ),
        value!([
            {"stats":{"count":"2"},"groupby_fields":[{"field":"state","value":"Work in Progress"}]},
            {"stats":{"count":"1"},"groupby_fields":[{"field":"state","value":"Open"}]},
        ])
    );
    for text in ["b", "A", "B"] {
        let task = value!({"short_description": text, "correlation_id": "case"});
        program.send("POST", "/api/now/table/change_task", &task.to_string());
    }
    assert_eq!(
        stats(
            "sysparm_query=correlation_id=case&sysparm_count=true&sysparm_group_by=short_description&sysparm_max_fields=short_description"
        ),
        value!([
            {"stats":{"count":"1","max":{"short_description":"A"}},"groupby_fields":[{"field":"short_description","value":"A"}]},
            {"stats":{"count":"2","max":{"short_description":"B"}},"groupby_fields":[{"field":"short_description","value":"b"}]},
        ])
    );
    assert_eq!(
        stats("sysparm_query=correlation_id=case&sysparm_min_fields=short_description"),
        value!({"stats":{"min":{"short_description":"A"}}})
    );
    assert_eq!(
        stats("sysparm_query=correlation_id=case&sysparm_max_fields=short_description"),
        value!({"stats":{"max":{"short_description":"B"}}})
    );
}

#[test]
fn an_item_of_a_batch_and_its_answer_have_their_limits() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let program = Program::start(&[]);
    let batch = |bytes: usize, headers: &[(&str, &str)]| {
        let padding = "x".repeat(bytes - r#"{"description":""}"#.len());
        let body = STANDARD.encode(format!(r#"{{"description":"{padding}"}}"#));
        let batch = value!({"batch_request_id": "1", "rest_requests": [
            {"id": "small", "method": "GET", "url": "/api/now/table/incident?sysparm_limit=1&sysparm_fields=number"},
            {"id": "large", "method": "POST", "url": "/api/now/table/incident",
                "headers": [{"name": "Content-Type", "value": "application/json"}], "body": body},
            {"id": "after", "method": "GET", "url": "/api/now/table/incident?sysparm_limit=1&sysparm_fields=number"},
        ]});
        let headers: Vec<_> = [
            ("Authorization", "Basic YWRtaW46YWRtaW4="),
            ("Content-Type", "application/json"),
        ]
        .iter()
        .chain(headers)
        .copied()
        .collect();
        let answer = program.exchange("POST", "/api/now/v1/batch", &headers, &batch.to_string());
        let answer = json(&answer.unwrap());
        let serviced: Vec<_> = answer["serviced_requests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect();
        (serviced, answer["unserviced_requests"].clone())
    };
    let all = ["small", "large", "after"];
    let limit = 5 << 20;
    assert_eq!(
        batch(limit, &[]),
        (all.map(str::to_owned).to_vec(), value!([]))
    );
    let only_small = (vec!["small".to_owned()], value!(["large", "after"]));
    assert_eq!(batch(limit + 1, &[]), only_small);
    // The answer to the large item is as large; the header can only lower what is allowed.
    let most = |bytes: &'static str| [("X-BATCHREQUEST-MAX-OUTPUT-SIZE", bytes)];
    assert_eq!(batch(limit, &most("1000")), only_small);
    assert_eq!(batch(limit, &most("100000000")).1, value!([]));
}

#[test]
fn a_file_can_come_down_in_a_batch() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let program = Program::start(&[]);
    let created = json(&program.send("POST", "/api/now/table/incident", "{}"));
    let incident = created["result"]["sys_id"].as_str().unwrap().to_owned();
    let headers = [
        ("Authorization", "Basic YWRtaW46YWRtaW4="),
        ("Content-Type", "text/plain"),
    ];
    let path =
        format!("/api/now/attachment/file?table_name=incident&table_sys_id={incident}&file_name=a");
    let uploaded = json(&program.exchange("POST", &path, &headers, "bytes").unwrap());
    let sys_id = uploaded["result"]["sys_id"].as_str().unwrap();
    let batch = value!({"batch_request_id": "1", "rest_requests": [
        {"id": "1", "method": "GET", "url": format!("/api/now/attachment/{sys_id}/file")}]});
    let answer = json(&program.send("POST", "/api/now/v1/batch", &batch.to_string()));
    assert_eq!(
        answer["serviced_requests"][0]["body"],
        STANDARD.encode("bytes")
    );
}

/// Whoever the certificate of the outer request stands for, the items are of.
#[test]
fn items_of_a_batch_inherit_the_certificate() {
    let batch = value!({"batch_request_id": "1", "rest_requests": [
        {"id": "1", "method": "GET", "url": "/api/now/table/incident?sysparm_limit=1"}]});
    let batch = batch.to_string();
    let status = |answer: &[u8]| {
        let answer: serde_json::Value = serde_json::from_slice(answer).unwrap();
        answer["serviced_requests"][0]["status_code"].clone()
    };
    let program = Program::start(&["--user", "admin:admin:admin", "joe:joe"]);
    program.control(
        "PATCH",
        "/-/settings",
        r#"{"certificate_header":"X-Client-Subject"}"#,
    );
    let headers = [
        ("X-Client-Subject", "CN=joe,O=acme"),
        ("Content-Type", "application/json"),
    ];
    let answer = program
        .exchange("POST", "/api/now/v1/batch", &headers, &batch)
        .unwrap();
    assert_eq!(status(&answer.body), 200);

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (authority, client) = (file("ca.pem"), file("client.pem"));
    let arguments = [
        "--https",
        "--ca-file",
        &authority,
        "--client-certificate-file",
        &client,
    ];
    let program = Program::start(&arguments);
    let request = format!(
        "POST /api/now/v1/batch HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{batch}",
        batch.len()
    );
    for (certificate, expected) in [(Some(client.as_str()), 200), (None, 401)] {
        let answer = program.over_tls(&authority, certificate, &request);
        let answer = String::from_utf8(answer).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {expected}")),
            "{answer}"
        );
        if expected == 200 {
            assert!(answer.contains("\"status_code\":200"), "{answer}");
        }
    }
}
