//! From names and texts to paths and tests: what a query means for one table.
//!
//! Everything that can be known before the first record is read is decided here: which columns a
//! dotted name walks through, whether a column compares as a number, what a script stands for, which
//! part of the `sys_id` order can match at all.

use super::{
    Path, Viewer,
    parse::{Comparison, Condition, EncodedQuery, Operator, Term},
    script::{self, Period},
    test::{Subject, Test},
};
use crate::{
    database::{Database, Record},
    dictionary::{Column, InternalType},
    rules::Access,
};

/// A query ready to be tried on the records of a table.
#[derive(Debug)]
pub struct Filter {
    pub(super) groups: Vec<Vec<Vec<Check>>>,
    pub(super) order: Vec<(Path, bool)>,
    /// The terms that name no field or no operator, as they were written.
    pub invalid: Vec<String>,
}

/// One condition: what is looked at, and what must be true of it.
#[derive(Debug)]
pub(super) struct Check {
    pub path: Option<Path>,
    pub subject: Subject,
    pub test: Test,
}

impl Filter {
    pub fn compile(
        query: &EncodedQuery,
        database: &Database,
        table: &str,
        viewer: &Viewer,
    ) -> Filter {
        let compiler = Compiler {
            database,
            table,
            viewer,
        };
        let mut filter = Filter {
            groups: Vec::new(),
            order: Vec::new(),
            invalid: Vec::new(),
        };
        for group in &query.groups {
            let mut checks = Vec::new();
            for alternatives in group {
                let mut compiled = Vec::new();
                for term in alternatives {
                    match compiler.term(term) {
                        Ok(Some(check)) => compiled.push(check),
                        Ok(None) => {}
                        Err(text) => filter.invalid.push(text),
                    }
                }
                if !compiled.is_empty() {
                    checks.push(compiled);
                }
            }
            filter.groups.push(checks);
        }
        for key in &query.order {
            match Path::resolve(database, table, &key.field) {
                Some(path) => filter.order.push((path, key.descending)),
                None => filter.invalid.push(format!("ORDERBY{}", key.field)),
            }
        }
        filter
    }

    /// Whether the caller may read every field the query names.
    pub fn is_readable(&self, database: &Database, table: &str, access: &Access) -> bool {
        let tested = self
            .groups
            .iter()
            .flatten()
            .flatten()
            .filter_map(|check| check.path.as_ref());
        let ordered = self.order.iter().map(|(path, _)| path);
        tested
            .chain(ordered)
            .all(|path| path.is_readable(database, table, access))
    }

    pub fn matches(&self, database: &Database, record: Record<'_>) -> bool {
        self.groups.iter().any(|group| {
            group
                .iter()
                .all(|checks| checks.iter().any(|check| check.holds(database, record)))
        })
    }
}

impl Check {
    pub(super) fn holds(&self, database: &Database, record: Record<'_>) -> bool {
        match &self.path {
            None => self.test.holds_for_record(record),
            Some(path) => self.test.holds(database, record, path, self.subject),
        }
    }
}

struct Compiler<'a> {
    database: &'a Database,
    table: &'a str,
    viewer: &'a Viewer,
}

