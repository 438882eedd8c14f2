//! Attachments, batch and statistics over a socket.

use crate::support::{Program, json};
use serde_json::json as value;

const ADMIN: (&str, &str) = ("Authorization", "Basic YWRtaW46YWRtaW4=");

fn an_incident(program: &Program) -> String {
    let created = json(&program.send("POST", "/api/now/table/incident", "{}"));
    created["result"]["sys_id"]
        .as_str()
        .expect("a record has an id")
        .to_owned()
}

#[test]
fn an_attachment_goes_up_and_comes_down() {
    let program = Program::start(&[]);
    let incident = an_incident(&program);
    let up = format!(
        "/api/now/attachment/file?table_name=incident&table_sys_id={incident}&file_name=a%20b.txt"
    );
    let created = program
        .exchange(
            "POST",
            &up,
            &[ADMIN, ("Content-Type", "text/plain")],
            "hello",
        )
        .unwrap();
    assert_eq!(
        created.status,
        201,
        "{}",
        String::from_utf8_lossy(&created.body)
    );
    let record = &json(&created)["result"];
    assert_eq!(
        (
            &record["size_bytes"],
            &record["file_name"],
            &record["content_type"]
        ),
        (&value!("5"), &value!("a b.txt"), &value!("text/plain"))
    );
    assert_eq!(
        record["hash"],
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    );
    let sys_id = record["sys_id"].as_str().unwrap();
    assert_eq!(
        created.header("location").unwrap(),
        format!("{}/api/now/attachment/{sys_id}", program.url())
    );
    assert_eq!(
        record["download_link"],
        format!("{}/api/now/attachment/{sys_id}/file", program.url())
    );

    let down = program.send("GET", &format!("/api/now/attachment/{sys_id}/file"), "");
    assert_eq!(
        (down.status, &down.body[..], down.header("content-type")),
        (200, &b"hello"[..], Some("text/plain"))
    );
    let metadata: serde_json::Value =
        serde_json::from_str(down.header("x-attachment-metadata").unwrap()).unwrap();
    assert_eq!(metadata["sys_id"], sys_id);

    let list = program.send(
        "GET",
        &format!("/api/now/attachment?sysparm_query=table_name=incident%5Etable_sys_id={incident}"),
        "",
    );
    assert_eq!(
        (
            list.header("x-total-count"),
            &json(&list)["result"][0]["sys_id"]
        ),
        (Some("1"), &value!(sys_id))
    );
    assert_eq!(
        program
            .send(
                "PATCH",
                &format!("/api/now/attachment/{sys_id}"),
                r#"{"file_name":"c.txt"}"#
            )
            .status,
        204
    );
    assert_eq!(
        json(&program.send("GET", &format!("/api/now/attachment/{sys_id}"), ""))["result"]["file_name"],
        "c.txt"
    );

    program.send("DELETE", &format!("/api/now/table/incident/{incident}"), "");
    assert_eq!(
        program
            .send("GET", &format!("/api/now/attachment/{sys_id}"), "")
            .status,
        404
    );
}

#[test]
fn a_form_uploads_its_last_part() {
    let program = Program::start(&[]);
    let incident = an_incident(&program);
    let body = format!(
        "--XX\r\nContent-Disposition: form-data; name=\"table_name\"\r\n\r\nincident\r\n\
         --XX\r\nContent-Disposition: form-data; name=\"table_sys_id\"\r\n\r\n{incident}\r\n\
         --XX\r\nContent-Disposition: form-data; name=\"uploadFile\"; filename=\"x.bin\"\r\nContent-Type: image/png\r\n\r\n\
         a\r\n--XY\r\nb\r\n--XX--\r\n"
    );
    let headers = [ADMIN, ("Content-Type", "multipart/form-data; boundary=XX")];
    let created = program
        .exchange("POST", "/api/now/attachment/upload", &headers, &body)
        .unwrap();
    assert_eq!(
        created.status,
        201,
        "{}",
        String::from_utf8_lossy(&created.body)
    );
    let sys_id = json(&created)["result"]["sys_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let down = program.send("GET", &format!("/api/now/attachment/{sys_id}/file"), "");
    assert_eq!(
        (&down.body[..], down.header("content-type")),
        (&b"a\r\n--XY\r\nb"[..], Some("image/png"))
    );
    let broken = program
        .exchange("POST", "/api/now/attachment/upload", &headers, "nonsense")
        .unwrap();
    assert_eq!(broken.status, 400);
}

#[test]
fn an_attachment_needs_a_record_and_keeps_the_limits() {
    let program = Program::start(&[]);
    let incident = an_incident(&program);
    let upload = |query: &str| {
        program
            .exchange(
                "POST",
                &format!("/api/now/attachment/file?{query}"),
                &[ADMIN, ("Content-Type", "text/plain")],
                "hello",
            )
            .unwrap()
            .status
    };
    assert_eq!(upload("table_name=incident&file_name=a"), 400);
    assert_eq!(
        upload("table_name=incident&table_sys_id=nope&file_name=a"),
        404
    );
    assert_eq!(upload("table_name=nope&table_sys_id=1&file_name=a"), 400);
    program.control("PATCH", "/-/settings", r#"{"attachment_max_bytes":4}"#);
    assert_eq!(
        upload(&format!(
            "table_name=incident&table_sys_id={incident}&file_name=a.txt"
        )),
        400
    );
    program.control(
        "PATCH",
        "/-/settings",
        r#"{"attachment_max_bytes":5,"attachment_extensions":["txt"]}"#,
    );
    assert_eq!(
        upload(&format!(
            "table_name=incident&table_sys_id={incident}&file_name=a.exe"
        )),
        403
    );
    assert_eq!(
        upload(&format!(
            "table_name=incident&table_sys_id={incident}&file_name=a.txt"
        )),
        201
    );
}

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
