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
}
