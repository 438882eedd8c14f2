//! What hangs on a change, and what a catalog offers beside orders.

use crate::support::{Program, json};
use serde_json::{Value, json as value};

fn asked(program: &Program, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let answer = program.send(method, path, &body);
    let result = match answer.body.is_empty() {
        true => Value::Null,
        false => json(&answer),
    };
    (answer.status, result)
}

fn record(program: &Program, table: &str, fields: Value) -> String {
    let (status, answer) = asked(program, "POST", &format!("/api/now/table/{table}"), fields);
    assert_eq!(status, 201, "{answer}");
    answer["result"]["sys_id"].as_str().unwrap().to_owned()
}

/// The outcome of work that an answer has begun.
fn outcome(program: &Program, begun: &(u16, Value)) -> Value {
    assert_eq!(begun.0, 202, "{}", begun.1);
    let link = begun.1["result"]["worker"]["link"].as_str().unwrap();
    let path = link.strip_prefix(program.url()).unwrap();
    let (status, worker) = asked(program, "GET", path, Value::Null);
    assert_eq!(
        (status, &worker["result"]["state"]["display_value"]),
        (200, &"Complete".into())
    );
    worker["result"].clone()
}

#[test]
fn a_change_has_items_conflicts_and_a_time() {
    let program = Program::start(&["--clock", "2026-02-01 10:00:00"]);
    let server = record(&program, "cmdb_ci_server", value!({"name": "srv"}));
    let service = record(&program, "cmdb_ci_service", value!({"name": "mail"}));
    record(
        &program,
        "cmdb_rel_ci",
        value!({"parent": service, "child": server}),
    );
    let window = value!({"start_date": "2026-02-01 10:30:00", "end_date": "2026-02-01 11:30:00"});
    let change = |more: Value| {
        let mut fields = window.clone();
        fields
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        record(&program, "change_request", fields)
    };
    let mine = change(value!({}));
    let other = change(value!({"cmdb_ci": server}));
    let base = format!("/api/sn_chg_rest/v1/change/{mine}");

    let add = |body: Value| asked(&program, "POST", &format!("{base}/ci"), body);
    assert_eq!(
        add(value!({"association_type": "nope", "cmdb_ci_sys_ids": server})).0,
        400
    );
    assert_eq!(add(value!({"association_type": "affected"})).0, 400);
    let added = outcome(
        &program,
        &add(value!({"association_type": "affected", "cmdb_ci_sys_ids": [server, "unknown"]})),
    );
    assert_eq!(
        (&added["added"], &added["ignored"]),
        (&value!([server]), &value!(["unknown"]))
    );
    let (_, listed) = asked(
        &program,
        "GET",
        &format!("{base}/ci?association_type=affected"),
        Value::Null,
    );
    assert_eq!(
        listed["result"][0]["ci_item"],
        value!({
        "value": server, "display_value": "srv", "link": format!("{}/api/now/table/cmdb_ci/{server}", program.url())})
    );
    let refreshed = asked(
        &program,
        "POST",
        &format!("{base}/refresh_impacted_services"),
        value!({}),
    );
    assert_eq!(outcome(&program, &refreshed)["impacted"], value!([service]));

    let conflict = format!("{base}/conflict");
    let read = || asked(&program, "GET", &conflict, Value::Null).1["result"].clone();
    assert_eq!(read()["conflicts"], value!([]));
    let checked = outcome(&program, &asked(&program, "POST", &conflict, value!({})));
    assert_eq!(
        (&checked["conflict_status"], &checked["conflicts"]),
        (&"Conflict".into(), &1.into())
    );
    assert_eq!(read()["conflicts"][0]["conflicting_change"]["value"], other);
    assert_eq!(asked(&program, "DELETE", &conflict, Value::Null).0, 200);
    assert_eq!(read()["conflict_status"]["value"], "Not Run");
    let unplanned = record(&program, "change_request", value!({}));
    assert_eq!(
        asked(
            &program,
            "POST",
            &format!("/api/sn_chg_rest/change/{unplanned}/conflict"),
            value!({})
        )
        .0,
        400
    );

    let spans = outcome(&program, &{
        let (status, answer) = asked(&program, "GET", &format!("{base}/schedule"), Value::Null);
        (status, answer)
    });
    assert_eq!(spans["spans"][0]["start"]["value"], "2026-02-01 11:30:00");
    let (status, moved) = asked(
        &program,
        "PATCH",
        &format!("{base}/schedule/first_available"),
        value!({}),
    );
    assert_eq!(
        (status, &moved["result"]["start_date"]["value"]),
        (200, &"2026-02-01 11:30:00".into())
    );
    assert_eq!(moved["result"]["end_date"]["value"], "2026-02-01 12:30:00");
    let of_item = asked(
        &program,
        "GET",
        &format!("/api/sn_chg_rest/change/ci/{server}/schedule?duration_in_seconds=1800"),
        Value::Null,
    );
    assert_eq!(
        outcome(&program, &of_item)["spans"][0]["end"]["value"],
        "2026-02-01 10:30:00"
    );
    assert_eq!(
        asked(
            &program,
            "GET",
            "/api/sn_chg_rest/change/worker/nope",
            Value::Null
        )
        .0,
        404
    );

    let approvals = format!("{base}/approvals");
    assert_eq!(
        asked(&program, "PATCH", &approvals, value!({"state": "maybe"})).0,
        400
    );
    let (_, approved) = asked(&program, "PATCH", &approvals, value!({"state": "approved"}));
    assert_eq!(approved["result"]["approval"]["value"], "approved");
}

