//! `GET /stats/{table}`: the Aggregate API.
//!
//! Without `sysparm_group_by` one object, with it an array, of one item too. Numbers are strings,
//! averages with four decimals. What was not asked for is not computed.

use std::{cmp::Ordering, collections::BTreeMap};

use serde_json::{Map, Value, json};

use super::{
    Call,
    display::display_value,
    list::{self, Asked},
    render::DisplayMode,
};
use crate::{
    answer::{Answer, Failure},
    collation::{compare_ignoring_case, compare_numbers},
    database::{Database, Record},
    query::{Page, Path, Viewer},
    request::Request,
    rules::Access,
};

pub fn aggregate(call: &Call, table: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    if database.table(table).is_none() {
        return Err(Failure::invalid_table(table));
    }
    let viewer = call.instance.viewer(&database, &call.caller);
    let access = Access::of(&call.instance.rules.read(), &database, &viewer);
    if !access.allows_table(&database, table) {
        let detail = format!("No permission to read table '{table}'");
        return Err(Failure::new(
            403,
            "Insufficient rights to query records",
            Some(&detail),
        ));
    }
    let filter = list::filter(call, &database, table, &viewer);
    let asked = Asked::of(call, &database, table, &viewer, filter)?;
    let all = Page {
        offset: 0,
        limit: usize::MAX,
        counted: true,
    };
    let records = asked.matching(&database, table, all).records;
    let wanted = Wanted::of(&database, table, call.request, &access);
    let group_by: Vec<(&str, Path)> = names(call.request.parameter("sysparm_group_by"))
        .into_iter()
        .filter_map(|name| Some((name, readable(&database, table, name, &access)?)))
        .collect();
    if group_by.is_empty() {
        return Ok(Answer::result(
            200,
            &json!({ "stats": wanted.stats(&database, &records) }),
        ));
    }
    // Values that a query takes for the same are one group, which shows the first of them.
    let mut groups: BTreeMap<Vec<String>, (Vec<&str>, Vec<Record>)> = BTreeMap::new();
    for record in records {
        let values = || {
            group_by
                .iter()
                .map(|(_, path)| path.value(&database, record))
        };
        let key = values().map(str::to_lowercase).collect();
        let group = groups.entry(key);
        let (_, members) = group.or_insert_with(|| (values().collect(), Vec::new()));
        members.push(record);
    }
    let mut items: Vec<(Map<String, Value>, Value)> = groups
        .into_values()
        .map(|(key, records)| {
            let stats = wanted.stats(&database, &records);
            let fields = GroupFields {
                database: &database,
                viewer: &viewer,
                mode: DisplayMode::of(call.request),
            };
            (stats, fields.rendered(&group_by, &key))
        })
        .filter(|(stats, _)| holds_all(stats, call.request.parameter("sysparm_having")))
        .collect();
    order(&mut items, call.request.parameter("sysparm_order_by"));
    let items: Vec<Value> = items
        .into_iter()
        .map(|(stats, fields)| json!({ "stats": stats, "groupby_fields": fields }))
        .collect();
    Ok(Answer::result(200, &Value::Array(items)))
}

/// A field that the caller may read; any other is left out, as one that does not exist.
fn readable(database: &Database, table: &str, name: &str, access: &Access) -> Option<Path> {
    Path::resolve(database, table, name).filter(|path| path.is_readable(database, table, access))
}

fn names(list: Option<&str>) -> Vec<&str> {
    list.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect()
}

/// Which numbers were asked for.
struct Wanted {
    count: bool,
    of_fields: Vec<(Statistic, Path, String)>,
}

#[derive(Clone, Copy)]
enum Statistic {
    Average,
    Maximum,
    Minimum,
    Sum,
}

impl Statistic {
    const ALL: [(&str, Statistic); 4] = [
        ("avg", Statistic::Average),
        ("max", Statistic::Maximum),
        ("min", Statistic::Minimum),
        ("sum", Statistic::Sum),
    ];

    fn key(self) -> &'static str {
        match self {
            Statistic::Average => "avg",
            Statistic::Maximum => "max",
            Statistic::Minimum => "min",
            Statistic::Sum => "sum",
        }
    }

    fn of(self, values: &[&str], numeric: bool) -> String {
        let numbers = || values.iter().filter_map(|value| value.parse::<f64>().ok());
        let by_size = |left: &&&str, right: &&&str| match numeric {
            true => compare_numbers(left, right),
            false => compare_ignoring_case(left, right),
        };
        match self {
            Statistic::Average | Statistic::Sum if values.is_empty() => String::new(),
            Statistic::Average => format!(
                "{:.4}",
                numbers().sum::<f64>() / numbers().count().max(1) as f64
            ),
            Statistic::Sum => trimmed(numbers().sum()),
            Statistic::Maximum => values
                .iter()
                .max_by(by_size)
                .map(|value| (*value).to_owned())
                .unwrap_or_default(),
            Statistic::Minimum => values
                .iter()
                .min_by(by_size)
                .map(|value| (*value).to_owned())
                .unwrap_or_default(),
        }
    }
}

