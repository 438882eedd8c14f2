//! Which parameters go with which call: those that select rows, and those that say what a row looks like. One
//! that is as the instance has it anyway is not sent, and none is sent with a call that has no use for it.

use super::{DisplayValue, FieldName, Query};

/// Names and values of a URL's query.
pub(crate) type Params<'a> = Vec<(&'a str, String)>;

/// What is set by functions of its own, or not for a caller to set.
pub(super) const OWN: &[&str] = &[
    "sysparm_query",
    "sysparm_limit",
    "sysparm_offset",
    "sysparm_fields",
    "sysparm_view",
    "sysparm_display_value",
    "sysparm_exclude_reference_link",
    "sysparm_suppress_pagination_header",
    "sysparm_no_count",
    "sysparm_query_category",
    "sysparm_query_no_domain",
    "sysparm_input_display_value",
    "sysparm_suppress_auto_sys_field",
    "sysparm_count",
];

/// Which rows a list is asked for.
pub(crate) struct Selection {
    /// The encoded query.
    pub(crate) query: String,
    /// How many rows of it are passed over.
    pub(crate) offset: u64,
    pub(crate) rows: u64,
    /// Whether the instance tells how many rows the query matches.
    pub(crate) counts: bool,
}

impl Selection {
    /// The parameters that select these rows, after those that say what each of them looks like.
    pub(crate) fn shaped_by(self, mut params: Params<'_>) -> Params<'_> {
        if !self.query.is_empty() {
            params.push(("sysparm_query", self.query));
        }
        params.push(("sysparm_limit", self.rows.to_string()));
        if self.offset > 0 {
            params.push(("sysparm_offset", self.offset.to_string()));
        }
        // The `Link` header repeats the whole URL up to four times, and nothing here reads it.
        params.push(("sysparm_suppress_pagination_header", "true".to_owned()));
        if !self.counts {
            params.push(("sysparm_no_count", "true".to_owned()));
        }
        params
    }
}

impl Query {
    /// Whether rows have this field as far as the query decides: it is listed, or none is.
    pub(crate) fn asks_for(&self, field: &str) -> bool {
        self.fields.is_empty() || self.lists(field)
    }

    /// For a call that reads one record.
    pub(crate) fn record_params(&self) -> Params<'_> {
        self.reading(self.field_list())
    }

    /// For a call that lists records.
    pub(crate) fn list_params(&self) -> Params<'_> {
        self.listing(self.field_list())
    }

    /// As [`list_params`](Query::list_params), with `sys_id` among the fields, which keyset paging
    /// cannot do without.
    pub(crate) fn keyset_params(&self) -> Params<'_> {
        let mut fields = self.field_list();
        if !self.asks_for("sys_id") {
            fields.push_str(",sys_id");
        }
        self.listing(fields)
    }

    /// For a call that lists the keys of records, and nothing else of them.
    pub(crate) fn key_params(&self) -> Params<'_> {
        let mut params = vec![("sysparm_fields", "sys_id".to_owned())];
        self.add_everywhere(&mut params);
        params.extend(self.category());
        params
    }

    /// For a call that lists one key of the rows that these conditions match: enough to have the instance count
    /// them.
    pub(crate) fn one_key_params(&self, conditions: String) -> Params<'_> {
        let one = Selection {
            query: conditions,
            offset: 0,
            rows: 1,
            counts: true,
        };
        one.shaped_by(self.key_params())
    }

    /// For a call that creates or changes a record, and gets it back.
    pub(crate) fn write_params(&self) -> Params<'_> {
        let mut params = self.record_params();
        params.extend(self.input_params());
        params
    }

    /// For a call that deletes a record.
    pub(crate) fn delete_params(&self) -> Params<'_> {
        let mut params = Params::new();
        self.add_everywhere(&mut params);
        params
    }

    /// For a call that counts records. The Aggregate API knows none of the parameters here.
    pub(crate) fn count_params(&self) -> Params<'_> {
        self.other_params().collect()
    }

    /// Everything that was set, for a call of which nothing is known.
    pub(crate) fn all_params(&self) -> Params<'_> {
        let mut params = self.list_params();
        params.extend(self.input_params());
        if self.no_count {
            params.push(("sysparm_no_count", "true".to_owned()));
        }
        params
    }

    /// The same query, with `sys_id` among the fields.
    pub(crate) fn with_key(&self) -> Query {
        let mut query = self.clone();
        if !query.asks_for("sys_id") {
            query.fields.push(FieldName::sys_id());
        }
        query
    }

    /// The same records, of which only the key is of interest.
    pub(crate) fn look_up(&self) -> Query {
        let mut query = self.clone();
        query.fields = vec![FieldName::sys_id()];
        query.display_value = DisplayValue::False;
        query.exclude_reference_link = false;
        query.view = None;
        query
    }

    fn listing(&self, fields: String) -> Params<'_> {
        let mut params = self.reading(fields);
        params.extend(self.category());
        params
    }

    fn category(&self) -> Option<(&str, String)> {
        let category = self.query_category.clone()?;
        Some(("sysparm_query_category", category))
    }

    fn reading(&self, fields: String) -> Params<'_> {
        let mut params = Params::new();
        if !fields.is_empty() {
            params.push(("sysparm_fields", fields));
        }
        if self.display_value != DisplayValue::False {
            params.push((
                "sysparm_display_value",
                self.display_value.text().to_owned(),
            ));
        }
        if self.exclude_reference_link {
            params.push(("sysparm_exclude_reference_link", "true".to_owned()));
        }
        if let Some(view) = &self.view {
            params.push(("sysparm_view", view.clone()));
        }
        self.add_everywhere(&mut params);
        params
    }

    /// Adds what every call of the Table API takes.
    fn add_everywhere<'a>(&'a self, params: &mut Params<'a>) {
        if self.query_no_domain {
            params.push(("sysparm_query_no_domain", "true".to_owned()));
        }
        params.extend(self.other_params());
    }

    fn input_params(&self) -> impl Iterator<Item = (&str, String)> {
        [
            ("sysparm_input_display_value", self.input_display_value),
            (
                "sysparm_suppress_auto_sys_field",
                self.suppress_auto_sys_field,
            ),
        ]
        .into_iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(name, _)| (name, "true".to_owned()))
    }

    fn other_params(&self) -> impl Iterator<Item = (&str, String)> {
        let others = self.others.iter();
        others.map(|(name, value)| (name.as_str(), value.clone()))
    }

    fn field_list(&self) -> String {
        self.fields
            .iter()
            .map(FieldName::as_str)
            .collect::<Vec<_>>()
            .join(",")
    }

    fn lists(&self, field: &str) -> bool {
        self.fields.iter().any(|listed| listed.as_str() == field)
    }
}
