//! Builds batches of rows, on the thread that read them.
//!
//! Rows of one answer are nearly all laid out alike, so they are added in runs, a column at a time: where it is
//! found is looked up once. A batch is ready when the rows in it took [`ENOUGH`] of JSON or have [`MOST_CELLS`], and
//! at the end of a page.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, DurationMicrosecondBuilder, Float64Builder,
    Int64Builder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, SchemaRef};

use super::column::{DECIMAL, Kind, Origin, TypedColumn};
use super::text::TextBuilder;
use super::value;
use crate::api::dictionary;
use crate::error::{Error, Result, Status};
use crate::export::count::{Counts, ExportCount};
use crate::export::reader::Maker;
use crate::record::Field;
use crate::record::row::{Column, Rows, Run};

/// So many bytes of JSON are a batch: enough for consumers to be quick about it, and little enough for
/// several to wait.
const ENOUGH: usize = 2 << 20;

/// The most cells of a batch. One whose value came took eight bytes of JSON at least; those that are NULL took none,
/// where of many columns rows show only a few, and are made all the same.
const MOST_CELLS: usize = 1 << 20;

/// A batch that is being built.
pub(super) struct Batch {
    schema: SchemaRef,
    columns: Arc<[TypedColumn]>,
    /// The fields that rows may have, where each is to have its column.
    fields: Option<Arc<HashSet<String>>>,
    builders: Vec<Builder>,
    rows: usize,
    /// Bytes of JSON that they stood in.
    bytes: usize,
    counts: Arc<Counts>,
}