fn trimmed(number: f64) -> String {
    if number.fract() == 0.0 {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

impl Wanted {
    fn of(database: &Database, table: &str, request: &Request, access: &Access) -> Wanted {
        let mut of_fields = Vec::new();
        for (key, statistic) in Statistic::ALL {
            for name in names(request.parameter(&format!("sysparm_{key}_fields"))) {
                if let Some(path) = readable(database, table, name, access) {
                    of_fields.push((statistic, path, name.to_owned()));
                }
            }
        }
        Wanted {
            count: request.flag("sysparm_count"),
            of_fields,
        }
    }

    fn stats(&self, database: &Database, records: &[Record]) -> Map<String, Value> {
        let mut stats = Map::new();
        if self.count {
            stats.insert("count".into(), records.len().to_string().into());
        }
        for (statistic, path, name) in &self.of_fields {
            let values: Vec<&str> = records
                .iter()
                .map(|record| path.value(database, *record))
                .filter(|value| !value.is_empty())
                .collect();
            let number = statistic.of(&values, path.column().internal_type.is_numeric());
            let fields = stats.entry(statistic.key()).or_insert_with(|| json!({}));
            fields[name.as_str()] = number.into();
        }
        stats
    }
}

struct GroupFields<'a> {
    database: &'a Database,
    viewer: &'a Viewer,
    mode: DisplayMode,
}

impl GroupFields<'_> {
    fn rendered(&self, group_by: &[(&str, Path)], key: &[&str]) -> Value {
        let fields = group_by.iter().zip(key).map(|((name, path), value)| {
            let displayed = || {
                display_value(self.database, path.column(), value, &self.viewer.locale).into_owned()
            };
            match self.mode {
                DisplayMode::Value => json!({ "field": name, "value": value }),
                DisplayMode::Display => json!({ "field": name, "value": displayed() }),
                DisplayMode::All => {
                    json!({ "field": name, "value": value, "display_value": displayed() })
                }
            }
        });
        fields.collect()
    }
}

/// `count^priority^>^3,avg^priority^>^3`: all must hold.
fn holds_all(stats: &Map<String, Value>, having: Option<&str>) -> bool {
    names(having).into_iter().all(|clause| {
        let parts: Vec<&str> = clause.split('^').collect();
        let [aggregate, field, operator, operand] = parts[..] else {
            return true;
        };
        let order = compare_numbers(statistic_text(stats, aggregate, field), operand);
        match operator {
            "=" => order.is_eq(),
            "!=" => order.is_ne(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            _ => true,
        }
    })
}

fn statistic_text<'a>(stats: &'a Map<String, Value>, aggregate: &str, field: &str) -> &'a str {
    let value = stats
        .get(&aggregate.to_ascii_lowercase())
        .unwrap_or(&Value::Null);
    value
        .as_str()
        .or_else(|| value.get(field)?.as_str())
        .unwrap_or_default()
}

/// `state`, `state^DESC`, `AVG^state`, `COUNT`, comma separated.
fn order(items: &mut [(Map<String, Value>, Value)], order_by: Option<&str>) {
    let clauses = names(order_by);
    items.sort_by(|left, right| {
        clauses
            .iter()
            .map(|clause| {
                let parts: Vec<&str> = clause
                    .split('^')
                    .filter(|part| !matches!(*part, "ASC" | "DESC"))
                    .collect();
                let order = compare_numbers(&sort_text(left, &parts), &sort_text(right, &parts));
                if clause.ends_with("^DESC") {
                    order.reverse()
                } else {
                    order
                }
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
}

fn sort_text(item: &(Map<String, Value>, Value), parts: &[&str]) -> String {
    let (stats, fields) = item;
    match parts {
        [field] if !field.eq_ignore_ascii_case("count") => {
            let group = fields
                .as_array()
                .into_iter()
                .flatten()
                .find(|group| group["field"] == **field);
            group
                .and_then(|group| group["value"].as_str())
                .unwrap_or_default()
                .to_owned()
        }
        [aggregate, rest @ ..] => {
            statistic_text(stats, aggregate, rest.first().unwrap_or(&"")).to_owned()
        }
        [] => String::new(),
    }
}
