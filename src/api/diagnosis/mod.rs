//! What keeps a client from working, found step by step, and what to do about it.
//!
//! First the way to the instance, without credentials; then calls as any other: who the user is, what it may
//! read. Whatever is wrong with the instance is a finding here, and no error.

mod findings;
mod report;

use std::time::{Duration, SystemTime};

pub use report::{Check, Diagnosis, Outcome};

use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::query::{Operator, Query};
use crate::record::Record;
use crate::request::Request;
use crate::response::Response;
use crate::session::connection::Tls;
use crate::table::name::TableName;

use findings::Found;

impl Client {
    /// Looks for what keeps this client from working: whether its instance can be reached and trusted,
    /// signs it in, lets it read, and has the same time. `table` is one that it is to read.
    ///
    /// At most three calls: `GET /api/now/table/` `sys_user`, `sys_user_has_role` and `table`, one row each
    /// but for the roles, and what signing in with OAuth takes.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`] where `table` cannot be one, [`Status::Closed`]. What is wrong with the
    /// instance or the way to it is told by the diagnosis.
    pub fn diagnose(&self, table: Option<&str>) -> Result<Diagnosis> {
        let table = table.map(TableName::parse).transpose()?;
        let _whole = self.connection.around();
        let mut found = Found::new(self.url());
        let probe = match self.connection.probe() {
            Err(error) if error.status() == Status::Proxy => {
                found.no_proxy_of_that_name(&error);
                found.nothing_was_sent();
                return Ok(found.told());
            }
            probe => probe?,
        };
        found.way(&probe);
        if !matches!(probe.connected, Some(Ok(_))) || matches!(probe.tls, Tls::Failed { .. }) {
            found.nothing_was_sent();
            return Ok(found.told());
        }

        let user = self.asked(&self.own_row())?;
        found.sign_in(&probe, &user, self.connection.shows_credentials());
        let row = match &user.answer {
            Ok(response) => single(response),
            Err(_) => None,
        };
        let roles = match row.as_ref().and_then(|row| row.get("sys_id")) {
            Some(sys_id) => Some(self.asked(&roles_of(&sys_id))?),
            None => None,
        };
        found.user(&user, row.as_ref(), roles.as_ref());
        let answered = match (&table, found.is_signed_in()) {
            (Some(table), true) => {
                let request = Request::new(http::Method::GET, table.path());
                let answer = self.asked(&of_rows(request, "sys_id", "1"))?;
                found.table(table.as_str(), &answer);
                Some(answer)
            }
            (Some(_), false) => {
                found.skip("table", "nobody is signed in");
                None
            }
            (None, _) => {
                found.skip("table", "no table was named");
                None
            }
        };
        let answers = [Some(&user), roles.as_ref(), answered.as_ref()];
        found.rate_rules(answers.iter().flatten().copied());
        found.clock(&user);
        Ok(found.told())
    }

    /// The row of the user that calls are made as; two rows where the instance evaluates no script in a
    /// query, which shows that it is none of theirs.
    fn own_row(&self) -> Request {
        let request = Request::new(http::Method::GET, ["api", "now", "table", "sys_user"]);
        let named = self.connection.user_name().and_then(|name| {
            let mut query = Query::new();
            query.filter("user_name", Operator::Eq, Some(name)).ok()?;
            query.conditions().ok()
        });
        // Without a name that a query can hold, the instance is asked whose row it is.
        let who = named.unwrap_or_else(|| "sys_id=javascript:gs.getUserID()".to_owned());
        of_rows(request, "sys_id,user_name,time_zone", "2").params([("sysparm_query", who)])
    }

    /// Sends a request, and takes the time; only what ends a diagnosis is an error.
    fn asked(&self, request: &Request) -> Result<Asked> {
        let answer = self.send(request);
        let at = SystemTime::now();
        match answer {
            Err(error) if ends(&error) => Err(error),
            answer => Ok(Asked { answer, at }),
        }
    }
}

/// An answer, or why there is none, and when that was.
struct Asked {
    answer: Result<Response>,
    at: SystemTime,
}

impl Asked {
    /// What is wrong with the call.
    fn error(&self) -> Option<Error> {
        match &self.answer {
            Ok(response) => response.records().err(),
            Err(error) => Some(error.clone()),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.answer.as_ref().ok()?.header(name)
    }

    /// By how much this machine's clock is ahead of the instance's, which tells whole seconds.
    fn ahead(&self) -> Option<i64> {
        let theirs = httpdate::parse_http_date(self.header("date")?).ok()?;
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        Some(match self.at.duration_since(theirs) {
            Ok(ahead) => seconds(ahead),
            Err(behind) => -seconds(behind.duration()),
        })
    }
}

/// What the caller did, and not the instance.
fn ends(error: &Error) -> bool {
    matches!(
        error.status(),
        Status::Closed | Status::Cancelled | Status::Busy | Status::Internal
    )
}

/// The only row of an answer.
fn single(response: &Response) -> Option<Record> {
    let mut records = response.records().ok()?;
    match records.len() {
        1 => records.pop(),
        _ => None,
    }
}

fn roles_of(user: &str) -> Request {
    let segments = ["api", "now", "table", "sys_user_has_role"];
    let query = ("sysparm_query", format!("user={user}"));
    of_rows(
        Request::new(http::Method::GET, segments),
        "role.name",
        "1000",
    )
    .params([query])
}

fn of_rows(request: Request, fields: &str, limit: &str) -> Request {
    let params = [("sysparm_fields", fields), ("sysparm_limit", limit)];
    request.params(params.map(|(name, value)| (name, value.to_owned())))
}
