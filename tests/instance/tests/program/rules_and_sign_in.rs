//! Access control, business rules and the ways to sign in, over a socket.

use crate::support::{Answer, Program, json};
use base64::{Engine, engine::general_purpose::STANDARD};

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn rule(program: &Program, rule: serde_json::Value) {
    program.control("POST", "/-/rules", &rule.to_string());
}

fn detail(answer: &Answer) -> String {
    json(answer)["error"]["detail"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn an_acl_takes_rows_after_the_limit_and_fields_altogether() {
    let program = Program::start(&["--user", "admin:admin:admin", "joe:joe:itil"]);
    rule(
        &program,
        serde_json::json!({"kind":"acl","table":"incident","operation":"read","query":"numberENDSWITH1^ORnumberENDSWITH2"}),
    );
    rule(
        &program,
        serde_json::json!({"kind":"acl","table":"task","operation":"read","field":"short_description","roles":["admin"]}),
    );
    let as_joe = |path: &str| program.send_as(Some(&basic("joe", "joe")), "GET", path, "");
    let page = as_joe(
        "/api/now/table/incident?sysparm_limit=10&sysparm_fields=number,short_description&sysparm_query=ORDERBYnumber",
    );
    assert_eq!(page.header("x-total-count"), Some("75"));
    assert_eq!(
        json(&page)["result"],
        serde_json::json!([{"number":"INC0000001"},{"number":"INC0000002"}])
    );
    assert!(page.header("link").unwrap().contains("rel=\"next\""));
    assert_eq!(
        as_joe("/api/now/table/incident?sysparm_query=short_descriptionLIKEx").status,
        403
    );
    let hidden = json(&program.send(
        "GET",
        "/api/now/table/incident?sysparm_query=number=INC0000003&sysparm_fields=sys_id",
        "",
    ));
    let hidden = hidden["result"][0]["sys_id"].as_str().unwrap().to_owned();
    assert_eq!(
        as_joe(&format!("/api/now/table/incident/{hidden}")).status,
        404
    );
    assert_eq!(
        program
            .send("GET", &format!("/api/now/table/incident/{hidden}"), "")
            .status,
        200
    );
}

#[test]
fn a_query_looks_at_no_field_its_caller_may_not_read() {
    let program = Program::start(&["--user", "admin:admin:admin", "joe:joe:itil"]);
    let (admin, joe) = (basic("admin", "admin"), basic("joe", "joe"));
    for (table, field) in [("task", "description"), ("sys_user_grmember", "group")] {
        rule(
            &program,
            serde_json::json!({"kind":"acl","table":table,"operation":"read","field":field,"roles":["admin"]}),
        );
    }
    for (table, query) in [
        ("incident", "short_descriptionSAMEASdescription"),
        ("incident", "short_descriptionNSAMEASdescription"),
        ("incident", "stateGT_FIELDdescription"),
        ("incident", "opened_atMORETHANdescription@day@before@1"),
        ("incident", "ORDERBYdescription"),
        (
            "sys_user",
            "RLQUERYsys_user_grmember.user,>=1,m2m^groupISNOTEMPTY^ENDRLQUERY",
        ),
        (
            "sys_user_group",
            "RLQUERYsys_user_grmember.group,>=1,m2m^ENDRLQUERY",
        ),
        (
            "sys_user",
            "RLQUERYincident.caller_id,>=1,m2m^RLQUERYchange_request.parent,=0,m2m^descriptionISEMPTY^ENDRLQUERY",
        ),
        (
            "sys_user",
            "RLQUERYincident.caller_id,>=1,m2m^123TEXTQUERY321=needle^ENDRLQUERY",
        ),
        (
            "sys_user",
            "JOINsys_user.sys_id=sys_user_grmember.user!groupISNOTEMPTY",
        ),
    ] {
        for api in ["table", "stats"] {
            let path = format!(
                "/api/now/{api}/{table}?sysparm_count=true&sysparm_limit=1&sysparm_query={}",
                query.replace('^', "%5E").replace('>', "%3E")
            );
            let status = |authorization: &str| {
                let answer = program.send_as(Some(authorization), "GET", &path, "");
                answer.status
            };
            assert_eq!((status(&admin), status(&joe)), (200, 403), "{path}");
        }
    }
}

#[test]
fn full_text_is_looked_for_where_the_caller_may_read() {
    let program = Program::start(&["--user", "admin:admin:admin", "joe:joe:itil"]);
    rule(
        &program,
        serde_json::json!({"kind":"acl","table":"task","operation":"read","field":"description","roles":["admin"]}),
    );
    for body in [
        r#"{"description":"a needle"}"#,
        r#"{"short_description":"a needle"}"#,
    ] {
        program.send("POST", "/api/now/table/incident", body);
    }
    let found = |user: &str| {
        let path = "/api/now/table/task?sysparm_fields=number&sysparm_query=123TEXTQUERY321=needle";
        let answer = program.send_as(Some(&basic(user, user)), "GET", path, "");
        let total = answer.header("x-total-count").map(str::to_owned);
        (
            total,
            json(&answer)["result"].as_array().map_or(0, Vec::len),
        )
    };
    assert_eq!(found("admin"), (Some("2".to_owned()), 2));
    assert_eq!(found("joe"), (Some("1".to_owned()), 1));
}

#[test]
fn rules_hold_in_every_api() {
    let program = Program::start(&["--user", "admin:admin:admin", "joe:joe:itil"]);
    let paths = [
        ("cmdb_ci", "/api/now/cmdb/instance/cmdb_ci_server"),
        ("change_request", "/api/sn_chg_rest/change"),
        ("sc_cat_item", "/api/sn_sc/servicecatalog/items"),
        (
            "std_change_record_producer",
            "/api/sn_chg_rest/change/standard/template",
        ),
    ];
    let as_joe = |path: &str| program.send_as(Some(&basic("joe", "joe")), "GET", path, "");
    let one_of = |path: &str| {
        let row = json(&as_joe(path))["result"][0]["sys_id"].clone();
        let sys_id = row.as_str().or_else(|| row["value"].as_str());
        format!("{path}/{}", sys_id.unwrap_or_default())
    };
    let ones = paths.map(|(_, path)| one_of(path));
    for (table, path) in paths {
        assert_ne!(json(&as_joe(path))["result"], serde_json::json!([]));
        rule(
            &program,
            serde_json::json!({"kind":"acl","table":table,"operation":"read","roles":["admin"]}),
        );
        assert_eq!(
            json(&as_joe(path))["result"],
            serde_json::json!([]),
            "{path}"
        );
    }
    for path in ones {
        let answers = (program.send("GET", &path, "").status, as_joe(&path).status);
        let hidden = match path.contains("servicecatalog") {
            true => 400,
            false => 404,
        };
        assert_eq!(answers, (200, hidden), "{path}");
    }
}

#[test]
fn a_field_that_may_not_be_read_is_in_no_api() {
    let program = Program::start(&["--user", "admin:admin:admin", "joe:joe:itil"]);
    for (table, field) in [
        ("task", "short_description"),
        ("cmdb_ci", "short_description"),
        ("cmdb_ci", "name"),
    ] {
        rule(
            &program,
            serde_json::json!({"kind":"acl","table":table,"operation":"read","field":field,"roles":["admin"]}),
        );
    }
    let stats = "/api/now/stats/change_request?sysparm_count=true&sysparm_max_fields=short_description,number\
                 &sysparm_group_by=short_description,type";
    let servers = "/api/now/cmdb/instance/cmdb_ci_server";
    let server = json(&program.send("GET", servers, ""))["result"][0]["sys_id"].clone();
    let server = format!("{servers}/{}", server.as_str().unwrap_or_default());
    for path in [stats, "/api/sn_chg_rest/change", servers, &server] {
        let says = |user: &str| {
            let answer = program.send_as(Some(&basic(user, user)), "GET", path, "");
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            text.contains("\"short_description\"") || text.contains("\"name\"")
        };
        assert_eq!((says("admin"), says("joe")), (true, false), "{path}");
    }
}

#[test]
fn a_rule_with_a_query_asks_the_record_as_it_is() {
    let program = Program::start(&["--user", "admin:admin:admin", "joe:joe:itil"]);
    let mine = |field: Option<&str>, operation: &str, query: &str| {
        rule(
            &program,
            serde_json::json!({"kind":"acl","table":"incident","operation":operation,"field":field,"query":query}),
        );
    };
    let created = program.send(
        "POST",
        "/api/now/table/incident",
        r#"{"description":"mine","urgency":"1","active":"true","caller_id":"joe"}"#,
    );
    let sys_id = json(&created)["result"]["sys_id"].clone();
    let path = format!(
        "/api/now/table/incident/{}?sysparm_fields=active,description,urgency",
        sys_id.as_str().unwrap_or_default()
    );
    mine(Some("description"), "read", "urgency=1");
    mine(Some("urgency"), "write", "urgency=1");
    mine(None, "write", "active=true");
    let authorization = basic("joe", "joe");
    let headers = [
        ("Authorization", &authorization[..]),
        ("Content-Type", "application/json"),
    ];
    let patched = |body: &str| {
        let answer = program.exchange("PATCH", &path, &headers, body).unwrap();
        (answer.status, json(&answer)["result"].clone())
    };
    assert_eq!(
        patched("{}"),
        (
            200,
            serde_json::json!({"active":"true","description":"mine","urgency":"1"})
        )
    );
    assert_eq!(
        patched(r#"{"urgency":"2"}"#),
        (200, serde_json::json!({"active":"true","urgency":"2"}))
    );
    assert_eq!(
        patched(r#"{"urgency":"1","active":"false"}"#),
        (200, serde_json::json!({"active":"false","urgency":"2"}))
    );
    assert_eq!(patched(r#"{"active":"true"}"#).0, 403);
}

#[test]
fn a_write_is_refused_with_the_reason_of_the_rule() {
    let program = Program::start(&["--user", "admin:admin:admin", "joe:joe"]);
    rule(
        &program,
        serde_json::json!({"kind":"data_policy","table":"task","mandatory":["short_description"]}),
    );
    rule(
        &program,
        serde_json::json!({"kind":"abort","table":"incident","query":"short_descriptionLIKEforbidden","name":"Check x"}),
    );
    rule(
        &program,
        serde_json::json!({"kind":"unique","table":"incident","field":"correlation_id"}),
    );
    rule(
        &program,
        serde_json::json!({"kind":"acl","table":"incident","operation":"create","roles":["itil"]}),
    );
    rule(
        &program,
        serde_json::json!({"kind":"set","table":"incident","query":"urgency=1","field":"priority","value":"1"}),
    );
    let create = |body: &str| program.send("POST", "/api/now/table/incident", body);
    assert_eq!(
        detail(&create("{}")),
        "Data Policy Exception: Short description is mandatory"
    );
    let aborted = create(r#"{"short_description":"a forbidden word"}"#);
    assert_eq!(aborted.status, 403);
    assert!(
        detail(&aborted).starts_with(
            "Operation against file 'incident' was aborted by Business Rule 'Check x^"
        )
    );
    let first = create(r#"{"short_description":"x","correlation_id":"c1","urgency":"1"}"#);
    assert_eq!(
        (first.status, &json(&first)["result"]["priority"]),
        (201, &serde_json::json!("1"))
    );
    let second = create(r#"{"short_description":"x","correlation_id":"C1"}"#);
    assert!(
        detail(&second).contains("Unique Key violation"),
        "{}",
        detail(&second)
    );
    let headers = [
        ("Authorization", &basic("joe", "joe")[..]),
        ("Content-Type", "application/json"),
    ];
    let refused = program
        .exchange(
            "POST",
            "/api/now/table/incident",
            &headers,
            r#"{"short_description":"x"}"#,
        )
        .unwrap();
    assert_eq!(
        (refused.status, detail(&refused).as_str()),
        (
            403,
            "ACL Exception Insert Failed due to security constraints"
        )
    );
}

#[test]
fn a_journal_is_empty_as_a_value_and_all_entries_when_displayed() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    let created = program.send(
        "POST",
        "/api/now/table/incident",
        r#"{"work_notes":"first"}"#,
    );
    let sys_id = json(&created)["result"]["sys_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(json(&created)["result"]["work_notes"], "");
    program.control("POST", "/-/clock", r#"{"advance_seconds":60}"#);
    let path = format!(
        "/api/now/table/incident/{sys_id}?sysparm_display_value=true&sysparm_fields=work_notes,sys_mod_count"
    );
    let changed = program.send("PATCH", &path, r#"{"work_notes":"second"}"#);
    assert_eq!(
        json(&changed)["result"],
        serde_json::json!({
            "work_notes": "2026-02-01 10:01:00 - admin (Work notes)\nsecond\n\n2026-02-01 10:00:00 - admin (Work notes)\nfirst\n\n",
            "sys_mod_count": "1",
        })
    );
    let entries = program.send("GET", &format!("/api/now/table/sys_journal_field?sysparm_query=element=work_notes%5Eelement_id={sys_id}%5EORDERBYsys_created_on&sysparm_fields=value"), "");
    assert_eq!(
        json(&entries)["result"],
        serde_json::json!([{"value":"first"},{"value":"second"}])
    );
}

#[test]
fn an_api_key_stands_for_its_user() {
    let program = Program::start(&["--api-key", "k123:admin"]);
    let with_key = |key: &str| {
        program
            .exchange("GET", "/api/now/table/problem", &[("x-sn-apikey", key)], "")
            .unwrap()
            .status
    };
    assert_eq!((with_key("k123"), with_key("k124")), (200, 401));
}

#[test]
fn restricted_basic_looks_like_a_wrong_password() {
    let program = Program::start(&[
        "--user",
        "admin:admin:admin",
        "bot:bot:snc_basic_auth_api_access",
    ]);
    program.control("PATCH", "/-/settings", r#"{"restrict_basic_auth":true}"#);
    let status = |user: &str| {
        program
            .send_as(
                Some(&basic(user, user)),
                "GET",
                "/api/now/table/problem",
                "",
            )
            .status
    };
    assert_eq!((status("admin"), status("bot")), (401, 200));
}

#[test]
fn a_code_is_redeemed_with_its_proof_key() {
    let program = Program::start(&[]);
    let ask = "/oauth_auth.do?response_type=code&client_id=snow-client&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&state=s1\
               &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    assert_eq!(
        program.send_as(None, "GET", ask, "").status,
        200,
        "a form to sign in"
    );
    let consented = program.send("GET", ask, "");
    let location = consented.header("location").unwrap();
    assert_eq!(consented.status, 302);
    let code = location
        .strip_prefix("http://localhost/cb?code=")
        .and_then(|rest| rest.strip_suffix("&state=s1"))
        .unwrap();
    let redeem = |verifier: &str| {
        program.send_form("/oauth_token.do", &format!(
            "grant_type=authorization_code&client_id=snow-client&code={code}&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&code_verifier={verifier}"
        ))
    };
    let granted = redeem("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(
        (granted.status, &json(&granted)["refresh_token"]),
        (200, &serde_json::Value::Null)
    );
    assert_eq!(
        redeem("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").status,
        401,
        "used up"
    );
}

#[test]
fn a_scope_that_is_not_everything_must_be_the_one_rest_asks_for() {
    let program = Program::start(&["--oauth-client", "c:s:rest,mail"]);
    let token = |scope: &str| {
        let body = format!("grant_type=client_credentials&client_id=c&client_secret=s{scope}");
        program.send_form("/oauth_token.do", &body)
    };
    assert_eq!(json(&token(""))["scope"], "rest mail");
    assert_eq!(token("&scope=useraccount").status, 401);
    let granted = json(&token("&scope=rest"));
    let bearer = format!(
        "Bearer {}",
        granted["access_token"].as_str().expect("a token")
    );
    let read = || program.send_as(Some(&bearer), "GET", "/api/now/table/problem", "");
    let refused = read();
    assert_eq!(
        (refused.status, &json(&refused)["error"]["message"]),
        (403, &"Missing required api access scope".into())
    );
    program.control("PATCH", "/-/settings", r#"{"api_scope":"rest"}"#);
    assert_eq!(read().status, 200);
}

#[test]
fn a_one_time_code_follows_the_password() {
    let program = Program::start(&[]);
    program.control(
        "PATCH",
        "/-/settings",
        r#"{"one_time_codes":{"admin":"62161147"},"restrict_basic_auth":true}"#,
    );
    let tried = |credentials: &str| {
        let authorization = format!("Basic {}", STANDARD.encode(credentials));
        let path = "/api/now/table/incident?sysparm_limit=1";
        let answer = program.send_as(Some(&authorization), "GET", path, "");
        let code = answer.header("x-mfa_token").map(str::to_owned);
        (answer.status, code)
    };
    let invalid = Some("invalid".to_owned());
    assert_eq!(tried("admin:admin62161147"), (200, None));
    assert_eq!(tried("admin:admin"), (401, invalid.clone()));
    assert_eq!(tried("admin:admin00000000"), (401, invalid));
    assert_eq!(tried("admin:wrong62161147"), (401, None));
}

#[test]
fn a_terminator_may_name_the_user_of_a_certificate() {
    let program = Program::start(&["--user", "admin:admin:admin", "joe:secret"]);
    let tried = |subject: &str| {
        let path = "/api/now/table/incident?sysparm_limit=1";
        let answer = program.exchange("GET", path, &[("X-Client-Subject", subject)], "");
        answer.expect("an answer").status
    };
    assert_eq!(tried("joe"), 401, "nobody is trusted at first");
    program.control(
        "PATCH",
        "/-/settings",
        r#"{"certificate_header":"X-Client-Subject"}"#,
    );
    assert_eq!(tried("joe"), 200);
    assert_eq!(tried("O=Acme, CN=joe"), 200);
    assert_eq!(tried("CN=nobody"), 401);
}

#[test]
fn a_table_may_be_public_or_closed() {
    let program = Program::start(&[]);
    let path = "/api/now/table/problem?sysparm_limit=1";
    let nobody = || program.send_as(None, "GET", path, "").status;
    assert_eq!(nobody(), 401);
    let listed = program.send(
        "POST",
        "/api/now/table/sys_public",
        r#"{"page":"problem","active":"true"}"#,
    );
    assert_eq!((listed.status, nobody()), (201, 200));
    assert_eq!(
        program
            .send_as(None, "POST", "/api/now/table/problem", "{}")
            .status,
        401
    );
    assert_eq!(
        program
            .send_as(None, "GET", "/api/now/table/incident", "")
            .status,
        401
    );
    assert_eq!(
        program
            .send_as(Some(&basic("admin", "wrong")), "GET", path, "")
            .status,
        401
    );

    let tables = json(&program.send("GET", "/api/now/table/sys_db_object?name=problem", ""));
    let table = tables["result"][0]["sys_id"].as_str().unwrap();
    let path_of_table = format!("/api/now/table/sys_db_object/{table}");
    program.send("PATCH", &path_of_table, r#"{"ws_access":"false"}"#);
    for path in [path, "/api/now/stats/problem?sysparm_count=true"] {
        let closed = program.send("GET", path, "");
        assert_eq!(
            (closed.status, detail(&closed).as_str()),
            (403, "Failed API level ACL Validation")
        );
    }
    program.send("PATCH", &path_of_table, r#"{"ws_access":"true"}"#);
    assert_eq!(program.send("GET", path, "").status, 200);
}

#[test]
fn who_is_locked_out_gets_no_token() {
    let program = Program::start(&["--user", "admin:admin:admin", "joe:joe"]);
    let ask = "/oauth_auth.do?response_type=code&client_id=snow-client&redirect_uri=http%3A%2F%2Flocalhost%2Fcb&state=s1";
    let token = |grant: &str| {
        let body = format!("client_id=snow-client&client_secret=snow-secret&{grant}");
        program.send_form("/oauth_token.do", &body)
    };
    let by_password = "grant_type=password&username=joe&password=joe";
    let granted = json(&token(by_password));
    let refresh = format!(
        "grant_type=refresh_token&refresh_token={}",
        granted["refresh_token"].as_str().unwrap_or_default()
    );
    let consented = || {
        program
            .send_as(Some(&basic("joe", "joe")), "GET", ask, "")
            .status
    };
    assert_eq!((token(&refresh).status, consented()), (200, 302));
    let users = json(&program.send("GET", "/api/now/table/sys_user?user_name=joe", ""));
    let user = format!(
        "/api/now/table/sys_user/{}",
        users["result"][0]["sys_id"].as_str().unwrap_or_default()
    );
    program.send("PATCH", &user, r#"{"locked_out":"true"}"#);
    for grant in [by_password, &refresh] {
        let refused = token(grant);
        assert_eq!(
            (refused.status, &json(&refused)["error_description"]),
            (401, &"access_denied".into()),
            "{grant}"
        );
    }
    assert_eq!(consented(), 200, "a form to sign in");
    program.send("PATCH", &user, r#"{"locked_out":"false"}"#);
    assert_eq!((token(&refresh).status, consented()), (200, 302));
}

#[test]
fn credentials_in_a_url_are_no_conditions() {
    let program = Program::start(&["--api-key", "k123:admin"]);
    let granted = program.send_form(
        "/oauth_token.do",
        "grant_type=client_credentials&client_id=snow-client&client_secret=snow-secret",
    );
    let token = json(&granted)["access_token"].clone();
    program.control("PATCH", "/-/settings", r#"{"invalid_query":"no_rows"}"#);
    for credential in [
        format!("access_token={}", token.as_str().unwrap_or_default()),
        "x-sn-apikey=k123".to_owned(),
    ] {
        let path = format!("/api/now/table/problem?sysparm_limit=1&{credential}");
        let answer = program.send_as(None, "GET", &path, "");
        assert_eq!(answer.header("x-total-count"), Some("10"), "{credential}");
    }
}
