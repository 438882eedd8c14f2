//! Answers of every kind, and what is made of them.

use http::{HeaderMap, HeaderValue, Method};

use super::*;
use crate::request::Request;
use crate::session::Address;

fn answer(method: &Method, status: u16, kind: &'static str, body: &str) -> Response {
    let request = Request::new(method.clone(), ["api", "now", "table", "incident"]);
    answer_to(&request, status, kind, body)
}

fn answer_to(request: &Request, status: u16, kind: &'static str, body: &str) -> Response {
    let address = Address::parse("dev1", false).expect("a name");
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let status = StatusCode::from_u16(status).expect("a status");
    let head = Head::new(
        &address,
        request,
        status,
        headers,
        &std::sync::Arc::default(),
    );
    Response::new(head, body.into())
}

/// What an answer says of whether to make the call again, and whether it was done.
#[test]
fn what_may_be_made_again_and_what_may_have_been_done() {
    const JSON: &str = "application/json";
    const HTML: &str = "text/html";
    let partial = r#"{"result":[{}],"error":{"message":"cut"},"status":"failure"}"#;
    let cancelled = r#"{"error":{"message":"Transaction cancelled: x"}}"#;
    let (get, post) = (Method::GET, Method::POST);
    for (method, status, kind, body, expected, retryable, maybe_applied) in [
        (&get, 200, JSON, partial, Status::PartialResult, true, false),
        (
            &post,
            201,
            JSON,
            partial,
            Status::PartialResult,
            false,
            true,
        ),
        (
            &get,
            500,
            JSON,
            cancelled,
            Status::TransactionCancelled,
            true,
            false,
        ),
        (
            &post,
            500,
            JSON,
            cancelled,
            Status::TransactionCancelled,
            false,
            true,
        ),
        (
            &post,
            201,
            "text/xml",
            "<x/>",
            Status::UnexpectedAnswer,
            false,
            true,
        ),
        (
            &post,
            200,
            HTML,
            "<p>?</p>",
            Status::UnexpectedAnswer,
            false,
            true,
        ),
        (
            &get,
            200,
            HTML,
            "<p>?</p>",
            Status::UnexpectedAnswer,
            false,
            false,
        ),
        (&post, 202, JSON, "", Status::NotExecuted, true, false),
        (&post, 429, JSON, "", Status::RateLimited, true, false),
        (&post, 503, JSON, "", Status::Unavailable, false, true),
        (&get, 503, JSON, "", Status::Unavailable, true, false),
    ] {
        let judged = answer(method, status, kind, body).judged();
        let error = match judged {
            Ok(response) => response.results().map(drop),
            Err(error) => Err(error),
        }
        .expect_err(body);
        let found = (error.status(), error.is_retryable(), error.maybe_applied());
        assert_eq!(
            found,
            (expected, retryable, maybe_applied),
            "{method} {status} {body}"
        );
    }
}

#[test]
fn words_that_are_empty_are_not_told() {
    for body in [
        r#"{"error":{"message":"Operation Failed","detail":""}}"#,
        r#"{"error":{"message":"","detail":"Operation Failed"}}"#,
        r#"{"error":"Operation Failed","error_description":""}"#,
    ] {
        let error = answer(&Method::GET, 403, "application/json", body).judge();
        let error = error.expect_err(body);
        let words = "the instance forbids it (403): Operation Failed";
        assert_eq!(error.message(), words, "{body}");
    }
}

/// To a call that asks for what is newer than it has.
#[test]
fn what_is_not_modified_is_no_redirect() {
    let error = answer(&Method::GET, 304, "application/json", "").judge();
    let error = error.expect_err("nothing new");
    assert_eq!(error.status(), Status::HttpStatus, "{error}");
}

#[test]
fn an_error_says_where_a_redirect_leads() {
    const OWN: &str = "this is the address that was called";
    const SAME: &str = "use that address";
    const OTHER: &str = "to another path there";
    for (location, expected, words) in [
        ("/login.do", Status::LoginPage, "sign in"),
        (
            "/auth_redirect.do?sysparm_stack=no",
            Status::LoginPage,
            "sign in",
        ),
        ("/navpage.do", Status::LoginPage, "sign in"),
        (
            "https://acme.okta.com/oauth2/v1/authorize?client_id=x",
            Status::LoginPage,
            "sign in",
        ),
        ("https://sso.acme.com/", Status::LoginPage, "sign in"),
        (
            "https://acme.com/idp/startSSO.ping",
            Status::LoginPage,
            "sign in",
        ),
        ("/api/now/v2/table/incident", Status::Redirect, OWN),
        (
            "https://dev2.service-now.com/api/now/table/incident?x=1",
            Status::Redirect,
            SAME,
        ),
        ("https://acme.com/", Status::Redirect, OTHER),
        (
            "https://acme.com/associates/espresso-machines",
            Status::Redirect,
            OTHER,
        ),
    ] {
        let mut answer = answer(&Method::GET, 302, "text/html", "");
        answer
            .head
            .headers
            .insert(header::LOCATION, HeaderValue::from_static(location));
        let error = answer.check().expect_err(location);
        assert_eq!(error.status(), expected, "{location}");
        assert!(
            error.message().contains(words),
            "{location}: {}",
            error.message()
        );
    }
}

/// Only an API has no pages of its own to lead to.
#[test]
fn a_redirect_from_page_to_page_is_no_sign_in() {
    let request = Request::new(Method::GET, ["u_report.do"]);
    let mut answer = answer_to(&request, 302, "text/html", "");
    let location = HeaderValue::from_static("/u_report_list.do");
    answer.head.headers.insert(header::LOCATION, location);
    let error = answer.check().expect_err("a redirect");
    assert_eq!(error.status(), Status::Redirect, "{error}");
}

/// An instance says no word of that; where it says one, it means something else.
#[test]
fn a_url_that_is_too_long_is_told_of() {
    let explained = r#"{"error":{"message":"Invalid table","detail":null}}"#;
    for (length, status, body, is_told) in [
        (SHORT_URL, 400, "", true),
        (SHORT_URL, 414, "", true),
        (SHORT_URL, 431, "", true),
        (SHORT_URL / 2, 400, "", false),
        (SHORT_URL, 400, explained, false),
        (SHORT_URL, 403, "", false),
    ] {
        let request = Request::new(Method::GET, ["api", "now", "table", "incident"]);
        let request = request.param("sysparm_query", &"x".repeat(length));
        let answer = answer_to(&request, status, "application/json", body);
        let error = answer.judge().expect_err("a refusal");
        let message = error.message();
        assert_eq!(
            message.contains("its URL has"),
            is_told,
            "{status}: {message}"
        );
    }
}

/// That of a rate rule is told with every answer, and is waited for where the rule refuses.
#[test]
fn the_window_of_a_rule_is_for_what_it_refuses() {
    for (status, is_waited_for) in [(429, true), (503, false)] {
        let mut answer = answer(&Method::GET, status, "text/plain", "");
        let far = HeaderValue::from_static("4102444800");
        answer.head.headers.insert("x-ratelimit-reset", far);
        let error = answer.judge().expect_err("a failure");
        assert_eq!(error.retry_after().is_some(), is_waited_for, "{status}");
    }
}

#[test]
fn debug_shows_nothing_of_the_body() {
    let answer = answer(
        &Method::GET,
        200,
        "application/json",
        r#"{"access_token":"s3cret"}"#,
    );
    assert_eq!(format!("{answer:?}"), "200 OK with 25 bytes");
}
