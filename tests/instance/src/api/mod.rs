//! The APIs, and which path leads to which.

mod attachment;
mod authorize;
mod batch;
mod catalog;
mod change;
mod cmdb;
mod display;
mod echo;
mod engine;
mod event;
mod import;
mod input;
mod list;
mod login;
mod negotiate;
mod paging;
mod reconcile;
mod record;
mod render;
mod schema;
mod stats;
mod tiny;
mod token;
mod view;
mod write;
mod xml;

use std::collections::BTreeSet;

pub use catalog::CartLine;
pub use change::Workers;

use crate::{
    answer::{Answer, Failure},
    instance::Instance,
    request::Request,
    rules::roles_of,
    sign_in::{self, Caller},
};

/// Answers any request but those of control.
pub fn answer(instance: &Instance, request: &Request) -> Answer {
    match request.path.as_str() {
        "/oauth_token.do" => token::answer(instance, request),
        "/oauth_auth.do" => authorize::answer(instance, request),
        "/oauth_revoke_token.do" => token::revoke(instance, request),
        "/login.do" => login::login(instance, request),
        "/navpage.do" => login::page(instance, request),
        "/logout.do" => login::logout(instance, request),
        path if path.starts_with("/api/") => rest(instance, request),
        _ => Answer::html(
            404,
            "<html><head><title>Page not found</title></head><body>Page not found</body></html>",
        ),
    }
}

/// Whether a table is read that `sys_public` lists, by somebody who shows no credentials.
fn is_public(instance: &Instance, request: &Request) -> bool {
    let Some(path) = ApiPath::of(request) else {
        return false;
    };
    let [api, table, ..] = &path.rest[..] else {
        return false;
    };
    let database = instance.database.read();
    request.method == "GET"
        && request.header("authorization").is_none()
        && api == "table"
        && database
            .find_by("sys_public", "page", table)
            .is_some_and(|listed| listed.value("active") == "true")
}

/// A table that its `sys_db_object` closes to web services.
fn check_access_by_web_service(instance: &Instance, table: &str) -> Result<(), Failure> {
    let database = instance.database.read();
    let closed = database
        .find_by("sys_db_object", "name", table)
        .is_some_and(|listed| listed.value("ws_access") == "false");
    match closed {
        true => Err(Failure::new(
            403,
            "User Not Authorized",
            Some("Failed API level ACL Validation"),
        )),
        false => Ok(()),
    }
}

/// `/api/<namespace>/[v<n>/]<api>/<rest>`.
#[derive(Debug)]
struct ApiPath {
    namespace: String,
    version: Option<u8>,
    rest: Vec<String>,
}

impl ApiPath {
    fn of(request: &Request) -> Option<ApiPath> {
        let mut segments = request.segments().into_iter().skip(1).peekable();
        let namespace = segments.next()?;
        let version = segments
            .peek()
            .and_then(|segment| segment.strip_prefix('v')?.parse().ok());
        if version.is_some() {
            segments.next();
        }
        Some(ApiPath {
            namespace,
            version,
            rest: segments.collect(),
        })
    }

    /// What a link to a table begins with; it carries the version of the request.
    fn table_base(&self, request: &Request) -> String {
        match self.version {
            Some(version) => format!("{}/api/now/v{version}/table", request.base_url),
            None => format!("{}/api/now/table", request.base_url),
        }
    }
}

/// A request to a REST API by somebody who is known.
struct Call<'a> {
    instance: &'a Instance,
    request: &'a Request,
    path: &'a ApiPath,
    caller: Caller,
}

fn rest(instance: &Instance, request: &Request) -> Answer {
    negotiate::answer(request, || recognised(instance, request))
}

fn recognised(instance: &Instance, request: &Request) -> Result<Answer, Failure> {
    let caller = match sign_in::recognise(instance, request) {
        Err(_) if is_public(instance, request) => Caller::guest(),
        recognised => recognised?,
    };
    let user_name = caller.user_name.clone();
    let mut answer = counted(instance, request, caller).unwrap_or_else(Answer::from);
    answer.user_name = Some(user_name);
    Ok(answer)
}

fn counted(instance: &Instance, request: &Request, caller: Caller) -> Result<Answer, Failure> {
    let now = instance.clock.now().as_second();
    let asks_for_roles = instance.rate_rules.read().asks_for_roles();
    let roles = match asks_for_roles {
        true => roles_of(&instance.database.read(), &caller.sys_id),
        false => BTreeSet::new(),
    };
    let verdict = instance
        .rate_rules
        .write()
        .count(&caller.user_name, &roles, &request.path, now);
    let Some(verdict) = verdict else {
        return executed(instance, request, caller);
    };
    let answer = match verdict.refusal() {
        Some(refusal) => refusal,
        None => executed(instance, request, caller).unwrap_or_else(Answer::from),
    };
    Ok(verdict.noted_on(answer))
}

