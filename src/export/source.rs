//! What an export reads: a table, and a query.

use std::time::Duration;

use http::Method;

use crate::error::{Error, Result};
use crate::query::params::{Params, Selection};
use crate::query::{Operator, Query};
use crate::request::Request;
use crate::table::name::TableName;

#[derive(Clone)]
pub(super) struct Source {
    /// The segments of the list's path.
    pub(super) path: Vec<String>,
    pub(super) query: Query,
}

/// A URL and the headers beside it may have about 8 KiB; so much of that is for keys.
const KEYS_LENGTH: usize = 5000;

/// A key as it stands in a URL, with the comma after it.
const KEY_LENGTH: usize = 32 + "%2C".len();

/// There is no use in asking for fewer rows at a time by their keys.
const FEW_KEYS: usize = 20;

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

    /// How many of so many rows are wanted: several connections may read more.
    pub(super) fn wanted_of(&self, rows: u64) -> u64 {
        rows.min(self.most())
    }

    /// How many rows one request can ask for by their keys.
    pub(super) fn keys_in_a_request(&self) -> u64 {
        self.page_size().min(self.room_for_keys().0 as u64)
    }

    /// For how many keys a URL has room, and whether the query's conditions stand beside them: they are worth
    /// fewer keys, but not very few.
    fn room_for_keys(&self) -> (usize, bool) {
        let others: usize = self
            .query
            .keyset_params()
            .iter()
            .map(|(name, value)| name.len() + value.len() + 2)
            .sum();
        let room = KEYS_LENGTH.saturating_sub(others);
        if let Ok(conditions) = self.query.conditions() {
            let left = room.saturating_sub(length_in_url(&conditions));
            // The keys stand in each branch.
            let keys = left / (KEY_LENGTH * self.query.branch_count());
            if keys >= FEW_KEYS {
                return (keys, true);
            }
        }
        // Long lists of fields leave room for few.
        ((room / KEY_LENGTH).max(FEW_KEYS), false)
    }

    /// The rows with these keys, without those that match no longer where the URL has room to say so.
    pub(super) fn keys_params<'a, 'k>(
        &'a self,
        keys: impl Iterator<Item = &'k String>,
    ) -> Result<Params<'a>> {
        let keys: Vec<&str> = keys.map(String::as_str).collect();
        let (_, keeps_conditions) = self.room_for_keys();
        let selection = Selection {
            query: self.query.keys_page(&keys, keeps_conditions)?,
            offset: 0,
            rows: keys.len() as u64,
            counts: false,
        };
        Ok(selection.shaped_by(self.query.keyset_params()))
    }

    /// One key, whichever: enough to meet the instance, and to have it count.
    pub(super) fn key_page_params(&self) -> Result<Params<'_>> {
        Ok(self.query.one_key_params(self.query.conditions()?))
    }

    /// One of the rows whose key is empty and is not: there is none, unless the instance leaves out what it is
    /// asked of keys.
    pub(super) fn no_key_params(&self) -> Result<Params<'_>> {
        let mut none = Query::new();
        none.filter("sys_id", Operator::IsEmpty, None)?;
        none.filter("sys_id", Operator::IsNotEmpty, None)?;
        Ok(self.query.one_key_params(none.conditions()?))
    }

    /// The condition on keys that every row meets.
    pub(super) fn any_key() -> Result<String> {
        let mut any = Query::new();
        any.filter("sys_id", Operator::IsNotEmpty, None)?;
        any.conditions()
    }

    /// One key of the rows that nobody has written for longer than this, and a minute: one that was changed may
    /// match since then.
    pub(super) fn older_than_params(&self, elapsed: Duration) -> Result<Params<'_>> {
        let minutes = elapsed.as_secs().div_ceil(60) + 1;
        let value = format!("@minute@ago@{minutes}");
        // Some tables keep no time of the last change, and rows that come to be there are never changed.
        let written = ["sys_created_on", "sys_updated_on"];
        let conditions = self
            .query
            .conditions_and(&written, Operator::RelativeLt, &value)?;
        Ok(self.query.one_key_params(conditions))
    }

    /// Keys in their own order, from a place on.
    pub(super) fn keys_at_params(&self, offset: u64, limit: u64) -> Result<Params<'_>> {
        let selection = Selection {
            query: self.query.keyset_page(None, None)?,
            offset,
            rows: limit,
            counts: false,
        };
        Ok(selection.shaped_by(self.query.key_params()))
    }

    /// Keys in the query's own order.
    pub(super) fn listing_params(&self, offset: u64, limit: u64) -> Result<Params<'_>> {
        let selection = Selection {
            query: self.query.ordered_page()?,
            offset,
            rows: limit,
            counts: true,
        };
        Ok(selection.shaped_by(self.query.key_params()))
    }
}

/// How long a text is where it stands in a URL.
fn length_in_url(text: &str) -> usize {
    let length = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => 1,
        false => "%2C".len(),
    };
    text.bytes().map(length).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(query: &str) -> Source {
        let query = Query::parse(query).expect("a query");
        Source::new("incident", Some(&query)).expect("a source")
    }

    fn asked(source: &Source) -> String {
        let keys = ["0a".to_owned(), "0b".to_owned()];
        let params = source.keys_params(keys.iter()).expect("parameters");
        let mut queries = params
            .into_iter()
            .filter(|(name, _)| *name == "sysparm_query");
        queries.next().expect("a query").1
    }

    #[test]
    fn rows_are_asked_for_by_key_with_the_conditions_beside_as_far_as_there_is_room() {
        let all = source("ORDERBYnumber");
        assert_eq!(asked(&all), "sys_idIN0a,0b^ORDERBYnumber^ORDERBYsys_id");
        let some = source("active=true^ORpriority=1^ORDERBYnumber");
        assert_eq!(
            asked(&some),
            "active=true^ORpriority=1^sys_idIN0a,0b^ORDERBYnumber^ORDERBYsys_id"
        );
        let branches = source("active=true^NQpriority=1^ORDERBYnumber");
        assert_eq!(
            asked(&branches),
            "active=true^sys_idIN0a,0b^NQpriority=1^sys_idIN0a,0b^ORDERBYnumber^ORDERBYsys_id"
        );
        let longer = source(&format!("numberIN{}^ORDERBYnumber", "INC,".repeat(100)));
        assert!(all.keys_in_a_request() > longer.keys_in_a_request());
        assert!(some.keys_in_a_request() > branches.keys_in_a_request());
        let long = source(&format!(
            "short_descriptionLIKE{}^ORDERBYnumber",
            "x".repeat(4500)
        ));
        assert_eq!(asked(&long), asked(&all));
        assert_eq!(long.keys_in_a_request(), all.keys_in_a_request());
    }
}
