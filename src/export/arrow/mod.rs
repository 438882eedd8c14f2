//! An export as Arrow: record batches that are built where rows arrive.
//!
//! [`column`] says which type a column has, from the dictionary; [`value`] reads the text of a value;
//! [`text`] builds columns of text; [`maker`] builds the batches, on the threads that read; [`batches`] hands them out.

mod batches;
mod column;
mod maker;
mod text;
mod value;

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::Schema;

pub use batches::ArrowBatches;
use column::{Kind, Origin, TypedColumn};

use super::Export;
use super::count::Counts;
use crate::api::dictionary;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::query::{DisplayValue, Query};

impl Client {
    /// All rows of a table that a query matches, as Arrow: [`Client::table_export`] and [`Export::arrow`].
    ///
    /// # Errors
    /// Those of both.
    pub fn table_arrow(&self, table: &str, query: Option<&Query>) -> Result<ArrowBatches> {
        self.table_export(table, query)?.arrow()
    }
}

impl Export {
    /// Whether every Arrow column is text, and holds what the instance sent. Default is false: each has the
    /// type that the dictionary names.
    pub fn set_all_text(&mut self, all_text: bool) {
        self.all_text = all_text;
    }

    /// Reads the dictionary, where types or names of columns are needed from it, and begins: the rows as
    /// Arrow record batches. From here on [`Export::count`] counts these.
    ///
    /// # Errors
    /// [`crate::Status::NoDictionary`] where the dictionary does not show a column to this user, or, where the query
    /// names no fields, what the table extends; the batches end with it where a row then comes with a field that has
    /// no column. [`crate::Status::InvalidArgument`] where the query has a view and names no fields; whatever a read
    /// can fail with.
    pub fn arrow(&mut self) -> Result<ArrowBatches> {
        let columns: Arc<[TypedColumn]> = self.columns()?.into();
        let names = columns.iter().map(|column| column.field_name.clone());
        // What was not asked for by name and has no column would be lost without a word.
        let known = match self.source.query.field_names().next() {
            None => Some(Arc::new(names.collect::<HashSet<_>>())),
            Some(_) => None,
        };
        let fields: Vec<_> = columns.iter().map(TypedColumn::field).collect();
        let schema = Arc::new(Schema::new(fields));
        let made_schema = Arc::clone(&schema);
        let makers = move |counts: &Arc<Counts>| {
            Box::new(maker::Batch::new(
                Arc::clone(&made_schema),
                Arc::clone(&columns),
                known.clone(),
                Arc::clone(counts),
            )) as Box<_>
        };
        // Links are in no column, and cost both sides more than the values beside them.
        let mut source = super::Source::clone(&self.source);
        source.query.exclude_reference_link(true);
        // Something for each connection to put there while the caller is busy with another.
        let room = self.connections.max(2) as usize + 1;
        let running = self.begin(Arc::new(source), Arc::new(makers), room);
        Ok(ArrowBatches::new(schema, running))
    }

    fn columns(&self) -> Result<Vec<TypedColumn>> {
        let query = &self.source.query;
        let mut names: Vec<&str> = Vec::new();
        for name in query.field_names() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() && query.has_view() {
            let problem =
                "it has a view, which does not tell the columns beforehand; name the fields";
            return Err(Error::argument("query", problem));
        }
        let form = query.form();
        // What is made to be displayed is text, whatever is stored.
        let all_text = self.all_text || form == DisplayValue::True;
        let known: Vec<(String, Kind)> = if all_text && !names.is_empty() {
            names
                .iter()
                .map(|name| ((*name).into(), Kind::Text))
                .collect()
        } else {
            let table = self.source.path.last().map_or("", String::as_str);
            let _whole = self.client.connection.around();
            let columns = dictionary::columns(&self.client, table, &names)?;
            let kind = |internal_type: &str| match all_text {
                true => Kind::Text,
                false => Kind::of(internal_type),
            };
            columns
                .into_iter()
                .map(|column| (column.name, kind(&column.internal_type)))
                .collect()
        };
        let mut columns = Vec::new();
        for (name, kind) in known {
            let origin = match form {
                DisplayValue::True => Origin::Display,
                DisplayValue::False | DisplayValue::All => Origin::Value,
            };
            columns.push(TypedColumn::new(&name, kind, origin));
            if form == DisplayValue::All {
                columns.push(TypedColumn::new(&name, Kind::Text, Origin::DisplayBeside));
            }
        }
        Ok(columns)
    }
}
