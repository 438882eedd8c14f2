//! The Table API: `/api/now/table/{table}`, one record or all that a query matches.
//!
//! The parameters that say in what form records come back are taken from the call's own query and from nowhere
//! else; nothing sticks from call to call.

mod create_once;
mod cursor;
pub(crate) mod left_out;
pub(crate) mod name;
mod paging;

use http::Method;

pub use create_once::Created;
pub use cursor::{Canceller, Cursor};
use name::{SysId, TableName};
pub(crate) use paging::{is_number, not_sorted, precedes};

use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::query::Query;
use crate::query::params::Params;
use crate::record::Record;
use crate::record::page::Results;
use crate::request::Request;
use crate::response::Response;

impl Client {
    /// Reads one record: `GET /api/now/table/{table}/{sys_id}`.
    ///
    /// Of the query, only what shapes a record counts: fields, display value, links, view, domains.
    ///
    /// # Errors
    /// [`Status::NotFound`] where there is no such record or this user may not see it;
    /// [`Status::BadRequest`] where there is no such table.
    pub fn table_get(&self, table: &str, sys_id: &str, query: Option<&Query>) -> Result<Record> {
        let request = self.record_request(Method::GET, table, sys_id)?;
        self.record(&with_params(request, query, Query::record_params))
    }

    /// All records that a query matches, page after page: `GET /api/now/table/{table}`.
    ///
    /// No traffic happens before the first row is asked for.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`] where the table name or the query cannot be used.
    pub fn table_list(&self, table: &str, query: Option<&Query>) -> Result<Cursor> {
        let query = query.cloned().unwrap_or_default();
        Cursor::new(self, &TableName::parse(table)?.path(), query)
    }

    /// The first record that a query matches, in its order, after those that its offset skips.
    ///
    /// # Errors
    /// [`Status::NotFound`] where none does.
    pub fn table_first(&self, table: &str, query: Option<&Query>) -> Result<Record> {
        let query = limited(query, 1)?;
        let _whole = self.connection.around();
        let mut cursor = self.for_one_call().table_list(table, Some(&query))?;
        cursor.next_record()?.ok_or_else(|| no_match(table))
    }

    /// The one record that a query matches, whatever its limit and offset.
    ///
    /// # Errors
    /// [`Status::NotFound`] where none does, [`Status::Multiple`] where more than one does.
    pub fn table_one(&self, table: &str, query: Option<&Query>) -> Result<Record> {
        let mut query = limited(query, 2)?;
        query.offset(0);
        let _whole = self.connection.around();
        let mut cursor = self.for_one_call().table_list(table, Some(&query))?;
        let record = cursor.next_record()?.ok_or_else(|| no_match(table))?;
        if cursor.next_record()?.is_some() {
            let message = format!("more than one record of {table} matches the query");
            return Err(Error::new(Status::Multiple, message));
        }
        Ok(record)
    }

    /// How many records a query matches: `GET /api/now/stats/{table}`.
    ///
    /// The instance counts before it looks at row access, so a list may hold fewer.
    ///
    /// # Errors
    /// [`Status::Forbidden`] where this user may not read the table as a whole.
    pub fn table_count(&self, table: &str, query: Option<&Query>) -> Result<u64> {
        let table = TableName::parse(table)?;
        let segments = ["api", "now", "stats", table.as_str()];
        let mut request = Request::new(Method::GET, segments).param("sysparm_count", "true");
        if let Some(query) = query.filter(|query| query.has_conditions()) {
            request = request.param("sysparm_query", &query.conditions()?);
        }
        request = with_params(request, query, Query::count_params);
        let statistics = self.record(&request)?;
        count(&statistics).ok_or_else(|| {
            let message = "the answer holds no count";
            request.tells(Error::new(Status::UnexpectedAnswer, message))
        })
    }

    /// Creates a record: `POST /api/now/table/{table}`. Returns it as the instance stored it.
    ///
    /// Of the query, what shapes the record that comes back counts, and what says how the values of
    /// `record` are meant.
    ///
    /// # Errors
    /// [`Status::Forbidden`] where an access control, business rule or data policy refuses it. Where
    /// [`Error::maybe_applied`] says so, the record may exist in spite of the error.
    pub fn table_create(
        &self,
        table: &str,
        record: &Record,
        query: Option<&Query>,
    ) -> Result<Record> {
        let table = TableName::parse(table)?;
        self.write(Request::new(Method::POST, table.path()), record, query)
    }

    /// Changes the fields given, leaves the others: `PATCH /api/now/table/{table}/{sys_id}`. Returns
    /// the record as the instance stored it. Of the query counts what counts for
    /// [`Client::table_create`].
    ///
    /// # Errors
    /// As [`Client::table_create`]; [`Status::NotFound`] where there is no such record.
    pub fn table_update(
        &self,
        table: &str,
        sys_id: &str,
        changes: &Record,
        query: Option<&Query>,
    ) -> Result<Record> {
        let request = self.record_request(Method::PATCH, table, sys_id)?;
        self.write(request, changes, query)
    }

    /// As [`Client::table_update`] with `PUT`, which some networks and scripted APIs want.
    ///
    /// # Errors
    /// As [`Client::table_update`].
    pub fn table_replace(
        &self,
        table: &str,
        sys_id: &str,
        record: &Record,
        query: Option<&Query>,
    ) -> Result<Record> {
        let request = self.record_request(Method::PUT, table, sys_id)?;
        self.write(request, record, query)
    }

