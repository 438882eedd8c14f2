//! Builds batches of rows, on the thread that read them.
//!
//! Rows of one answer are nearly all laid out alike, so where each column is found is looked up once for a
//! layout. A batch is ready when the rows in it took [`ENOUGH`] of JSON, and at the end of a page.

use std::mem;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, DurationMicrosecondBuilder,
    Float64Builder, Int64Builder, StringBuilder, Time64MicrosecondBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;

use super::column::{DECIMAL, Kind, Source, TypedColumn};
use super::value;
use crate::error::{Error, Result, Status};
use crate::export::count::{Counts, ExportCount};
use crate::export::reader::Maker;
use crate::record::Field;
use crate::record::row::Rows;

/// So many bytes of JSON are a batch: enough for consumers to be quick about it, and little enough for
/// several to wait.
const ENOUGH: usize = 2 << 20;

/// A batch that is being built.
pub(super) struct Batch {
    schema: SchemaRef,
    columns: Arc<[TypedColumn]>,
    builders: Vec<Builder>,
    rows: usize,
    /// Bytes of JSON that they stood in.
    bytes: usize,
    /// Where each column is found in rows of a layout.
    places: Vec<Option<usize>>,
    counts: Arc<Counts>,
}

enum Builder {
    Text(StringBuilder),
    Key(StringBuilder),
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
        counts: Arc<Counts>,
    ) -> Batch {
        Batch {
            builders: columns.iter().map(|column| column.kind.builder()).collect(),
            schema,
            columns,
            rows: 0,
            bytes: 0,
            places: Vec::new(),
            counts,
        }
    }

    fn push(&mut self, rows: &Rows, layout: u32, row: usize) {
        let mut misfits = 0;
        let columns = self.columns.iter().zip(&self.places);
        for ((column, place), builder) in columns.zip(&mut self.builders) {
            let field = place.map(|place| rows.field(layout, row, place));
            let text = field.as_ref().and_then(|field| match column.source {
                Source::Value => Field::value(field),
                Source::Display | Source::DisplayBeside => Field::display(field),
            });
            misfits += u64::from(!builder.push(text.as_deref()));
        }
        self.rows += 1;
        if misfits > 0 {
            self.counts.add(ExportCount::Misfits, misfits);
        }
    }

    fn find_columns(&mut self, rows: &Rows, layout: u32) {
        let place = |column: &TypedColumn| rows.place_of(layout, &column.field_name);
        self.places.clear();
        self.places.extend(self.columns.iter().map(place));
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        let arrays = self.builders.iter_mut().map(Builder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        (self.rows, self.bytes) = (0, 0);
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .map_err(|error| Error::new(Status::Internal, format!("no batch was made: {error}")))
    }
}

impl Maker<RecordBatch> for Batch {
    fn take(&mut self, rows: Rows, count: usize) -> Result<Option<RecordBatch>> {
        let mut known = None;
        for row in 0..count {
            let Some(layout) = rows.layout(row) else {
                let message = "a row cannot be read";
                return Err(Error::new(Status::UnexpectedAnswer, message));
            };
            if known != Some(layout) {
                self.find_columns(&rows, layout);
                known = Some(layout);
            }
            if rows.field_count(layout) == 0 {
                // A row of which this user may read no field tells nothing.
                self.counts.received_is_hidden();
                continue;
            }
            self.push(&rows, layout, row);
        }
        self.bytes += rows.bytes();
        match self.bytes >= ENOUGH && self.rows > 0 {
            true => self.finish().map(Some),
            false => Ok(None),
        }
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
            Kind::Text => Builder::Text(StringBuilder::new()),
            Kind::Key => Builder::Key(StringBuilder::new()),
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
    /// Adds a value, or NULL where there is none. Whether it was no misfit.
    fn push(&mut self, text: Option<&str>) -> bool {
        fn typed<T>(
            text: Option<&str>,
            read: fn(&str) -> Option<T>,
            mut append: impl FnMut(Option<T>),
        ) -> bool {
            let text = text.filter(|text| !text.is_empty());
            let value = text.and_then(read);
            let fits = text.is_none() || value.is_some();
            append(value);
            fits
        }
        match self {
            Builder::Text(builder) => {
                builder.append_option(text);
                true
            }
            Builder::Key(builder) => {
                builder.append_option(text.filter(|text| !text.is_empty()));
                true
            }
            Builder::Integer(builder) => typed(text, value::integer, |v| builder.append_option(v)),
            Builder::Float(builder) => typed(text, value::float, |v| builder.append_option(v)),
            Builder::Decimal(builder) => typed(text, value::decimal, |v| builder.append_option(v)),
            Builder::Boolean(builder) => typed(text, value::boolean, |v| builder.append_option(v)),
            Builder::Date(builder) => typed(text, value::date, |v| builder.append_option(v)),
            Builder::Time(builder) => typed(text, value::time, |v| builder.append_option(v)),
            Builder::DateTime(builder) => {
                typed(text, value::date_time, |v| builder.append_option(v))
            }
            Builder::Duration(builder) => {
                typed(text, value::date_time, |v| builder.append_option(v))
            }
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Text(builder) | Builder::Key(builder) => {
                // The next batch has about as much.
                let (rows, bytes) = (builder.len(), builder.values_slice().len());
                let next = StringBuilder::with_capacity(rows + rows / 8, bytes + bytes / 8);
                Arc::new(mem::replace(builder, next).finish())
            }
            Builder::Integer(builder) => Arc::new(builder.finish()),
            Builder::Float(builder) => Arc::new(builder.finish()),
            Builder::Decimal(builder) => Arc::new(builder.finish()),
            Builder::Boolean(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
            Builder::Time(builder) => Arc::new(builder.finish()),
            Builder::DateTime(builder) => Arc::new(builder.finish()),
            Builder::Duration(builder) => Arc::new(builder.finish()),
        }
    }
}