impl Compiler<'_> {
    /// The check of a term; `None` for a comparison with nothing, such as `sys_id>` of a first page, which
    /// restricts nothing; the text of a term that means nothing.
    fn term(&self, term: &Term) -> Result<Option<Check>, String> {
        match term {
            Term::Malformed(text) => Err(text.clone()),
            Term::FullText(words) => Ok(Some(Check {
                path: None,
                subject: Subject::Value,
                test: Test::Words(words.split_whitespace().map(str::to_lowercase).collect()),
            })),
            Term::Related(field, related) => {
                let invalid = || format!("{field}: {related:?}");
                let path = Path::resolve(self.database, self.table, field).ok_or_else(invalid)?;
                let test = related
                    .compile(self.database, self.viewer)
                    .ok_or_else(invalid)?;
                Ok(Some(Check {
                    path: Some(path),
                    subject: Subject::Value,
                    test,
                }))
            }
            Term::Condition(condition) => self.condition(condition),
        }
    }

    fn condition(&self, condition: &Condition) -> Result<Option<Check>, String> {
        let invalid = || {
            format!(
                "{}{:?}{}",
                condition.field, condition.operator, condition.value
            )
        };
        let path =
            Path::resolve(self.database, self.table, &condition.field).ok_or_else(invalid)?;
        if condition.value.is_empty() && needs_value(condition.operator) {
            return Ok(None);
        }
        let test = self.test(condition, path.column()).ok_or_else(invalid)?;
        let subject = subject(condition.operator, path.column());
        Ok(Some(Check {
            path: Some(path),
            subject,
            test,
        }))
    }

    fn test(&self, condition: &Condition, column: &Column) -> Option<Test> {
        let text = condition.value.as_str();
        let numeric = column.internal_type.is_numeric();
        let compared = |comparison| {
            Some(Test::Compares {
                comparison,
                operand: self.value(text)?,
                numeric,
            })
        };
        Some(match condition.operator {
            Operator::Anything => Test::Always,
            Operator::IsEmpty => Test::Empty,
            Operator::IsNotEmpty => Test::Not(Box::new(Test::Empty)),
            Operator::Equals => Test::Equals(self.value(text)?.to_lowercase()),
            Operator::EqualsOrDisplays => match column.value_of(text) {
                Some(value) => Test::OneOf(vec![value.to_lowercase(), text.to_lowercase()]),
                None if column.internal_type == InternalType::Reference => {
                    Test::EqualsOrDisplays(text.to_lowercase())
                }
                None => Test::Equals(text.to_lowercase()),
            },
            Operator::NotEquals => {
                Test::Not(Box::new(Test::Equals(self.value(text)?.to_lowercase())))
            }
            Operator::LessThan => compared(Comparison::Less)?,
            Operator::LessOrEquals => compared(Comparison::LessOrEqual)?,
            Operator::GreaterThan => compared(Comparison::Greater)?,
            Operator::GreaterOrEquals => compared(Comparison::GreaterOrEqual)?,
            Operator::Between => {
                let (from, to) = text.split_once('@')?;
                Test::Between {
                    from: self.value(from)?,
                    to: self.value(to)?,
                    numeric,
                }
            }
            Operator::In => Test::OneOf(self.list(text)?),
            Operator::NotIn => Test::Not(Box::new(Test::OneOf(self.list(text)?))),
            Operator::StartsWith => Test::StartsWith(self.value(text)?.to_lowercase()),
            Operator::EndsWith => Test::EndsWith(self.value(text)?.to_lowercase()),
            Operator::Contains => Test::Contains(self.value(text)?.to_lowercase()),
            Operator::NotContains => {
                Test::Not(Box::new(Test::Contains(self.value(text)?.to_lowercase())))
            }
            Operator::SameAs => self.same_as(text)?,
            Operator::NotSameAs => Test::Not(Box::new(self.same_as(text)?)),
            Operator::GreaterField => self.field_comparison(Comparison::Greater, text)?,
            Operator::GreaterOrEqualField => {
                self.field_comparison(Comparison::GreaterOrEqual, text)?
            }
            Operator::LessField => self.field_comparison(Comparison::Less, text)?,
            Operator::LessOrEqualField => self.field_comparison(Comparison::LessOrEqual, text)?,
            Operator::MoreThanApart => self.apart(Comparison::Greater, text)?,
            Operator::LessThanApart => self.apart(Comparison::Less, text)?,
            Operator::On => self.days(text)?,
            Operator::NotOn => Test::Not(Box::new(self.days(text)?)),
            Operator::DatePart => self.date_part(text)?,
            Operator::Relative(comparison) => self.relative(comparison, text)?,
            Operator::Dynamic => match text {
                DYNAMIC_ME => Test::Equals(self.viewer.sys_id.clone()),
                DYNAMIC_MY_GROUPS => Test::OneOf(self.my_groups()),
                _ => return None,
            },
            Operator::InstanceOf => {
                let classes = self.database.dictionary().classes(text);
                Test::OneOf(classes.into_iter().map(str::to_owned).collect())
            }
        })
    }

    /// A literal, or what its script stands for.
    fn value(&self, text: &str) -> Option<String> {
        match text.strip_prefix("javascript:") {
            Some(script) => script::evaluate(script, self.viewer),
            None => Some(text.to_owned()),
        }
    }

    fn list(&self, text: &str) -> Option<Vec<String>> {
        Some(
            self.value(text)?
                .split(',')
                .map(|item| item.trim().to_lowercase())
                .collect(),
        )
    }

    fn other(&self, name: &str) -> Option<Path> {
        Path::resolve(self.database, self.table, name)
    }

    /// `b`, or `b@day` for two dates that agree to that unit.
    fn same_as(&self, text: &str) -> Option<Test> {
        let (name, unit) = match text.split_once('@') {
            Some((name, unit)) => (name, Some(Period::from_name(unit)?)),
            None => (text, None),
        };
        Some(Test::SameAs {
            other: self.other(name)?,
            unit,
            zone: self.viewer.locale.zone.clone(),
        })
    }

    fn field_comparison(&self, comparison: Comparison, text: &str) -> Option<Test> {
        Some(Test::ComparesField {
            comparison,
            other: self.other(text)?,
        })
    }

    /// `field@unit@before|after@n`.
    fn apart(&self, comparison: Comparison, text: &str) -> Option<Test> {
        let parts: Vec<&str> = text.split('@').collect();
        let [name, unit, direction, count] = parts[..] else {
            return None;
        };
        Some(Test::Apart {
            comparison,
            other: self.other(name)?,
            before: direction == "before",
            span: script::span(Period::from_name(unit)?, count.parse().ok()?)?,
        })
    }

    /// `label@start@end`, both included.
    fn days(&self, text: &str) -> Option<Test> {
        let mut parts = text.splitn(3, '@').skip(1);
        let from = self.value(parts.next()?)?;
        let to = self.value(parts.next()?)?;
        Some(Test::Between {
            from,
            to,
            numeric: false,
        })
    }

    /// `Monday@javascript:gs.datePart('dayofweek','monday','EE')`.
    fn date_part(&self, text: &str) -> Option<Test> {
        let arguments = text.rsplit_once("gs.datePart(")?.1.strip_suffix(')')?;
        let arguments: Vec<&str> = arguments
            .split(',')
            .map(|argument| argument.trim().trim_matches(['\'', '"']))
            .collect();
        let [part, value, code] = arguments[..] else {
            return None;
        };
        Test::date_part(part, value, Comparison::from_code(code)?, self.viewer)
    }

    /// `@hour@ago@1`.
    fn relative(&self, comparison: Comparison, text: &str) -> Option<Test> {
        let parts: Vec<&str> = text.strip_prefix('@').unwrap_or(text).split('@').collect();
        let [unit, direction, count] = parts[..] else {
            return None;
        };
        let period = Period::from_name(unit)?;
        let count: i64 = count.parse().ok()?;
        let now = self
            .viewer
            .now
            .to_zoned_datetime(self.viewer.locale.zone.clone());
        let signed = if direction == "ahead" { count } else { -count };
        let then = now.checked_add(script::span(period, signed)?).ok()?;
        if comparison == Comparison::Equal {
            let wire = |moment: jiff::ZonedDateTime| crate::clock::wire_text(moment.timestamp());
            let from = wire(script::start_of(period, &then)?);
            return Some(Test::Between {
                from,
                to: wire(script::end_of(period, &then)?),
                numeric: false,
            });
        }
        let operand = crate::clock::wire_text(then.timestamp());
        Some(Test::Compares {
            comparison,
            operand,
            numeric: false,
        })
    }

    fn my_groups(&self) -> Vec<String> {
        let Some(members) = self.database.table("sys_user_grmember") else {
            return Vec::new();
        };
        let mine = members
            .rows()
            .map(|row| Record {
                class: members,
                row,
            })
            .filter(|member| member.value("user") == self.viewer.sys_id);
        mine.map(|member| member.value("group").to_owned())
            .collect()
    }
}

/// Text operators look at what a reference displays, all others at what it stores.
fn subject(operator: Operator, column: &Column) -> Subject {
    let text_operator = matches!(
        operator,
        Operator::Contains | Operator::NotContains | Operator::StartsWith | Operator::EndsWith
    );
    if text_operator && column.internal_type == InternalType::Reference {
        Subject::Display
    } else {
        Subject::Value
    }
}

fn needs_value(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Contains
            | Operator::EndsWith
            | Operator::GreaterOrEquals
            | Operator::GreaterThan
            | Operator::LessOrEquals
            | Operator::LessThan
            | Operator::NotContains
            | Operator::StartsWith
    )
}

const DYNAMIC_ME: &str = "90d1921e5f510100a9ad2572f2b477fe";
const DYNAMIC_MY_GROUPS: &str = "d6435e965f510100a9ad2572f2b47744";