#[test]
fn what_a_list_of_changes_is_asked_holds_in_each_group() {
    let program = Program::start(&[]);
    for (kind, text) in [
        ("normal", "a needle"),
        ("emergency", "a needle"),
        ("emergency", "hay^^NQ"),
    ] {
        let change = value!({"type": kind, "short_description": text, "correlation_id": "g"});
        record(&program, "change_request", change);
    }
    let found = |path: &str, query: &str| {
        let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let path = format!("/api/sn_chg_rest/change{path}sysparm_query={query}");
        let answer = asked(&program, "GET", &path, Value::Null).1;
        answer["result"].as_array().map_or(0, Vec::len)
    };
    let groups = "correlation_id=g^NQcorrelation_id=g^active=true";
    assert_eq!(found("?", groups), 3);
    assert_eq!(found("?textSearch=needle&", groups), 2);
    assert_eq!(found("/emergency?textSearch=needle&", groups), 1);
    assert_eq!(found("/emergency?", "short_descriptionLIKE^^^^NQ"), 1);
    assert_eq!(found("/normal?", "short_descriptionLIKE^^^^NQ"), 0);
}

#[test]
fn a_change_is_of_the_type_that_was_sent() {
    let program = Program::start(&[]);
    let model = asked(
        &program,
        "GET",
        "/api/sn_chg_rest/change/model?name=Emergency",
        Value::Null,
    );
    let model = &model.1["result"][0]["sys_id"]["value"];
    let made = |path: &str, body: Value| {
        let path = format!("/api/sn_chg_rest/change{path}");
        let (status, answer) = asked(&program, "POST", &path, body);
        assert_eq!(status, 200, "{answer}");
        let result = &answer["result"];
        (
            result["type"]["value"].clone(),
            result["chg_model"]["value"].clone(),
        )
    };
    assert_eq!(made("", value!({})), ("normal".into(), "".into()));
    assert_eq!(
        made("", value!({"type": "emergency", "chg_model": "Emergency"})),
        ("emergency".into(), model.clone())
    );
    assert_eq!(made("?type=Standard", value!({})).0, "standard");
    assert_eq!(made("/normal", value!({"type": "emergency"})).0, "normal");
}

