//! Which fields come back, how many rows, in what form: all that is a parameter of its own beside the
//! encoded query.

use super::{DisplayValue, FieldName, Query};
use crate::error::{Error, Result};

/// Fields and form.
impl Query {
    /// Asks for these fields only, in place of those that were asked for before: names with commas
    /// between them, dot-walks among them (`number,caller_id.name`); an empty text for every field,
    /// which is the default. An instance leaves out, without a word, those that it does not have.
    ///
    /// # Errors
    ///
    /// One of them is not the name of a field.
    pub fn fields(&mut self, fields: &str) -> Result<()> {
        self.fields = fields
            .split(',')
            .skip_while(|_| fields.is_empty())
            .map(|field| FieldName::parse("fields", field.trim()))
            .collect::<Result<_>>()?;
        Ok(())
    }

    /// Ends after this many rows in all, however many pages that takes. Default is no limit.
    ///
    /// # Errors
    ///
    /// It is 0.
    pub fn limit(&mut self, rows: u64) -> Result<()> {
        if rows == 0 {
            return Err(Error::argument("rows", "is 0; accepted are 1 and more"));
        }
        self.limit = Some(rows);
        Ok(())
    }

    /// Skips this many rows first. Default is 0.
    pub fn offset(&mut self, rows: u64) {
        self.offset = rows;
    }

    /// Reads this many rows with each request when listing. Default is 1000.
    ///
    /// # Errors
    ///
    /// It is 0 or greater than 10000.
    pub fn page_size(&mut self, rows: u32) -> Result<()> {
        if !(1..=10_000).contains(&rows) {
            return Err(Error::argument(
                "rows",
                format_args!("is {rows}; accepted are 1 to 10000"),
            ));
        }
        self.page_size = rows;
        Ok(())
    }

    /// Chooses between stored values, display values and both. Default is stored values.
    pub fn display_value(&mut self, form: DisplayValue) {
        self.display_value = form;
    }

    /// Whether references come without their link. Default is false, with it.
    pub fn exclude_reference_link(&mut self, exclude: bool) {
        self.exclude_reference_link = exclude;
    }

    /// Asks for the fields of a view of the user interface. [`fields`](Query::fields) wins over it.
    ///
    /// # Errors
    ///
    /// The name is empty or holds a control character.
    pub fn view(&mut self, view: &str) -> Result<()> {
        if view.is_empty() || view.contains(char::is_control) {
            return Err(Error::argument(
                "view",
                "is empty or holds a control character; give the name of a view",
            ));
        }
        self.view = Some(view.to_owned());
        Ok(())
    }
}

/// What was asked for.
impl Query {
    /// The number of rows in all, if it is limited.
    pub(crate) fn row_limit(&self) -> Option<u64> {
        self.limit
    }

    /// The number of rows to skip.
    pub(crate) fn row_offset(&self) -> u64 {
        self.offset
    }

    /// The number of rows of one request.
    pub(crate) fn rows_per_page(&self) -> u32 {
        self.page_size
    }

    /// Whether rows have this field as far as the query decides: it is listed, or none is.
    pub(crate) fn asks_for(&self, field: &str) -> bool {
        self.fields.is_empty() || self.lists(field)
    }

    /// The parameters that shape a record, without those that are as the instance has them anyway.
    pub(crate) fn form_params(&self) -> Vec<(&'static str, String)> {
        self.params(self.field_list())
    }

    /// As [`form_params`](Query::form_params), with `sys_id` among the fields, which keyset paging
    /// cannot do without.
    pub(crate) fn keyset_params(&self) -> Vec<(&'static str, String)> {
        let mut fields = self.field_list();
        if !self.asks_for("sys_id") {
            fields.push_str(",sys_id");
        }
        self.params(fields)
    }

    fn params(&self, fields: String) -> Vec<(&'static str, String)> {
        let mut params = Vec::new();
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
        params
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
