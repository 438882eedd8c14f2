//! XML both ways, what a session says, and sign-in by cookie.

use crate::support::{Answer, Program, json};
use serde_json::json as value;

const ADMIN: (&str, &str) = ("Authorization", "Basic YWRtaW46YWRtaW4=");
const XML: (&str, &str) = ("Accept", "application/xml");
const JSON_BODY: (&str, &str) = ("Content-Type", "application/json");
const INCIDENTS: &str = "/api/now/table/incident";

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

fn in_xml(program: &Program, method: &str, path: &str, body: &str) -> Answer {
    program
        .exchange(method, path, &[ADMIN, XML, JSON_BODY], body)
        .unwrap()
}

#[test]
fn an_answer_may_be_xml() {
    let program = Program::start(&[]);
    let list = in_xml(
        &program,
        "GET",
        &format!(
            "{INCIDENTS}?sysparm_limit=2&sysparm_fields=number,caller_id,nope&sysparm_query=caller_idISNOTEMPTY"
        ),
        "",
    );
    assert_eq!(
        list.header("content-type"),
        Some("application/xml;charset=UTF-8")
    );
    let body = text(&list);
    assert!(
        body.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><response><result><number>INC"),
        "{body}"
    );
    assert_eq!(body.matches("<result>").count(), 2);
    assert!(
        body.contains("</number><caller_id><link>http://") && body.contains("</link><value>"),
        "{body}"
    );
    assert!(list.header("x-total-count").is_some() && list.header("link").is_some());
    let empty = in_xml(
        &program,
        "GET",
        &format!("{INCIDENTS}?sysparm_query=number=none"),
        "",
    );
    assert!(text(&empty).ends_with("<response></response>"));
    let missing = in_xml(
        &program,
        "GET",
        &format!("{INCIDENTS}/ffffffffffffffffffffffffffffffff"),
        "",
    );
    assert_eq!(missing.status, 404);
    assert!(text(&missing).ends_with("<response><error><detail>Record doesn't exist or ACL restricts the record retrieval</detail><message>No Record found</message></error><status>failure</status></response>"), "{}", text(&missing));
    let stats = in_xml(
        &program,
        "GET",
        "/api/now/stats/incident?sysparm_count=true&sysparm_group_by=state",
        "",
    );
    assert!(
        text(&stats).contains("<result><groupby_fields><field>state</field>"),
        "{}",
        text(&stats)
    );
    let attachments = in_xml(&program, "GET", "/api/now/attachment", "");
    assert!(text(&attachments).ends_with("<response></response>"));
    let unknown = program
        .exchange("GET", INCIDENTS, &[ADMIN, ("Accept", "image/png")], "")
        .unwrap();
    assert_eq!(
        (unknown.status, &json(&unknown)["status"]),
        (406, &"failure".into())
    );
    let nobody = program.exchange("GET", INCIDENTS, &[XML], "").unwrap();
    assert_eq!(nobody.status, 401);
    assert!(text(&nobody).contains("<message>User Not Authenticated</message>"));
}

#[test]
fn a_body_may_be_xml() {
    let program = Program::start(&[]);
    let headers = [ADMIN, ("Content-Type", "application/xml")];
    let body = "<request><entry><short_description>a &lt; b</short_description><urgency>1</urgency></entry></request>";
    let created = program.exchange("POST", INCIDENTS, &headers, body).unwrap();
    assert_eq!(created.status, 201);
    let record = &json(&created)["result"];
    assert_eq!(
        (&record["short_description"], &record["urgency"]),
        (&"a < b".into(), &"1".into())
    );
    for bad in ["<request><entry>", "<a></b>", "{}", ""] {
        let refused = program.exchange("POST", INCIDENTS, &headers, bad).unwrap();
        assert_eq!(
            (refused.status, &json(&refused)["error"]["message"]),
            (400, &"Exception while reading request".into()),
            "{bad}"
        );
    }
}

#[test]
fn a_partial_list_in_xml_is_partial_xml() {
    let program = Program::start(&[]);
    for (variant, ends) in [
        ("a", "</result><error><message>"),
        ("b", "</result><result><error><message>"),
        ("c", "</result><result></response>"),
    ] {
        let fault = value!({"fault": {"kind": "partial", "variant": variant, "rows": 1}});
        program.control("POST", "/-/faults", &fault.to_string());
        let body = text(&in_xml(&program, "GET", INCIDENTS, ""));
        assert!(
            body.contains(ends) && body.ends_with("</response>"),
            "{variant} {body}"
        );
    }
    program.control(
        "POST",
        "/-/faults",
        r#"{"fault":{"kind":"hide_rows","every":2}}"#,
    );
    let body = text(&in_xml(
        &program,
        "GET",
        &format!("{INCIDENTS}?sysparm_limit=4&sysparm_fields=number"),
        "",
    ));
    assert_eq!(body.matches("<result>").count(), 2);
    assert!(body.ends_with("</result></response>"));
}

