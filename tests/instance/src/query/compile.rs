//! From names and texts to paths and tests: what a query means for one table.
//!
//! Everything that can be known before the first record is read is decided here: which columns a
//! dotted name walks through, whether a column compares as a number, what a script stands for, which
//! part of the `sys_id` order can match at all.

use std::collections::HashMap;

use jiff::ZonedDateTime;

use super::{
    Path, Scripts, Viewer, hierarchy,
    parse::{Comparison, Condition, EncodedQuery, Operator, Term},
    script::{self, Period},
    test::{Subject, Test},
};
use crate::{
    clock::{parse_civil, parse_wire, wire_text},
    database::{Database, Record},
    dictionary::{Column, InternalType},
    rules::{Access, Operation},
};

/// A query ready to be tried on the records of a table.
#[derive(Debug)]
pub struct Filter {
    pub(super) groups: Vec<Vec<Vec<Check>>>,
    pub(super) order: Vec<(Path, bool)>,
    /// The terms that name no field or no operator, as they were written.
    pub invalid: Vec<String>,
    /// It holds a script where none is let in.
    pub has_refused_script: bool,
}

/// What a record was before it is written.
#[derive(Clone, Copy, Debug)]
pub enum Before<'a> {
    /// Nothing is being written: no value changes.
    Unknown,
    New,
    Record(Record<'a>),
}

/// One condition: what is looked at, and what must be true of it.
#[derive(Debug)]
pub(super) struct Check {
    pub path: Option<Path>,
    pub subject: Subject,
    pub test: Test,
}

impl Filter {
    /// A filter for records as they are.
    pub fn compile(
        query: &EncodedQuery,
        database: &Database,
        table: &str,
        viewer: &Viewer,
    ) -> Filter {
        Filter::of_change(query, database, table, viewer, Before::Unknown)
    }

