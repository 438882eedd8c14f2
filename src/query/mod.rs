//! Which rows, in what order, which fields, in what form.
//!
//! A [`Query`] is built condition by condition and written as an encoded query. Conditions are joined
//! by AND; [`Query::or`] makes the next one an alternative of the one before, and
//! [`Query::new_query`] begins another group of conditions, one group of which must hold. That is all
//! that the language can say: it has no brackets. What cannot be said without doubt is refused where it
//! is given, because an instance drops what it does not understand and answers with more rows.

mod condition;
mod dates;
mod display;
mod encode;
mod field;
mod group;
mod operator;
mod order;
mod raw;
mod syntax;
mod value;

#[cfg(test)]
mod tests;

use crate::error::{Error, Result};
use condition::Condition;
pub use display::DisplayValue;
pub(crate) use field::FieldName;
use group::Group;
pub use operator::Operator;
use order::OrderKey;

/// Which rows, in what order, which fields, in what form.
///
/// A new query selects every row of a table, with every field, as stored values.
#[derive(Clone, Debug)]
pub struct Query {
    groups: Vec<Group>,
    or_pending: bool,
    order: Vec<OrderKey>,
    fields: Vec<FieldName>,
    limit: Option<u64>,
    offset: u64,
    page_size: u32,
    display_value: DisplayValue,
    exclude_reference_link: bool,
    view: Option<String>,
}

impl Default for Query {
    fn default() -> Query {
        Query {
            groups: Vec::new(),
            or_pending: false,
            order: Vec::new(),
            fields: Vec::new(),
            limit: None,
            offset: 0,
            page_size: 1000,
            display_value: DisplayValue::False,
            exclude_reference_link: false,
            view: None,
        }
    }
}

/// Conditions.
impl Query {
    /// A query that selects everything.
    #[must_use]
    pub fn new() -> Query {
        Query::default()
    }

    /// Adds a condition with one value, or with none for an operator that takes none.
    ///
    /// A `^` in the value is escaped. The expressions that some operators take are described there.
    ///
    /// # Errors
    ///
    /// The field is not the name of a field; the value is not what the operator takes, holds a control
    /// character or begins with `javascript:`; the operator takes a list or a range.
    pub fn filter(&mut self, field: &str, op: Operator, value: Option<&str>) -> Result<()> {
        self.add(Condition::single(field, op, value)?);
        Ok(())
    }

    /// Adds a condition with a whole number.
    ///
    /// # Errors
    ///
    /// As [`filter`](Query::filter).
    pub fn filter_int(&mut self, field: &str, op: Operator, value: i64) -> Result<()> {
        self.filter(field, op, Some(&value.to_string()))
    }

    /// Adds a condition with `true` or `false`. On an instance, "not true" also matches rows in which
    /// the field is empty.
    ///
    /// # Errors
    ///
    /// As [`filter`](Query::filter), or the operator is neither `Eq` nor `Ne`.
    pub fn filter_bool(&mut self, field: &str, op: Operator, value: bool) -> Result<()> {
        if !op.is_equality() {
            return Err(operator_misfit(op, "a truth value", "SNOW_EQ and SNOW_NE"));
        }
        self.filter(field, op, Some(if value { "true" } else { "false" }))
    }

    /// Adds a condition with a point in time, given in seconds since 1970 and written in UTC.
    ///
    /// # Errors
    ///
    /// As [`filter`](Query::filter), or the operator is not one of the six comparisons, or the time is
    /// outside the years 1 to 9999.
    pub fn filter_time(&mut self, field: &str, op: Operator, unix_seconds: i64) -> Result<()> {
        if !op.is_comparison() {
            return Err(operator_misfit(
                op,
                "a point in time",
                "SNOW_EQ, SNOW_NE, SNOW_LT, SNOW_LE, SNOW_GT and SNOW_GE",
            ));
        }
        self.filter(
            field,
            op,
            Some(&dates::literal("unix_seconds", unix_seconds)?),
        )
    }

