//! What an export reads: a table, and a query.

use std::time::Duration;

use http::Method;

use crate::error::{Error, Result};
use crate::query::params::Params;
use crate::query::{Operator, Query};
use crate::request::Request;
use crate::table::name::TableName;

pub(super) struct Source {
    /// The segments of the list's path.
    pub(super) path: Vec<String>,
    pub(super) query: Query,
}

/// A URL and the headers beside it may have about 8 KiB; so much of that is for keys.
const KEYS_LENGTH: usize = 5000;

/// A key as it stands in a URL, with the comma after it.
const KEY_LENGTH: usize = 32 + "%2C".len();

impl Source {
    /// The list that a query selects of a table.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where the table name or the query cannot be used; a query with an
    /// offset is one of these.
    pub(super) fn new(table: &str, query: Option<&Query>) -> Result<Source> {
        let query = query.cloned().unwrap_or_default();
        if query.row_offset() > 0 {
            let problem = "it has an offset, and an export reads by key; accepted is one without";
            return Err(Error::argument("query", problem));
        }
        // A query that cannot be written is refused now, not at the first row.
        query.ordered_page()?;
        let table = TableName::parse(table)?;
        Ok(Source {
            path: table.path().map(Into::into).to_vec(),
            query,
        })
    }

    pub(super) fn request(&self, params: Params<'_>) -> Request {
        Request::new(Method::GET, self.path.iter().map(String::as_str)).params(params)
    }

    pub(super) fn page_size(&self) -> u64 {
        u64::from(self.query.rows_per_page())
    }

    /// How many rows are wanted.
    pub(super) fn most(&self) -> u64 {
        self.query.row_limit().unwrap_or(u64::MAX)
    }

    /// How many rows one request can ask for by their keys.
    pub(super) fn keys_in_a_request(&self) -> u64 {
        let others: usize = self
            .query
            .keyset_params()
            .iter()
            .map(|(name, value)| name.len() + value.len() + 2)
            .sum();
        // Long lists of fields leave room for few keys, and there is no use in fewer than these.
        let keys = (KEYS_LENGTH.saturating_sub(others) / KEY_LENGTH).max(20);
        self.page_size().min(keys as u64)
    }

    /// The rows with these keys.
    pub(super) fn keys_params<'a, 'k>(
        &'a self,
        keys: impl Iterator<Item = &'k String>,
    ) -> Result<Params<'a>> {
        let keys: Vec<&str> = keys.map(String::as_str).collect();
        let mut params = self.query.keyset_params();
        params.push(("sysparm_query", self.query.keys_page(&keys)?));
        params.push(("sysparm_limit", keys.len().to_string()));
        params.push(("sysparm_no_count", "true".into()));
        params.push(("sysparm_suppress_pagination_header", "true".into()));
        Ok(params)
    }

    /// One key, whichever: enough to meet the instance, and to have it count.
    pub(super) fn key_page_params(&self) -> Result<Params<'_>> {
        Ok(self.query.one_key_params(self.query.conditions()?))
    }

    /// One key of the rows that were created longer ago than this, and a minute.
    pub(super) fn older_than_params(&self, elapsed: Duration) -> Result<Params<'_>> {
        let minutes = elapsed.as_secs().div_ceil(60) + 1;
        let value = format!("@minute@ago@{minutes}");
        let older = Operator::RelativeLt;
        let conditions = self.query.conditions_and("sys_created_on", older, &value)?;
        Ok(self.query.one_key_params(conditions))
    }

    /// Keys in their own order, from a place on.
    pub(super) fn keys_at_params(&self, offset: u64, limit: u64) -> Result<Params<'_>> {
        let mut params = self.query.key_params();
        params.push(("sysparm_query", self.query.keyset_page(None, None)?));
        params.push(("sysparm_limit", limit.to_string()));
        params.push(("sysparm_offset", offset.to_string()));
        params.push(("sysparm_no_count", "true".into()));
        params.push(("sysparm_suppress_pagination_header", "true".into()));
        Ok(params)
    }

    /// Keys in the query's own order.
    pub(super) fn listing_params(&self, offset: u64, limit: u64) -> Result<Params<'_>> {
        let mut params = self.query.key_params();
        params.push(("sysparm_query", self.query.ordered_page()?));
        params.push(("sysparm_limit", limit.to_string()));
        if offset > 0 {
            params.push(("sysparm_offset", offset.to_string()));
        }
        params.push(("sysparm_suppress_pagination_header", "true".into()));
        Ok(params)
    }
}
