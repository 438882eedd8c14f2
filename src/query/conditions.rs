//! Building: condition after condition, what joins them, and in which order rows come.

use super::Query;
use super::condition::Condition;
use super::dates;
use super::field::FieldName;
use super::group::{self, Group};
use super::mark::Mark;
use super::operator::Operator;
use super::order::OrderKey;
use super::parse::{self, Parsed, Reading};
use super::related;
use crate::error::{Error, Result};

/// Conditions.
impl Query {
    /// Adds a condition with one value, or with none for an operator that takes none. Equal to none is
    /// [`Operator::IsEmpty`], not equal to none [`Operator::IsNotEmpty`].
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

    /// Adds the condition that all of some words stand anywhere in the record, by the table's text index
    /// (`123TEXTQUERY321`).
    ///
    /// # Errors
    ///
    /// The text is empty, holds a control character or begins with `javascript:`.
    pub fn filter_text(&mut self, words: &str) -> Result<()> {
        self.add(Condition::text_search(words)?);
        Ok(())
    }

    /// Adds the condition that so many records of another table refer to the row: `incident.problem_id`,
    /// [`Operator::Ge`], 1 are the problems that have an incident. `conditions` says which records count;
    /// without it all do. Its order, fields and limits mean nothing here.
    ///
    /// # Errors
    ///
    /// The reference is not `table.field`; the operator does not compare numbers; the conditions have
    /// several groups, or one on a further table.
    pub fn filter_related(
        &mut self,
        reference: &str,
        op: Operator,
        count: u32,
        conditions: Option<&Query>,
    ) -> Result<()> {
        self.add(related::list(reference, op, count, conditions)?);
        Ok(())
    }

    /// Adds the condition that a record of another table has the value of a field: `sys_user.sys_id` and
    /// `sys_user_grmember.user` are the users who are in a group. `conditions` is one condition on that
    /// record, such as which group.
    ///
    /// # Errors
    ///
    /// One of the two is not `table.field`; the conditions are more than one, or on a further table.
    pub fn filter_join(
        &mut self,
        field: &str,
        other: &str,
        conditions: Option<&Query>,
    ) -> Result<()> {
        self.add(related::join(field, other, conditions)?);
        Ok(())
    }

    /// Makes the next condition an alternative of the one before it. `a`, or, `b`, `c` means
    /// "(a or b) and c".
    ///
    /// # Errors
    ///
    /// There is no condition before it in this group, or it was called already, or a raw query of
    /// several conditions, or a parsed one of several branches, is before it: only the last condition
    /// would be joined.
    pub fn or(&mut self) -> Result<()> {
        self.require_no_or_before()?;
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
                "ends in an encoded query of several conditions, and snow_query_or would join the last of them \
                 only; write the alternative into that text",
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
        self.require_no_or_before()?;
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
    /// Its conditions are taken as they are, neither checked nor escaped, so never build it from text
    /// that is not yours. Where it has `^NQ`, the other conditions of the group are repeated in each of
    /// its branches. `ORDERBY` and `GROUPBY` go to the end; `^EQ` is left out. An empty text adds nothing.
    ///
    /// # Errors
    ///
    /// The text holds a control character, begins with `^OR`, lacks a condition beside `^OR` or `^NQ`,
    /// or has an unfinished `RLQUERY`; or it follows [`or`](Query::or) and has several conditions; or
    /// the group would be written in more than 256 branches.
    pub fn raw(&mut self, encoded: &str) -> Result<()> {
        let Parsed { branches, marks } = parse::parse(encoded, Reading::AsIs)?;
        if !branches.is_empty() {
            self.add_raw(branches)?;
        }
        self.marks.append(marks);
        Ok(())
    }

    /// Adds the condition that a field has a value, to each group: whichever selects a row, it holds.
    pub(crate) fn restrict(&mut self, field: &str, value: &str) -> Result<()> {
        let condition = Condition::single(field, Operator::Eq, Some(value))?;
        if !self.has_conditions() {
            self.current_group().and(condition.clone());
        } else {
            let begun = self.groups.iter_mut().filter(|group| !group.is_empty());
            begun.for_each(|group| group.and(condition.clone()));
        }
        self.marks.settle();
        Ok(())
    }

    fn require_no_or_before(&self) -> Result<()> {
        match self.or_pending {
            true => Err(Error::argument(
                "query",
                "has snow_query_or before it; add the condition that it joins",
            )),
            false => Ok(()),
        }
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
        self.marks.settle();
        Ok(())
    }

    fn add_raw_alternative(&mut self, branches: Vec<Vec<group::Term>>) -> Result<()> {
        let [branch] = &branches[..] else {
            return Err(alternative_too_large());
        };
        let [term] = &branch[..] else {
            return Err(alternative_too_large());
        };
        if term.conditions()[0].as_str().starts_with("DERBY") {
            return Err(Error::argument(
                "encoded",
                "begins with DERBY, which makes ORDERBY behind the OR; names of fields are in lower case",
            ));
        }
        for condition in term.conditions() {
            self.last_term().or(condition.clone());
        }
        self.or_pending = false;
        self.marks.settle();
        Ok(())
    }

    fn add(&mut self, condition: Condition) {
        if self.or_pending {
            self.last_term().or(condition);
            self.or_pending = false;
        } else {
            self.current_group().and(condition);
        }
        self.marks.settle();
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

/// Order and grouping.
impl Query {
    /// Sorts by a field, after the fields that were given before.
    ///
    /// # Errors
    ///
    /// It is not the name of a field.
    pub fn order_by(&mut self, field: &str) -> Result<()> {
        self.marks.push(Mark::Order(OrderKey::new(field, false)?));
        Ok(())
    }

    /// Sorts by a field in descending order, after the fields that were given before.
    ///
    /// # Errors
    ///
    /// It is not the name of a field.
    pub fn order_by_desc(&mut self, field: &str) -> Result<()> {
        self.marks.push(Mark::Order(OrderKey::new(field, true)?));
        Ok(())
    }

    /// Groups by a field (`GROUPBY`), as a list of the user interface does that is opened with this
    /// query. The Table API does not group, so a list of records is not asked with it.
    ///
    /// # Errors
    ///
    /// It is not the name of a field.
    pub fn group_by(&mut self, field: &str) -> Result<()> {
        self.marks
            .push(Mark::GroupBy(FieldName::parse("field", field)?));
        Ok(())
    }
}
