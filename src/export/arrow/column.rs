//! The columns of a batch: which Arrow type stands for which type of the dictionary.
//!
//! Exactness comes first. What an instance keeps as a decimal number (`decimal`, `currency`, `price`,
//! `percent_complete`) is one here, for half a cent has no place in a binary number; `float` is a floating
//! point number by its name, and by what people do with it. A duration is written as the time since
//! 1970 and is a duration here, not a date. Lists of references, journals, currencies with their code
//! (`currency2`) and every type that is not known are text, which loses nothing.

use arrow_schema::{DataType, Field, TimeUnit};

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text; empty is a value.
    Text,
    /// Text that names a record: empty is none.
    Key,
    Integer,
    Float,
    Decimal,
    Boolean,
    Date,
    /// Days do not count, only the time in one.
    Time,
    DateTime,
    Duration,
}

/// How many digits a decimal number has, and how many of them stand after the point.
pub(super) const DECIMAL: (u8, i8) = (38, 10);

/// Where the values of a column come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Value,
    /// The display value, which came in place of the value.
    Display,
    /// The display value, in a column beside that of the value.
    DisplayBeside,
}

/// A column, and which field of a row its values are.
#[derive(Clone, Debug)]
pub(super) struct TypedColumn {
    pub(super) field_name: String,
    pub(super) kind: Kind,
    pub(super) origin: Origin,
}

impl Kind {
    pub(super) fn of(internal_type: &str) -> Kind {
        match internal_type {
            "GUID" | "reference" | "document_id" => Kind::Key,
            "integer" | "longint" | "auto_increment" | "order_index" => Kind::Integer,
            "float" => Kind::Float,
            "decimal" | "currency" | "price" | "percent_complete" => Kind::Decimal,
            "boolean" => Kind::Boolean,
            "glide_date" | "date" => Kind::Date,
            "glide_time" | "time" => Kind::Time,
            "glide_date_time" | "datetime" | "due_date" => Kind::DateTime,
            "glide_duration" | "timer" => Kind::Duration,
            _ => Kind::Text,
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Kind::Text | Kind::Key => DataType::Utf8,
            Kind::Integer => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Decimal => DataType::Decimal128(DECIMAL.0, DECIMAL.1),
            Kind::Boolean => DataType::Boolean,
            Kind::Date => DataType::Date32,
            Kind::Time => DataType::Time64(TimeUnit::Microsecond),
            Kind::DateTime => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Duration => DataType::Duration(TimeUnit::Microsecond),
        }
    }
}

impl TypedColumn {
    pub(super) fn new(field_name: &str, kind: Kind, origin: Origin) -> TypedColumn {
        TypedColumn {
            field_name: field_name.to_owned(),
            kind,
            origin,
        }
    }

    pub(super) fn field(&self) -> Field {
        let name = match self.origin {
            Origin::Value | Origin::Display => self.field_name.clone(),
            Origin::DisplayBeside => format!("{}.display_value", self.field_name),
        };
        // An access control can hide a field from any row.
        Field::new(name, self.kind.data_type(), true)
    }
}
