//! Which fields come back, how many rows, in what form: all that is a parameter of its own beside the
//! encoded query.

use super::{DisplayValue, FieldName, Query, params};
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
        self.view = Some(name("view", view, "a view")?);
        Ok(())
    }

    /// Whether a list goes without a count of its rows, which is a query of its own on the instance.
    /// Default is false. Where a page comes short, what is left is counted all the same, to tell the
    /// end of the list from rows that this user may not see.
    pub fn no_count(&mut self, without: bool) {
        self.no_count = without;
    }

    /// Lets a list be read from the replica of the database that the instance has for a category of
    /// queries.
    ///
    /// # Errors
    ///
    /// The name is empty or holds a control character.
    pub fn query_category(&mut self, category: &str) -> Result<()> {
        self.query_category = Some(name("category", category, "a category of queries")?);
        Ok(())
    }

    /// Whether records of every domain are reached, where the user may. Default is false.
    pub fn query_no_domain(&mut self, every_domain: bool) {
        self.query_no_domain = every_domain;
    }

    /// Whether a write gives display values: references by name, choices by label, times in the zone
    /// and form of the user. Of a record that was read, the display values are sent then. Default is false,
    /// stored values.
    pub fn input_display_value(&mut self, display: bool) {
        self.input_display_value = display;
    }

    /// Whether the instance leaves the fields alone that it fills by itself on a write: who and when.
    /// Default is false.
    pub fn suppress_auto_sys_field(&mut self, suppress: bool) {
        self.suppress_auto_sys_field = suppress;
    }

    /// Adds a parameter that has no function of its own to every call that is made with this query. The
    /// same name again replaces it.
    ///
    /// # Errors
    ///
    /// The name does not begin with `sysparm_`, or has a function of its own.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let rest = name.strip_prefix("sysparm_").unwrap_or_default();
        if rest.is_empty()
            || !rest
                .bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        {
            return Err(Error::argument(
                "name",
                "it is not the name of a parameter; accepted are sysparm_ and a name after it",
            ));
        }
        if params::OWN.contains(&name) {
            let problem = format!("{name} is not set by its name: it has a function of its own");
            return Err(Error::argument("name", problem));
        }
        self.others.retain(|(known, _)| known != name);
        self.others.push((name.to_owned(), value.to_owned()));
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

    /// Whether lists are to be read without a count.
    pub(crate) fn goes_uncounted(&self) -> bool {
        self.no_count
    }

    /// The fields that are asked for, as often as they are; none where all are.
    pub(crate) fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(FieldName::as_str)
    }

    /// In which form values come.
    pub(crate) fn form(&self) -> DisplayValue {
        self.display_value
    }

    /// Whether the fields are those of a view.
    pub(crate) fn has_view(&self) -> bool {
        self.view.is_some()
    }

    /// The number of rows of one request.
    pub(crate) fn rows_per_page(&self) -> u32 {
        self.page_size
    }
}

fn name(argument: &str, name: &str, what: &str) -> Result<String> {
    if name.is_empty() || name.contains(char::is_control) {
        let problem = format!("is empty or holds a control character; give the name of {what}");
        return Err(Error::argument(argument, problem));
    }
    Ok(name.to_owned())
}
