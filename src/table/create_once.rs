//! A create that can lose its answer and still say what became of it.
//!
//! The record gets its key here, before it is sent. When the answer is lost, a look-up by that key tells
//! whether the record is there. An instance that gives keys of its own is told by the answer, and then the
//! next lost answer would be a riddle, so that is reported.

use uuid::Uuid;

use crate::client::Client;
use crate::error::{Error, Result, Status};
use crate::query::Query;
use crate::record::Record;

/// What became of a record that was to be created once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Created {
    /// It was created, under the key that was asked for.
    New(Record),
    /// It is there under that key already: by this very call, whose answer was lost, or by an earlier one
    /// with the same `sys_id`.
    Found(Record),
    /// It was created, but the instance gave it another key, or which one it has could not be read. Creating once
    /// does not work on this table then: an answer that is lost leaves open what became of the record.
    UnderAnotherKey(Record),
}

impl Client {
    /// Creates a record, and finds out what became of it when the answer is lost:
    /// `POST /api/now/table/{table}`, then `GET /api/now/table/{table}/{sys_id}` where that is needed.
    ///
    /// The record's `sys_id` is its key, 32 hexadecimal digits in lower case; where it has none, one is made. A
    /// caller that keeps the key, and calls again with it after any error, never creates a second record. Of the
    /// query counts what counts for [`Client::table_create`]; `sys_id` comes along with the fields that it asks for.
    ///
    /// # Errors
    /// As [`Client::table_create`]; [`Status::InvalidArgument`] where the record's `sys_id` is no such key. Where
    /// [`Error::maybe_applied`] says so, even the look-up could not tell: it failed, or found nothing, which a
    /// record that the instance is still at work on looks like, and one that it gave another key.
    pub fn table_create_once(
        &self,
        table: &str,
        record: &Record,
        query: Option<&Query>,
    ) -> Result<Created> {
        let (record, sys_id) = keyed(record)?;
        let _whole = self.connection.around();
        let query = query.map(Query::with_key);
        let error = match self.table_create(table, &record, query.as_ref()) {
            Ok(created) => {
                let has_key = match created.get("sys_id") {
                    Some(key) => *key == *sys_id,
                    // This user may not read it there, so it is asked for.
                    None => self.table_get(table, &sys_id, query.as_ref()).is_ok(),
                };
                return Ok(match has_key {
                    true => Created::New(created),
                    false => Created::UnderAnotherKey(created),
                });
            }
            Err(error) => error,
        };
        if !error.maybe_applied() && !is_taken(&error) {
            return Err(error);
        }
        match self.table_get(table, &sys_id, query.as_ref()) {
            Ok(found) => Ok(Created::Found(found)),
            Err(_) => Err(error),
        }
    }
}

/// The record with its key, and the key.
fn keyed(record: &Record) -> Result<(Record, String)> {
    let mut record = record.clone();
    let sys_id = match record.get("sys_id") {
        Some(given) if !given.is_empty() => checked(&given)?.to_owned(),
        _ => Uuid::new_v4().simple().to_string(),
    };
    record.set("sys_id", &sys_id)?;
    Ok((record, sys_id))
}

/// A key as an instance makes them. It takes no other for a new record, but gives that one of its own.
fn checked(sys_id: &str) -> Result<&str> {
    let fits = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    if sys_id.len() != 32 || !sys_id.bytes().all(fits) {
        let problem = "its sys_id is not a key for a new record; accepted are 32 hexadecimal digits in \
                       lower case";
        return Err(Error::argument("record", problem));
    }
    Ok(sys_id)
}

/// Whether the instance says that there is such a key already.
fn is_taken(error: &Error) -> bool {
    let says =
        |words: Option<&str>| words.is_some_and(|words| words.contains("Unique Key violation"));
    error.status() == Status::Forbidden && (says(error.detail()) || says(error.instance_message()))
}