    /// A filter for a record that is being written, which may ask what it was before.
    pub fn of_change(
        query: &EncodedQuery,
        database: &Database,
        table: &str,
        viewer: &Viewer,
        before: Before<'_>,
    ) -> Filter {
        let compiler = Compiler {
            database,
            table,
            viewer,
            before,
        };
        let mut filter = Filter {
            groups: Vec::new(),
            order: Vec::new(),
            invalid: Vec::new(),
            has_refused_script: viewer.reading.scripts == Scripts::Refuse && query.has_script(),
        };
        for group in &query.groups {
            let mut checks = Vec::new();
            for alternatives in group {
                let mut compiled = Vec::new();
                for term in alternatives {
                    match compiler.term(term) {
                        Ok(Some(check)) => {
                            filter.invalid.extend_from_slice(check.test.invalid_terms());
                            compiled.push(check);
                        }
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

    /// Whether the caller may read every field the query looks at, in whatever table.
    pub fn is_readable(&self, database: &Database, table: &str, access: &Access) -> bool {
        let may_read = |(of, path): &(String, Path)| {
            (of == table || access.allows_table(database, of))
                && path.is_readable(database, of, access)
        };
        access.is_open() || self.fields(table).iter().all(may_read)
    }

    /// The fields it looks at, each with its table.
    pub(super) fn fields(&self, table: &str) -> Vec<(String, Path)> {
        let own = |path: &Path| (table.to_owned(), path.clone());
        let mut fields: Vec<_> = self.order.iter().map(|(path, _)| own(path)).collect();
        for check in self.groups.iter().flatten().flatten() {
            fields.extend(check.path.as_ref().map(own));
            fields.extend(check.test.other_fields(table));
        }
        fields
    }

    pub(super) fn has_full_text(&self) -> bool {
        let mut checks = self.groups.iter().flatten().flatten();
        checks.any(|check| matches!(check.test, Test::Words { .. }))
    }

    /// Full text is looked for only where the caller may read.
    pub fn hide_from_full_text(&mut self, database: &Database, table: &str, access: &Access) {
        let tests = self.groups.iter_mut().flatten().flatten();
        for test in tests.map(|check| &mut check.test) {
            let Test::Words { hidden, .. } = test else {
                continue;
            };
            for class in database.classes(table) {
                let columns = class.columns().iter().enumerate();
                let unreadable = columns.filter(|(_, column)| {
                    !access.allows_field(database, Operation::Read, class.name(), &column.element)
                });
                let positions = unreadable.map(|(position, _)| position).collect();
                hidden.insert(class.name().to_owned(), positions);
            }
        }
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
    before: Before<'a>,
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
                test: Test::Words {
                    words: words.split_whitespace().map(str::to_lowercase).collect(),
                    hidden: HashMap::new(),
                },
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
        if condition.value.contains(SCRIPT) && self.viewer.reading.scripts != Scripts::Evaluate {
            return Ok(None);
        }
        if let Some(tag) = condition.field.strip_prefix("sys_tags.") {
            return self.tagged(condition, tag).map(Some).ok_or_else(invalid);
        }
        let path =
            Path::resolve(self.database, self.table, &condition.field).ok_or_else(invalid)?;
        if condition.value.is_empty() && needs_value(condition.operator) {
            return Ok(None);
        }
        let test = self.test(condition, &path).ok_or_else(invalid)?;
        let subject = subject(condition.operator, path.column());
        Ok(Some(Check {
            path: Some(path),
            subject,
            test,
        }))
    }

    fn test(&self, condition: &Condition, path: &Path) -> Option<Test> {
        let column = path.column();
        let text = condition.value.as_str();
        let numeric = column.internal_type.is_numeric();
        let compared = |comparison| {
            Some(Test::Compares {
                comparison,
                operand: self.value(text, column)?,
                numeric,
            })
        };
        Some(match condition.operator {
            Operator::Anything => Test::Always,
            Operator::IsEmpty => Test::Empty,
            Operator::IsNotEmpty => Test::Not(Box::new(Test::Empty)),
            Operator::Equals => Test::Equals(self.value(text, column)?.to_lowercase()),
            Operator::EqualsOrDisplays => match column.value_of(text) {
                Some(value) => Test::OneOf(vec![value.to_lowercase(), text.to_lowercase()]),
                None if column.internal_type == InternalType::Reference => {
                    Test::EqualsOrDisplays(text.to_lowercase())
                }
                None => Test::Equals(text.to_lowercase()),
            },
            Operator::NotEquals => Test::Not(Box::new(Test::Equals(
                self.value(text, column)?.to_lowercase(),
            ))),
            Operator::LessThan => compared(Comparison::Less)?,
            Operator::LessOrEquals => compared(Comparison::LessOrEqual)?,
            Operator::GreaterThan => compared(Comparison::Greater)?,
            Operator::GreaterOrEquals => compared(Comparison::GreaterOrEqual)?,
            Operator::Between => {
                let (from, to) = text.split_once('@')?;
                Test::Between {
                    from: self.value(from, column)?,
                    to: self.value(to, column)?,
                    numeric,
                }
            }
            Operator::In => Test::OneOf(self.list(text, column)?),
            Operator::NotIn => Test::Not(Box::new(Test::OneOf(self.list(text, column)?))),
            Operator::StartsWith => Test::StartsWith(self.value(text, column)?.to_lowercase()),
            Operator::EndsWith => Test::EndsWith(self.value(text, column)?.to_lowercase()),
            Operator::Contains => Test::Contains(self.value(text, column)?.to_lowercase()),
            Operator::NotContains => Test::Not(Box::new(Test::Contains(
                self.value(text, column)?.to_lowercase(),
            ))),
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
            Operator::On => self.days(text, column)?,
            Operator::NotOn => Test::Not(Box::new(self.days(text, column)?)),
            Operator::DatePart => self.date_part(text)?,
            Operator::Relative(comparison) => self.relative(comparison, text, column)?,
            Operator::Dynamic => Test::OneOf(hierarchy::dynamic(self.database, text, self.viewer)?),
            Operator::InHierarchy => {
                let (hierarchy, start) = hierarchy::parts(text)?;
                Test::among(hierarchy::members(
                    self.database,
                    hierarchy,
                    &[start.to_owned()],
                )?)
            }
            Operator::InHierarchyDynamic => {
                let (hierarchy, option) = hierarchy::parts(text)?;
                let start = hierarchy::dynamic(self.database, option, self.viewer)?;
                Test::among(hierarchy::members(self.database, hierarchy, &start)?)
            }
            // Only of the field of tags, which is dealt with above.
            Operator::Excluding => return None,
            Operator::ValueChanges | Operator::ChangesFrom | Operator::ChangesTo => {
                self.change(condition.operator, self.value(text, column)?, path)
            }
            Operator::InstanceOf => {
                let classes = self.database.dictionary().classes(text);
                Test::OneOf(classes.into_iter().map(str::to_owned).collect())
            }
        })
    }

    /// What holds of the new value, given the one before it.
    fn change(&self, operator: Operator, operand: String, path: &Path) -> Test {
        let before = match self.before {
            Before::Unknown => return Test::Not(Box::new(Test::Always)),
            Before::New => String::new(),
            Before::Record(record) => path.value(self.database, record).to_lowercase(),
        };
        let is_operand = || Test::Equals(operand.to_lowercase());
        match operator {
            Operator::ChangesTo if before != operand.to_lowercase() => is_operand(),
            Operator::ChangesFrom if before == operand.to_lowercase() => {
                Test::Not(Box::new(is_operand()))
            }
            Operator::ValueChanges => Test::Not(Box::new(Test::Equals(before))),
            _ => Test::Not(Box::new(Test::Always)),
        }
    }

    /// `sys_tags.<label>=<label>`, and the opposite.
    fn tagged(&self, condition: &Condition, tag: &str) -> Option<Check> {
        let entries = self.database.table("label_entry")?;
        let records = entries
            .rows_where("label", tag)
            .map(|row| Record {
                class: entries,
                row,
            })
            .map(|entry| entry.value("table_key").to_owned())
            .collect();
        let has = Test::Tagged {
            label: tag.to_owned(),
            records,
        };
        let test = match condition.operator {
            Operator::Equals | Operator::In => has,
            Operator::Excluding | Operator::NotEquals | Operator::NotIn => Test::Not(Box::new(has)),
            _ => return None,
        };
        Some(Check {
            path: Some(Path::resolve(self.database, self.table, "sys_tags")?),
            subject: Subject::Value,
            test,
        })
    }

    /// A literal, or what its script stands for. A column of days has no time to compare with.
    fn value(&self, text: &str, column: &Column) -> Option<String> {
        let is_date = column.internal_type == InternalType::Date;
        if let Some(script) = text.strip_prefix(SCRIPT) {
            let value = script::evaluate(script, self.viewer)?;
            let moment = parse_wire(&value).filter(|_| is_date && value.len() == WIRE_LENGTH);
            return Some(match moment {
                Some(at) => {
                    let local = at.to_zoned_datetime(self.viewer.locale.zone.clone());
                    local.date().to_string()
                }
                None => value,
            });
        }
        if is_date && let Some(at) = parse_civil(text) {
            return Some(at.date().to_string());
        }
        if self.viewer.reading.local_times
            && column.internal_type.is_date_time()
            && let Some(local) = parse_civil(text).filter(|_| text.len() == WIRE_LENGTH)
        {
            let zone = self.viewer.locale.zone.clone();
            return Some(wire_text(local.to_zoned_datetime(zone).ok()?.timestamp()));
        }
        Some(text.to_owned())
    }

    fn list(&self, text: &str, column: &Column) -> Option<Vec<String>> {
        Some(
            self.value(text, column)?
                .split(',')
                .map(str::to_lowercase)
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
    fn days(&self, text: &str, column: &Column) -> Option<Test> {
        let mut parts = text.splitn(3, '@').skip(1);
        let from = self.value(parts.next()?, column)?;
        let to = self.value(parts.next()?, column)?;
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
    fn relative(&self, comparison: Comparison, text: &str, column: &Column) -> Option<Test> {
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
        let wire = |moment: ZonedDateTime| match column.internal_type {
            InternalType::Date => moment.date().to_string(),
            _ => wire_text(moment.timestamp()),
        };
        if comparison == Comparison::Equal {
            let from = wire(script::start_of(period, &then)?);
            return Some(Test::Between {
                from,
                to: wire(script::end_of(period, &then)?),
                numeric: false,
            });
        }
        Some(Test::Compares {
            comparison,
            operand: wire(then),
            numeric: false,
        })
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

/// What a value begins with that is evaluated.
const SCRIPT: &str = "javascript:";
/// `yyyy-MM-dd HH:mm:ss`
const WIRE_LENGTH: usize = 19;