#[test]
fn what_hangs_on_a_change_is_filtered_and_comes_in_pages() {
    let program = Program::start(&[]);
    let change = record(&program, "change_request", value!({"correlation_id": "c"}));
    record(
        &program,
        "change_task",
        value!({"short_description": "of another"}),
    );
    for text in ["one", "two", "three"] {
        let server = record(&program, "cmdb_ci_server", value!({"name": text}));
        record(
            &program,
            "task_ci",
            value!({"task": change, "ci_item": server}),
        );
        record(
            &program,
            "change_task",
            value!({"change_request": change, "short_description": text}),
        );
    }
    let count = |path: &str| {
        let path = format!("/api/sn_chg_rest/change{path}");
        let answer = asked(&program, "GET", &path, Value::Null).1;
        answer["result"].as_array().map_or(0, Vec::len)
    };
    for (path, all) in [
        (format!("/{change}/task?"), 3),
        (format!("/{change}/ci?association_type=affected&"), 3),
        ("/model?".to_owned(), 3),
        ("/standard/template?".to_owned(), 1),
    ] {
        assert_eq!(count(&path), all, "{path}");
        let rest = format!("{path}sysparm_limit=2&sysparm_offset={}", all - 1);
        assert_eq!(count(&rest), 1, "{rest}");
        let end = format!("{path}sysparm_offset={all}");
        assert_eq!(count(&end), 0, "{end}");
    }
    let tasks = format!("/{change}/task?");
    assert_eq!(count(&format!("{tasks}short_description=two")), 1);
    assert_eq!(
        count(&format!("{tasks}sysparm_query=short_description=two")),
        1
    );
    assert_eq!(count("?correlation_id=c"), 1);
    assert_eq!(count(&format!("/{}/task", "0".repeat(32))), 0);
}

#[test]
fn a_standard_change_comes_from_a_template() {
    let program = Program::start(&[]);
    let list = |path: &str| {
        asked(
            &program,
            "GET",
            &format!("/api/sn_chg_rest/change/{path}"),
            Value::Null,
        )
        .1["result"]
            .clone()
    };
    let template = list("standard/template")[0]["sys_id"]["value"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        list(&format!("standard/template/{template}"))["name"]["value"],
        "Restart a server"
    );
    let made = |template: &str| {
        asked(
            &program,
            "POST",
            &format!("/api/sn_chg_rest/change/standard/{template}"),
            value!({"description": "x"}),
        )
    };
    assert_eq!(made("nope").0, 400);
    let (status, change) = made(&template);
    let change = &change["result"];
    assert_eq!(
        (
            status,
            &change["type"]["value"],
            &change["short_description"]["value"],
            &change["risk"]["value"]
        ),
        (
            200,
            &"standard".into(),
            &"Restart a server".into(),
            &4.into()
        )
    );
    assert_eq!(
        change["std_change_producer_version"]["display_value"],
        "Restart a server - 1"
    );
    let id = change["sys_id"]["value"].as_str().unwrap();
    let (status, assessed) = asked(
        &program,
        "PATCH",
        &format!("/api/sn_chg_rest/change/standard/{id}/risk"),
        value!({}),
    );
    assert_eq!(
        (status, &assessed["result"]["risk"]["value"]),
        (200, &4.into())
    );
    let models = list("model");
    let model = models[1]["sys_id"]["value"].as_str().unwrap();
    assert_eq!(list(&format!("model/{model}"))["name"]["value"], "Standard");

    record(
        &program,
        "change_request",
        value!({"type": "normal", "short_description": "zebra crossing"}),
    );
    let all =
        list("normal?sysparm_query=short_descriptionISNOTEMPTY&order=number&textSearch=zebra");
    assert_eq!(all.as_array().map(Vec::len), Some(1));
    let first = |order: &str| {
        list(&format!("standard?sysparm_limit=1&order={order}"))[0]["type"]["value"].clone()
    };
    assert_eq!(
        (first("number"), first("short_description")),
        ("standard".into(), "standard".into())
    );
}