    /// Adds the condition that a field is one of some values.
    ///
    /// # Errors
    ///
    /// As [`filter`](Query::filter), or there is no value, or a value is empty or holds a comma, which
    /// has no escape.
    pub fn filter_in(&mut self, field: &str, values: &[&str]) -> Result<()> {
        self.add(Condition::list(field, Operator::In, values)?);
        Ok(())
    }

    /// Adds the condition that a field is none of some values.
    ///
    /// # Errors
    ///
    /// As [`filter_in`](Query::filter_in).
    pub fn filter_not_in(&mut self, field: &str, values: &[&str]) -> Result<()> {
        self.add(Condition::list(field, Operator::NotIn, values)?);
        Ok(())
    }

    /// Adds the condition that a field is within two bounds, both included.
    ///
    /// # Errors
    ///
    /// As [`filter`](Query::filter), or a bound is empty or holds `@`, which has no escape, or both are
    /// numbers, or dates, and the lower one is greater.
    pub fn filter_between(&mut self, field: &str, low: &str, high: &str) -> Result<()> {
        self.add(Condition::range(field, low, high)?);
        Ok(())
    }

    /// Adds the condition that a field is within two points in time, both included, given in seconds
    /// since 1970 and written in UTC.
    ///
    /// # Errors
    ///
    /// As [`filter_between`](Query::filter_between) and [`filter_time`](Query::filter_time).
    pub fn filter_between_times(&mut self, field: &str, low: i64, high: i64) -> Result<()> {
        let (low, high) = (dates::literal("low", low)?, dates::literal("high", high)?);
        self.filter_between(field, &low, &high)
    }

    /// Adds a condition whose value the instance computes: a JavaScript expression such as
    /// `gs.getUserID()`, without `javascript:` in front.
    ///
    /// The instance runs it; never build it from text that is not yours. It may be ignored or refused
    /// there. A range has both bounds in it: `gs.daysAgoStart(1)@javascript:gs.daysAgoEnd(0)`.
    ///
    /// # Errors
    ///
    /// The field is not the name of a field; the script is empty, holds a control character or is not
    /// a range where the operator is; the operator takes neither a text nor a list nor a range.
    pub fn filter_script(&mut self, field: &str, op: Operator, script: &str) -> Result<()> {
        self.add(Condition::script(field, op, script)?);
        Ok(())
    }

    /// Makes the next condition an alternative of the one before it. `a`, or, `b`, `c` means
    /// "(a or b) and c".
    ///
    /// # Errors
    ///
    /// There is no condition before it in this group, or it was called already, or a raw query of
    /// several conditions is before it: only the last of them would be joined.
    pub fn or(&mut self) -> Result<()> {
        if self.or_pending {
            return Err(Error::argument(
                "query",
                "has snow_query_or before it; add the condition that it joins",
            ));
        }
        let group = self.current_group();
        if group.is_empty() {
            return Err(Error::argument(
                "query",
                "has no condition before it in this group; add one first",
            ));
        }
        if group.last_term().is_none() {
            return Err(Error::argument(
                "query",
                "has a raw query of several conditions before it, and snow_query_or would join the last of them only; \
                 write the alternative into the raw query",
            ));
        }
        self.or_pending = true;
        Ok(())
    }

    /// Begins the next group of conditions. A row is selected if all conditions of one group hold.
    ///
    /// # Errors
    ///
    /// The group that would end has no condition: it would select every row.
    pub fn new_query(&mut self) -> Result<()> {
        if self.or_pending {
            return Err(Error::argument(
                "query",
                "has snow_query_or before it; add the condition that it joins",
            ));
        }
        if self.current_group().is_empty() {
            return Err(Error::argument(
                "query",
                "has no condition before it in this group, which would select every row; add one first",
            ));
        }
        self.groups.push(Group::default());
        Ok(())
    }