#[test]
fn a_session_says_what_it_is_asked_to() {
    let program = Program::start(&[]);
    let path = format!("{INCIDENTS}?sysparm_limit=3");
    let debug = [ADMIN, ("X-WantSessionDebugMessages", "true")];
    let answer = json(&program.exchange("GET", &path, &debug, "").unwrap());
    let said = answer["session"]["debug_logs"][0]["message"]
        .as_str()
        .unwrap();
    assert!(
        said.contains("GET /api/now/table/incident for admin: 200, 3 rows"),
        "{said}"
    );
    assert!(answer["session"]["notifications"].is_null());
    assert_eq!(answer["result"].as_array().unwrap().len(), 3);
    let notify = [ADMIN, ("X-WantSessionNotificationMessages", "true")];
    let well = json(&program.exchange("GET", &path, &notify, "").unwrap());
    assert_eq!(well["session"], value!({"notifications": []}));
    let missing = json(
        &program
            .exchange("GET", &format!("{INCIDENTS}/nope"), &notify, "")
            .unwrap(),
    );
    assert_eq!(missing["session"]["notifications"][0]["type"], "error");
    assert_eq!(missing["status"], "failure");
    let plain = json(&program.send("GET", &path, ""));
    assert!(plain.get("session").is_none());
}

/// `name=value` of the cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    let set = answer
        .headers
        .iter()
        .find(|(name, value)| name == "set-cookie" && value.starts_with("JSESSIONID="));
    set.unwrap().1.split(';').next().unwrap().to_owned()
}

fn token(program: &Program, cookie: &str) -> Option<String> {
    let page = program
        .exchange("GET", "/navpage.do", &[("Cookie", cookie)], "")
        .unwrap();
    let page = text(&page);
    page.split("g_ck = '")
        .nth(1)?
        .split('\'')
        .next()
        .map(str::to_owned)
}

#[test]
fn a_cookie_signs_in_with_the_token_of_its_session() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    let post = |form: &str| program.send_form("/login.do", form);
    assert_eq!(post("user_name=admin&user_password=wrong").status, 200);
    let login = post("user_name=admin&user_password=admin");
    assert_eq!(
        (login.status, login.header("location")),
        (302, Some("/navpage.do"))
    );
    let by_form = cookie(&login);
    let by_basic = cookie(&program.send("GET", INCIDENTS, ""));
    for cookie in [by_form, by_basic] {
        let token = token(&program, &cookie).unwrap();
        let with = |method: &str, headers: &[(&str, &str)]| {
            let headers: Vec<_> = [("Cookie", cookie.as_str()), JSON_BODY]
                .iter()
                .chain(headers)
                .copied()
                .collect();
            let body = if method == "POST" { "{}" } else { "" };
            program.exchange(method, INCIDENTS, &headers, body).unwrap()
        };
        let right = [("X-UserToken", token.as_str())];
        assert_eq!(with("GET", &right).status, 200);
        let made = with("POST", &right);
        assert_eq!(
            (made.status, &json(&made)["result"]["sys_created_by"]),
            (201, &"admin".into())
        );
        for wrong in [&[][..], &[("X-UserToken", "wrong")]] {
            for refused in [with("GET", wrong), with("POST", wrong)] {
                assert_eq!(refused.status, 401);
                // Pages take the token from there and ask again.
                assert_eq!(refused.header("x-usertoken-response"), Some(token.as_str()));
                assert_eq!(refused.header("x-is-logged-in"), Some("true"));
            }
        }
        program.control(
            "PATCH",
            "/-/settings",
            r#"{"redirect_forged_requests":true}"#,
        );
        let sent_away = with("POST", &[]);
        assert_eq!(
            (sent_away.status, sent_away.header("location")),
            (302, Some("/security_interceptor.do"))
        );
        program.control(
            "PATCH",
            "/-/settings",
            r#"{"redirect_forged_requests":false}"#,
        );
        let batch = value!({"batch_request_id": "1", "rest_requests": [{"id": "1", "method": "GET", "url": INCIDENTS}]});
        let headers = [("Cookie", cookie.as_str()), right[0], JSON_BODY];
        let batch = json(
            &program
                .exchange("POST", "/api/now/v1/batch", &headers, &batch.to_string())
                .unwrap(),
        );
        assert_eq!(batch["serviced_requests"][0]["status_code"], 200);
    }
    let guessed = program
        .exchange("GET", INCIDENTS, &[("Cookie", "JSESSIONID=guessed")], "")
        .unwrap();
    assert_eq!(guessed.status, 401);
    for header in ["x-usertoken-response", "x-is-logged-in"] {
        assert_eq!(guessed.header(header), None);
    }
}

#[test]
fn a_session_ends_when_it_is_not_used_or_left() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    let cookie = cookie(&program.send("GET", INCIDENTS, ""));
    let token_of = token(&program, &cookie).unwrap();
    let headers = [
        ("Cookie", cookie.as_str()),
        ("X-UserToken", token_of.as_str()),
    ];
    let status = || {
        program
            .exchange("GET", INCIDENTS, &headers, "")
            .unwrap()
            .status
    };
    for _ in 0..3 {
        program.control("POST", "/-/clock", r#"{"advance_seconds":299}"#);
        assert_eq!(status(), 200);
    }
    program.control("POST", "/-/clock", r#"{"advance_seconds":301}"#);
    assert_eq!(status(), 401);
    program
        .exchange("GET", INCIDENTS, &[ADMIN, headers[0]], "")
        .unwrap();
    assert!(token(&program, &cookie).is_some());
    let left = program
        .exchange("GET", "/logout.do", &headers[..1], "")
        .unwrap();
    assert_eq!(
        (left.status, left.header("location")),
        (302, Some("/login.do"))
    );
    assert!(token(&program, &cookie).is_none());
}