fn executed(instance: &Instance, request: &Request, caller: Caller) -> Result<Answer, Failure> {
    if let Some(query) = request
        .parameter("sysparm_tiny")
        .and_then(|id| instance.tiny_urls.read().get(id).cloned())
    {
        return executed(instance, &request.with_query(&query), caller);
    }
    let path = ApiPath::of(request).ok_or_else(Failure::no_such_resource)?;
    let call = Call {
        instance,
        request,
        path: &path,
        caller,
    };
    let rest: Vec<&str> = path.rest.iter().map(String::as_str).collect();
    let method = match request.method.as_str() {
        "HEAD" => "GET",
        method => method,
    };
    if let ("now", ["table" | "stats", table, ..]) = (path.namespace.as_str(), &rest[..]) {
        check_access_by_web_service(instance, table)?;
    }
    match (path.namespace.as_str(), method, &rest[..]) {
        ("now", "GET", ["table", table]) => list::list(&call, table),
        ("now", "POST", ["table", table]) => write::create(&call, table),
        ("now", "GET", ["table", table, id]) => record::read(&call, table, id),
        ("now", "PUT" | "PATCH", ["table", table, id]) => write::update(&call, table, id),
        ("now", "DELETE", ["table", table, id]) => write::delete(&call, table, id),
        ("now", _, ["table", _] | ["table", _, _]) => Err(Failure::method_not_allowed()),
        ("now", "GET", ["stats", table]) => stats::aggregate(&call, table),
        ("now", _, ["stats", _]) => Err(Failure::method_not_allowed()),
        ("now", "GET", ["attachment"]) => attachment::list(&call),
        ("now", "POST", ["attachment", "file"]) => attachment::upload_raw(&call),
        ("now", "POST", ["attachment", "upload"]) => attachment::upload_form(&call),
        ("now", "GET", ["attachment", id]) => attachment::read(&call, id),
        ("now", "GET", ["attachment", id, "file"]) => attachment::download(&call, id),
        ("now", "PATCH" | "PUT", ["attachment", id]) => attachment::rename(&call, id),
        ("now", "DELETE", ["attachment", id]) => attachment::delete(&call, id),
        ("now", method, ["attachment", id, "attributes"]) => {
            attachment::attributes(&call, method, id, None)
        }
        ("now", method, ["attachment", id, "attributes", key]) => {
            attachment::attributes(&call, method, id, Some(key))
        }
        ("now", _, ["attachment"] | ["attachment", _] | ["attachment", _, "file"]) => {
            Err(Failure::method_not_allowed())
        }
        ("now", "POST", ["import", staging]) => import::insert(&call, staging),
        ("now", "POST", ["import", staging, "insertMultiple"]) => {
            import::insert_multiple(&call, staging)
        }
        ("now", "GET", ["import", staging, id]) => import::read(&call, staging, id),
        ("now", "GET", ["doc", "table", "schema"]) => schema::tables(&call),
        ("now", "GET", ["doc", "table", "schema", table]) => schema::columns(&call, table),
        ("now", "GET", ["ui", "meta", table]) => schema::meta(&call, table),
        ("now", "POST", ["tinyurl"]) => tiny::shorten(&call),
        ("now", method, ["cmdb", "instance", class, rest @ ..]) => {
            cmdb::answer(&call, method, class, rest)
        }
        ("now", "GET", ["cmdb", "meta", class]) => cmdb::meta(&call, class),
        ("now", "POST", ["identifyreconcile"]) => reconcile::answer(&call, ""),
        ("now", "POST", ["identifyreconcile", variant]) => reconcile::answer(&call, variant),
        ("sn_sc", method, ["servicecatalog", rest @ ..]) => catalog::answer(&call, method, rest),
        ("x_snow", _, ["echo", rest @ ..]) => echo::answer(&call, rest),
        ("sn_chg_rest", method, ["change", rest @ ..]) => change::answer(&call, method, rest),
        ("global", "POST", ["em", "jsonv2"]) => event::insert_events(&call),
        ("now", "POST", ["batch"]) => batch::batch(&call),
        _ => Err(Failure::no_such_resource()),
    }
}