    /// Deletes a record: `DELETE /api/now/table/{table}/{sys_id}`. Of the query, only the domains count.
    ///
    /// # Errors
    /// [`Status::NotFound`] where there is no such record, [`Status::Forbidden`] where it may not be
    /// deleted.
    pub fn table_delete(&self, table: &str, sys_id: &str, query: Option<&Query>) -> Result<()> {
        let request = self.record_request(Method::DELETE, table, sys_id)?;
        self.settle(&with_params(request, query, Query::delete_params))
    }

    /// Changes the one record that a query matches: looks for it, makes sure that the instance leaves no
    /// condition out, and changes it by its key.
    ///
    /// # Errors
    /// [`Status::InvalidArgument`] where the query has no condition; [`Status::NotFound`] or
    /// [`Status::Multiple`] where not exactly one record matches; [`Status::QueryIgnored`] where the instance
    /// leaves out a condition, so that another record may match. Nothing is changed then. Else as
    /// [`Client::table_update`].
    pub fn table_update_one(&self, table: &str, query: &Query, changes: &Record) -> Result<Record> {
        let _whole = self.connection.around();
        let call = self.for_one_call();
        let sys_id = call.only_match(table, query)?;
        call.table_update(table, &sys_id, changes, Some(query))
    }

    /// Deletes the one record that a query matches, as [`Client::table_update_one`] changes it.
    ///
    /// # Errors
    /// As [`Client::table_update_one`]; nothing is deleted unless exactly one record matches all conditions.
    pub fn table_delete_one(&self, table: &str, query: &Query) -> Result<()> {
        let _whole = self.connection.around();
        let call = self.for_one_call();
        let sys_id = call.only_match(table, query)?;
        call.table_delete(table, &sys_id, Some(query))
    }

    /// The sys_id of the one record that a query matches. A query without a condition is refused:
    /// it matches whatever happens to be the only row.
    fn only_match(&self, table: &str, query: &Query) -> Result<String> {
        if !query.has_conditions() {
            return Err(Error::argument(
                "query",
                "it has no condition; accepted is one that has",
            ));
        }
        let record = self.table_one(table, Some(&query.look_up()))?;
        let sys_id = record.get("sys_id").ok_or_else(|| {
            let message = format!("the record of {table} that matches has no readable sys_id");
            Error::new(Status::UnexpectedAnswer, message)
        })?;
        left_out::check(query, false, |conditions| {
            self.match_count(table, query, conditions)
        })?;
        Ok(sys_id.into())
    }

    /// How many records these conditions match beside what else a query says of lists. Where the instance does
    /// not count: whether there is one.
    fn match_count(&self, table: &str, query: &Query, conditions: String) -> Result<Option<u64>> {
        let table = TableName::parse(table)?;
        let params = query.one_key_params(conditions);
        let request = Request::new(Method::GET, table.path()).params(params);
        let read = |response: Response| {
            let shown = response.records()?.len() as u64;
            let counted = response.head.total_count();
            Ok(Some(counted.unwrap_or(shown)))
        };
        self.connection.read(&request, self.caller(), read)
    }

    fn record_request(&self, method: Method, table: &str, sys_id: &str) -> Result<Request> {
        let (table, sys_id) = (TableName::parse(table)?, SysId::parse(sys_id)?);
        let segments = table.path().into_iter().chain([sys_id.as_str()]);
        Ok(Request::new(method, segments))
    }

    /// Sends a request that is answered with nothing (204); what is said must be no error.
    pub(crate) fn settle(&self, request: &Request) -> Result<()> {
        let read = |response: Response| match response.body().is_empty() {
            true => Ok(()),
            false => response.results().map(drop),
        };
        self.connection.read(request, self.caller(), read)
    }

    /// Sends a record, which the instance answers with what it stored.
    fn write(&self, request: Request, record: &Record, query: Option<&Query>) -> Result<Record> {
        let request = with_params(request, query, Query::write_params);
        let body = record.to_json_for_write(request.form_of_body())?;
        self.record(&request.json(body))
    }

    /// Sends a request that one record answers.
    pub(crate) fn record(&self, request: &Request) -> Result<Record> {
        let read = |response: Response| match response.results()? {
            Results::One(record) => Ok(record),
            _ => Err(response.unexpected("the answer holds no record")),
        };
        self.connection.read(request, self.caller(), read)
    }
}

/// The count in `{"stats":{"count":"73"}}`.
fn count(statistics: &Record) -> Option<u64> {
    let stats = Record::from_json(statistics.field("stats")?.json().as_bytes()).ok()?;
    stats.get("count")?.parse().ok()
}

/// Adds what the query says for a call of this kind.
fn with_params(
    request: Request,
    query: Option<&Query>,
    params: fn(&Query) -> Params<'_>,
) -> Request {
    match query {
        Some(query) => request.params(params(query)),
        None => request,
    }
}

/// The query, ended after so many rows.
fn limited(query: Option<&Query>, rows: u64) -> Result<Query> {
    let mut query = query.cloned().unwrap_or_default();
    query.limit(rows)?;
    Ok(query)
}

fn no_match(table: &str) -> Error {
    Error::new(
        Status::NotFound,
        format!("no record of {table} matches the query"),
    )
}