    /// Adds an encoded query as text; all of it must hold beside the other conditions of this group.
    ///
    /// The text is taken as it is: nothing in it is checked or escaped, so never build it from text
    /// that is not yours. Where it has `^NQ`, the other conditions of the group are repeated in each of
    /// its branches. `ORDERBY` terms go to the end of the order; `^EQ` and `GROUPBY` are left out. An
    /// empty text adds nothing.
    ///
    /// # Errors
    ///
    /// The text holds a control character, begins with `^OR`, lacks a condition beside `^OR` or `^NQ`,
    /// or has an unfinished `RLQUERY`; or it follows [`or`](Query::or) and has several conditions; or
    /// the group would be written in more than 256 branches.
    pub fn raw(&mut self, encoded: &str) -> Result<()> {
        let raw = raw::parse(encoded)?;
        if !raw.branches.is_empty() {
            self.add_raw(raw.branches)?;
        }
        self.order.extend(raw.order);
        Ok(())
    }

    fn add_raw(&mut self, branches: Vec<Vec<group::Term>>) -> Result<()> {
        if self.or_pending {
            return self.add_raw_alternative(branches);
        }
        let count = self
            .current_group()
            .branch_count()
            .saturating_mul(branches.len());
        if count > MAX_BRANCHES {
            return Err(Error::argument(
                "encoded",
                format_args!(
                    "would make {count} branches of ^NQ together with the raw queries before it; at most \
                     {MAX_BRANCHES} are written"
                ),
            ));
        }
        self.current_group().and_raw(branches);
        Ok(())
    }

    fn add_raw_alternative(&mut self, branches: Vec<Vec<group::Term>>) -> Result<()> {
        let [branch] = &branches[..] else {
            return Err(alternative_too_large());
        };
        let [term] = &branch[..] else {
            return Err(alternative_too_large());
        };
        for condition in term.conditions() {
            self.last_term().or(condition.clone());
        }
        self.or_pending = false;
        Ok(())
    }

    fn add(&mut self, condition: Condition) {
        if self.or_pending {
            self.last_term().or(condition);
            self.or_pending = false;
        } else {
            self.current_group().and(condition);
        }
    }

    fn current_group(&mut self) -> &mut Group {
        if self.groups.is_empty() {
            self.groups.push(Group::default());
        }
        self.groups
            .last_mut()
            .expect("one was pushed if there was none")
    }

    fn last_term(&mut self) -> &mut group::Term {
        self.current_group()
            .last_term()
            .expect("or() is pending only after a term")
    }
}

/// A query of this many branches is beyond what fits into a URL.
const MAX_BRANCHES: usize = 256;

fn operator_misfit(op: Operator, value: &str, accepted: &str) -> Error {
    Error::argument(
        "op",
        format_args!(
            "{} does not compare {value}; accepted are {accepted}",
            op.name()
        ),
    )
}

fn alternative_too_large() -> Error {
    Error::argument(
        "encoded",
        "follows snow_query_or and has several conditions; one condition can be an alternative, for more \
         use snow_query_new_query",
    )
}

/// Order, fields and form.
impl Query {
    /// Sorts by a field, after the fields that were given before.
    ///
    /// # Errors
    ///
    /// It is not the name of a field.
    pub fn order_by(&mut self, field: &str) -> Result<()> {
        self.order.push(OrderKey::new(field, false)?);
        Ok(())
    }

    /// Sorts by a field in descending order, after the fields that were given before.
    ///
    /// # Errors
    ///
    /// It is not the name of a field.
    pub fn order_by_desc(&mut self, field: &str) -> Result<()> {
        self.order.push(OrderKey::new(field, true)?);
        Ok(())
    }

    /// Asks for these fields only, in place of those that were asked for before: names with commas
    /// between them, dot-walks among them (`number,caller_id.name`). An instance leaves out, without a
    /// word, those that it does not have. Default is every field.
    ///
    /// # Errors
    ///
    /// One of them is not the name of a field.
    pub fn fields(&mut self, fields: &str) -> Result<()> {
        self.fields = fields
            .split(',')
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
    /// Whether any condition was given. Without one a query selects every row.
    pub(crate) fn has_conditions(&self) -> bool {
        self.groups.iter().any(|group| !group.is_empty())
    }

    /// Whether an order was given.
    pub(crate) fn has_order(&self) -> bool {
        !self.order.is_empty()
    }

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