enum Builder {
    Text(TextBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Decimal(Decimal128Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    DateTime(TimestampMicrosecondBuilder),
    Duration(DurationMicrosecondBuilder),
}

impl Batch {
    pub(super) fn new(
        schema: SchemaRef,
        columns: Arc<[TypedColumn]>,
        fields: Option<Arc<HashSet<String>>>,
        counts: Arc<Counts>,
    ) -> Batch {
        Batch {
            builders: columns.iter().map(|column| column.kind.builder()).collect(),
            schema,
            columns,
            fields,
            rows: 0,
            bytes: 0,
            counts,
        }
    }

    /// Adds some rows of a block, in runs.
    fn add(&mut self, rows: &Rows, some: Range<usize>) -> Result<()> {
        for run in rows.runs(some) {
            let message = "a row cannot be read";
            let run = run.ok_or_else(|| Error::new(Status::UnexpectedAnswer, message))?;
            if run.field_count() > 0 {
                self.push(&run);
                continue;
            }
            // Rows of which this user may read no field tell nothing.
            for _ in 0..run.row_count() {
                self.counts.received_is_hidden();
            }
        }
        Ok(())
    }

    /// Adds rows that have the same fields, column by column.
    fn push(&mut self, run: &Run<'_>) {
        let mut misfits = 0;
        for (column, builder) in self.columns.iter().zip(&mut self.builders) {
            match run.column(&column.field_name) {
                Some(field) => misfits += builder.push(field, column.origin),
                None => builder.push_nulls(run.row_count()),
            }
        }
        self.rows += run.row_count();
        if misfits > 0 {
            self.counts.add(ExportCount::Misfits, misfits);
        }
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        let arrays: Result<_, ArrowError> = self.builders.iter_mut().map(Builder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        (self.rows, self.bytes) = (0, 0);
        let schema = Arc::clone(&self.schema);
        arrays
            .and_then(|arrays| RecordBatch::try_new_with_options(schema, arrays, &options))
            .map_err(|error| Error::new(Status::Internal, format!("no batch was made: {error}")))
    }
}

impl Maker<RecordBatch> for Batch {
    fn check(&self, rows: &Rows) -> Result<()> {
        let Some(fields) = &self.fields else {
            return Ok(());
        };
        match rows.field_names().find(|name| !fields.contains(*name)) {
            None => Ok(()),
            Some(name) => Err(dictionary::unknown(name, "a row came with it")),
        }
    }

    fn take(&mut self, rows: &Rows, some: Range<usize>) -> Result<Option<(RecordBatch, usize)>> {
        let most = (MOST_CELLS / self.columns.len().max(1)).max(1);
        let Range { mut start, end } = some;
        while start < end {
            let next = end.min(start + most - self.rows);
            self.add(rows, start..next)?;
            start = next;
            if next == end {
                self.bytes += rows.bytes();
            }
            if self.rows == most || self.bytes >= ENOUGH && self.rows > 0 {
                return Ok(Some((self.finish()?, next)));
            }
        }
        Ok(None)
    }

    fn rest(&mut self) -> Result<Option<RecordBatch>> {
        match self.rows {
            0 => Ok(None),
            _ => self.finish().map(Some),
        }
    }
}

impl Kind {
    fn builder(self) -> Builder {
        match self {
            Kind::Text => Builder::Text(TextBuilder::new(false)),
            Kind::Key => Builder::Text(TextBuilder::new(true)),
            Kind::Integer => Builder::Integer(Int64Builder::new()),
            Kind::Float => Builder::Float(Float64Builder::new()),
            Kind::Decimal => {
                let builder = Decimal128Builder::new();
                let (precision, scale) = DECIMAL;
                let builder = builder.with_precision_and_scale(precision, scale);
                Builder::Decimal(builder.expect("a number of 38 digits fits 128 bits"))
            }
            Kind::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Kind::Date => Builder::Date(Date32Builder::new()),
            Kind::Time => Builder::Time(Time64MicrosecondBuilder::new()),
            Kind::DateTime => {
                Builder::DateTime(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            }
            Kind::Duration => Builder::Duration(DurationMicrosecondBuilder::new()),
        }
    }
}

impl Builder {
    /// Adds what some rows have in a field, and NULL where there is nothing. How many values do not fit the type, and
    /// are NULL for that.
    fn push<'a>(&mut self, column: Column<'a>, origin: Origin) -> u64 {
        fn typed<'a, T>(
            texts: impl Iterator<Item = Option<Cow<'a, str>>>,
            read: fn(&str) -> Option<T>,
            mut append: impl FnMut(Option<T>),
        ) -> u64 {
            let mut misfits = 0;
            for text in texts {
                let text = text.filter(|text| !text.is_empty());
                let value = text.as_deref().and_then(read);
                misfits += u64::from(text.is_some() && value.is_none());
                append(value);
            }
            misfits
        }
        let read = move |field: Field<'a>| match origin {
            Origin::Value => field.value(),
            Origin::Display | Origin::DisplayBeside => field.display(),
        };
        let texts = column.fields().map(read);
        match self {
            Builder::Text(builder) => {
                builder.push(column, read);
                0
            }
            Builder::Integer(builder) => typed(texts, value::integer, |v| builder.append_option(v)),
            Builder::Float(builder) => typed(texts, value::float, |v| builder.append_option(v)),
            Builder::Decimal(builder) => typed(texts, value::decimal, |v| builder.append_option(v)),
            Builder::Boolean(builder) => typed(texts, value::boolean, |v| builder.append_option(v)),
            Builder::Date(builder) => typed(texts, value::date, |v| builder.append_option(v)),
            Builder::Time(builder) => typed(texts, value::time, |v| builder.append_option(v)),
            Builder::DateTime(builder) => {
                typed(texts, value::date_time, |v| builder.append_option(v))
            }
            Builder::Duration(builder) => {
                typed(texts, value::date_time, |v| builder.append_option(v))
            }
        }
    }

    fn push_nulls(&mut self, count: usize) {
        match self {
            Builder::Text(builder) => builder.push_nulls(count),
            Builder::Integer(builder) => builder.append_nulls(count),
            Builder::Float(builder) => builder.append_nulls(count),
            Builder::Decimal(builder) => builder.append_nulls(count),
            Builder::Boolean(builder) => builder.append_nulls(count),
            Builder::Date(builder) => builder.append_nulls(count),
            Builder::Time(builder) => builder.append_nulls(count),
            Builder::DateTime(builder) => builder.append_nulls(count),
            Builder::Duration(builder) => builder.append_nulls(count),
        }
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Builder::Text(builder) => Arc::new(builder.finish()?),
            Builder::Integer(builder) => Arc::new(builder.finish()),
            Builder::Float(builder) => Arc::new(builder.finish()),
            Builder::Decimal(builder) => Arc::new(builder.finish()),
            Builder::Boolean(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
            Builder::Time(builder) => Arc::new(builder.finish()),
            Builder::DateTime(builder) => Arc::new(builder.finish()),
            Builder::Duration(builder) => Arc::new(builder.finish()),
        })
    }
}
