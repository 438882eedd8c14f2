//! Writing a query: `conditions^ORDERBY…`, not URL-encoded.
//!
//! Order terms sort the union of all `^NQ` branches and are written once, at the very end (or where a
//! text that was parsed has them). A condition
//! that must hold for the whole query (the cursor of keyset paging) is repeated in every branch: in one
//! branch alone it would bound that branch and let the others through.

use super::Query;
use super::condition::Condition;
use super::group::{Branch, Group, Term};
use super::mark::Marks;
use super::operator::Operator;
use super::order::OrderKey;
use crate::error::{Error, Result};

/// The field that identifies a row, and breaks ties of an order.
const KEY: &str = "sys_id";

impl Query {
    /// The encoded query: the conditions, then the order, as the value of `sysparm_query` before
    /// URL-encoding. Empty if there is neither.
    ///
    /// # Errors
    ///
    /// [`or`](Query::or) or [`new_query`](Query::new_query) was called last, and no condition follows.
    pub fn encoded(&self) -> Result<String> {
        self.require_complete()?;
        Ok(written(&self.branches(), &self.marks))
    }

    /// The conditions without any order, which a count has no use for.
    pub(crate) fn conditions(&self) -> Result<String> {
        self.require_complete()?;
        Ok(written(&self.branches(), &Marks::default()))
    }

    /// The conditions, and one more on each of some fields, which must hold beside all of them.
    pub(crate) fn conditions_and(
        &self,
        fields: &[&str],
        op: Operator,
        value: &str,
    ) -> Result<String> {
        let condition = |field: &&str| Condition::single(field, op, Some(value)).map(Term::new);
        let others: Vec<Term> = fields.iter().map(condition).collect::<Result<_>>()?;
        self.bounded(&others, &Marks::default())
    }

    /// The query of one keyset page: the rows after a `sys_id` and up to another, in the order of
    /// `sys_id`. The query's own order is left out.
    pub(crate) fn keyset_page(&self, after: Option<&str>, until: Option<&str>) -> Result<String> {
        let order = Marks::of_order([&OrderKey::new(KEY, false)?]);
        self.bounded(&key_bounds(after, until)?, &order)
    }

    /// The rows after a `sys_id` and up to another, in no order.
    pub(crate) fn stretch(&self, after: Option<&str>, until: Option<&str>) -> Result<String> {
        self.bounded(&key_bounds(after, until)?, &Marks::default())
    }

    /// The query in its own order, with `sys_id` as the last key unless it is one already: an order
    /// with ties is not the same from page to page.
    pub(crate) fn ordered_page(&self) -> Result<String> {
        self.bounded(&[], &self.total_order()?)
    }

    /// The records with these keys, in the query's own order: all of them, or those that match its conditions.
    pub(crate) fn keys_page(&self, keys: &[&str], keeps_conditions: bool) -> Result<String> {
        let keys = [Term::new(Condition::list(KEY, Operator::In, keys)?)];
        let order = self.total_order()?;
        match keeps_conditions {
            true => self.bounded(&keys, &order),
            false => Query::new().bounded(&keys, &order),
        }
    }

    /// How often a condition is written that must hold beside all others.
    pub(crate) fn branch_count(&self) -> usize {
        self.branches().len().max(1)
    }

    fn total_order(&self) -> Result<Marks> {
        let key = OrderKey::new(KEY, false)?;
        let is_total = self.marks.order().any(|given| given.field() == KEY);
        let order = self.marks.order().chain((!is_total).then_some(&key));
        Ok(Marks::of_order(order))
    }

    /// The conditions, with others in each of their branches.
    pub(super) fn bounded(&self, bounds: &[Term], marks: &Marks) -> Result<String> {
        self.require_complete()?;
        let mut branches = self.branches();
        if branches.is_empty() && !bounds.is_empty() {
            branches.push(Branch::new());
        }
        for branch in &mut branches {
            branch.extend(bounds);
        }
        Ok(written(&branches, marks))
    }

    pub(super) fn branches(&self) -> Vec<Branch<'_>> {
        self.groups
            .iter()
            .filter(|group| !group.is_empty())
            .flat_map(Group::branches)
            .collect()
    }

    fn require_complete(&self) -> Result<()> {
        if self.or_pending {
            return Err(Error::argument(
                "query",
                "ends in snow_query_or; add the condition that it joins",
            ));
        }
        if self.groups.len() > 1 && self.groups.last().is_some_and(Group::is_empty) {
            // An instance would read the missing side as "every row".
            return Err(Error::argument(
                "query",
                "ends in snow_query_new_query; add the conditions that follow it",
            ));
        }
        Ok(())
    }
}

fn key_bounds(after: Option<&str>, until: Option<&str>) -> Result<Vec<Term>> {
    [(Operator::Gt, after), (Operator::Le, until)]
        .into_iter()
        .filter(|(_, key)| key.is_some())
        .map(|(operator, key)| Condition::single(KEY, operator, key).map(Term::new))
        .collect()
}

fn written(branches: &[Branch<'_>], marks: &Marks) -> String {
    let (mut pieces, mut conditions) = (Vec::new(), 0);
    for (number, branch) in branches.iter().enumerate() {
        for (place, term) in branch.iter().enumerate() {
            for (alternative, condition) in term.conditions().iter().enumerate() {
                pieces.extend(marks.after(conditions));
                let joiner = match (alternative, place, number) {
                    (1.., ..) => "OR",
                    (0, 0, 1..) => "NQ",
                    _ => "",
                };
                pieces.push(format!("{joiner}{}", condition.as_str()));
                conditions += 1;
            }
        }
    }
    pieces.extend(marks.at_end(conditions));
    pieces.join("^")
}