#[test]
fn a_catalog_has_categories_items_and_producers() {
    let program = Program::start(&[]);
    let base = "/api/sn_sc/servicecatalog";
    let get = |path: &str| {
        asked(&program, "GET", &format!("{base}/{path}"), Value::Null).1["result"].clone()
    };
    let count = |path: &str| get(path).as_array().unwrap().len();
    let catalog = get("catalogs")[0]["sys_id"].as_str().unwrap().to_owned();
    record(&program, "sc_catalog", value!({"title": "Another"}));
    assert_eq!(count("catalogs"), 2);
    assert_eq!(count("catalogs?sysparm_limit=1"), 1);
    let top = get(&format!(
        "catalogs/{catalog}/categories?sysparm_top_level_only=true"
    ));
    let category = top[0]["sys_id"].as_str().unwrap().to_owned();
    let below = record(
        &program,
        "sc_category",
        value!({"title": "Below", "sc_catalog": catalog, "parent": category}),
    );
    let described = get(&format!("catalogs/{catalog}"));
    assert_eq!(described["title"], "Service Catalog");
    assert_eq!(
        described["categories"][1],
        value!({"sys_id": below, "title": "Below", "description": "", "header_image": ""})
    );
    assert_eq!(count(&format!("catalogs/{catalog}/categories")), 2);
    assert_eq!(
        count(&format!(
            "catalogs/{catalog}/categories?sysparm_top_level_only=true"
        )),
        1
    );

    let laptop = record(
        &program,
        "sc_cat_item",
        value!({"name": "Laptop", "description": "<p>Light</p>", "price": "1100", "order": "7",
            "category": category, "sc_catalogs": catalog}),
    );
    let cpu = record(
        &program,
        "item_option_new",
        value!({"cat_item": laptop, "name": "cpu", "question_text": "Which?", "type": "6", "mandatory": "true"}),
    );
    let item = get(&format!("items?sysparm_category={category}"))[0].clone();
    let in_catalog = value!({"sys_id": catalog, "title": "Service Catalog"});
    let in_category = value!({"sys_id": category, "title": "Services"});
    for (member, expected) in [
        ("sys_id", laptop.as_str().into()),
        ("catalogs", value!([in_catalog])),
        ("category", in_category.clone()),
        ("description", "<p>Light</p>".into()),
        ("order", 7.into()),
        ("show_price", true.into()),
        ("price", "$1,100.00".into()),
        ("price_currency", "USD".into()),
        ("recurring_price", "$0.00".into()),
    ] {
        assert_eq!(item[member], expected, "{member}");
    }
    let parent = get(&format!("catalogs/{catalog}/categories"))[0].clone();
    assert_eq!(
        (&parent["count"], &parent["subcategories"]),
        (&value!(1), &value!([{"sys_id": below, "title": "Below"}]))
    );
    let parent = get(&format!("categories/{category}"));
    assert_eq!(parent["title"], "Services");
    assert_eq!(
        (
            &parent["child_categories"][0]["sys_id"],
            &parent["child_categories"][0]["count"]
        ),
        (&below.into(), &value!(0))
    );
    assert_eq!(
        count(&format!(
            "items?sysparm_catalog={catalog}&sysparm_text=lapt"
        )),
        1
    );
    assert_eq!(count("items?sysparm_catalog=other&sysparm_text=lapt"), 0);
    let item = get(&format!("items/{laptop}"));
    assert_eq!(item["variables"][0]["mandatory"], true);
    assert_eq!(item["categories"][0]["title"], "Services");
    let shown = asked(
        &program,
        "POST",
        &format!("{base}/variables/{cpu}/display_value"),
        value!({"sysparm_value": "x"}),
    );
    assert_eq!(shown, (200, value!({"result": "x"})));

    for (method, path, status) in [
        ("GET", "catalogs/nothing", 400),
        ("GET", "catalogs/nothing/categories", 400),
        ("GET", "categories/nothing", 400),
        ("GET", "items/nothing", 400),
        ("GET", "cart/delivery_address/nothing", 400),
        ("DELETE", "cart/nothing", 400),
        ("POST", "variables/nothing/display_value", 404),
        ("POST", "items/nothing/submit_producer", 404),
    ] {
        let body = if method == "POST" {
            value!({})
        } else {
            Value::Null
        };
        let answer = asked(&program, method, &format!("{base}/{path}"), body);
        assert_eq!(answer.0, status, "{method} {path}");
    }

    let post =
        |path: &str, body: Value| asked(&program, "POST", &format!("{base}/items/{path}"), body);
    let message = |answer: &(u16, Value)| {
        (
            answer.0,
            answer.1["error"]["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let missing = post(
        &format!("{laptop}/order_now"),
        value!({"sysparm_quantity": 1}),
    );
    assert_eq!(
        message(&missing),
        (400, "Mandatory Variables are required".into())
    );
    let unsaid = post(
        &format!("{laptop}/add_to_cart"),
        value!({"variables": {"cpu": "2"}}),
    );
    assert_eq!(message(&unsaid), (400, "Invalid quantity value".into()));
    let unknown = post(
        &format!("{}/order_now", "0".repeat(32)),
        value!({"sysparm_quantity": 1}),
    );
    assert_eq!(
        message(&unknown),
        (400, "Security constraints prevent ordering of Item".into())
    );
    let cart = post(
        &format!("{laptop}/add_to_cart"),
        value!({"sysparm_quantity": 1, "variables": {"cpu": "2"}, "sysparm_also_request_for": "u1,u2"}),
    );
    assert_eq!(cart.1["result"]["subtotal"], "$1,100.00");
    let line = cart.1["result"]["items"][0]["cart_item_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (status, changed) = asked(
        &program,
        "PUT",
        &format!("{base}/cart/{line}"),
        value!({"sysparm_quantity": 3}),
    );
    assert_eq!(status, 201);
    assert_eq!(changed["result"], get("cart"));
    let cart = &changed["result"];
    assert_eq!(cart["subtotal_price"], "$3,300.00");
    let kept = &cart["none"]["items"][0];
    assert_eq!(
        (&kept["cart_item_id"], &kept["quantity"], &kept["subtotal"]),
        (&line.into(), &"3".into(), &value!(3300.0))
    );
    assert_eq!(kept["variables"], value!({"cpu": "2"}));
    let submitted = asked(
        &program,
        "POST",
        &format!("{base}/cart/submit_order"),
        value!({}),
    )
    .1;
    let request = submitted["result"]["request_id"].as_str().unwrap();
    let ordered = asked(
        &program,
        "GET",
        &format!("/api/now/table/sc_req_item?request={request}"),
        Value::Null,
    )
    .1;
    assert_eq!(ordered["result"].as_array().map(Vec::len), Some(3));
    let options = asked(
        &program,
        "GET",
        "/api/now/table/sc_item_option?value=2",
        Value::Null,
    )
    .1;
    assert_eq!(options["result"].as_array().map(Vec::len), Some(3));
    let fields = value!({"active": "false"});
    asked(
        &program,
        "PATCH",
        &format!("/api/now/table/sc_cat_item/{laptop}"),
        fields,
    );
    let closed = post(
        &format!("{laptop}/order_now"),
        value!({"sysparm_quantity": 1, "variables": {"cpu": "2"}}),
    );
    assert_eq!(
        message(&closed),
        (400, "Security constraints prevent ordering of Item".into())
    );

    let producers = get("items?sysparm_type=record_producer&sysparm_text=incident");
    let producer = producers[0]["sys_id"].as_str().unwrap();
    let submit = |variables: Value| {
        post(
            &format!("{producer}/submit_producer"),
            value!({"variables": variables}),
        )
    };
    assert_eq!(
        message(&submit(value!({}))),
        (400, "Mandatory Variables are required".into())
    );
    let (status, made) = submit(value!({"short_description": "produced", "urgency": "1"}));
    let made = &made["result"];
    assert_eq!(
        (status, &made["table"], &made["parent_table"]),
        (200, &"incident".into(), &"task".into())
    );
    let path = format!("/{}", made["record"].as_str().unwrap());
    let incident = asked(&program, "GET", &path, Value::Null).1;
    assert_eq!(
        (
            &incident["result"]["short_description"],
            &incident["result"]["number"]
        ),
        (&"produced".into(), &made["number"])
    );
    assert_eq!(
        post(&format!("{laptop}/submit_producer"), value!({})).0,
        404
    );
}
