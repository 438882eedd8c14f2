//! When a change can be done: times in which no other change touches the same items.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{Call, TABLE, items, worker, written};
use crate::{
    answer::{Answer, Failure},
    api::{engine::Engine, record},
    clock::{parse_wire, wire_text},
    database::{Database, Record},
};

/// So many times are offered.
const SPANS: usize = 3;
/// Where a change says not how long it takes.
const DEFAULT_LENGTH: SignedDuration = SignedDuration::from_hours(1);

/// `/{change}/schedule`
pub fn of_change(call: &Call, change: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    let record = record::find(call, &database, TABLE, change)?;
    let spans = free(
        &database,
        &items::touched(&database, record),
        Some(change),
        call.instance.clock.now(),
        length(record),
    );
    let outcome = json!({ "spans": spans.iter().map(shown).collect::<Vec<_>>() });
    Ok(worker::begun(
        call,
        json!({ "change_sys_id": change }),
        outcome,
    ))
}

/// `/ci/{item}/schedule?duration_in_seconds=…&planned_start_time=…`
pub fn of_item(call: &Call, item: &str) -> Result<Answer, Failure> {
    let database = call.instance.database.read();
    record::find(call, &database, "cmdb_ci", item)?;
    let seconds = call.request.number("duration_in_seconds");
    let length = seconds
        .and_then(|seconds| i64::try_from(seconds).ok())
        .map_or(DEFAULT_LENGTH, SignedDuration::from_secs);
    let from = call
        .request
        .parameter("planned_start_time")
        .and_then(parse_wire)
        .unwrap_or_else(|| call.instance.clock.now());
    let spans = free(&database, &[item.to_owned()], None, from, length);
    let outcome = json!({ "spans": spans.iter().map(shown).collect::<Vec<_>>() });
    let request = json!({ "cmdb_ci_sys_id": item, "duration_in_seconds": length.as_secs() });
    Ok(worker::begun(call, request, outcome))
}

/// Plans the change for the first time that is free.
pub fn first_available(call: &Call, change: &str) -> Result<Answer, Failure> {
    let mut database = call.instance.database.write();
    let record = record::find(call, &database, TABLE, change)?;
    let touched = items::touched(&database, record);
    let now = call.instance.clock.now();
    let spans = free(&database, &touched, Some(change), now, length(record));
    let mut fields = Map::new();
    if let Some((start, end)) = spans.first() {
        fields.insert("start_date".into(), wire_text(*start).into());
        fields.insert("end_date".into(), wire_text(*end).into());
    }
    Engine::new(call, &mut database).update(TABLE, change, &fields)?;
    written(call, &database, TABLE, change, &fields)
}

type Span = (Timestamp, Timestamp);

fn length(change: Record<'_>) -> SignedDuration {
    planned(change).map_or(DEFAULT_LENGTH, |(start, end)| end.duration_since(start))
}

fn planned(change: Record<'_>) -> Option<Span> {
    let start = parse_wire(change.value("start_date"))?;
    let end = parse_wire(change.value("end_date"))?;
    (start < end).then_some((start, end))
}

/// The first times of that length in which none of the items is touched by another change.
fn free(
    database: &Database,
    wanted: &[String],
    except: Option<&str>,
    from: Timestamp,
    length: SignedDuration,
) -> Vec<Span> {
    let taken = |change: &Record<'_>| {
        Some(change.sys_id()) != except
            && items::touched(database, *change)
                .iter()
                .any(|item| wanted.contains(item))
    };
    let changes = database.table(TABLE);
    let mut busy: Vec<Span> = changes
        .into_iter()
        .flat_map(|class| class.rows().map(move |row| Record { class, row }))
        .filter(taken)
        .filter_map(planned)
        .collect();
    busy.sort_unstable();
    let mut spans = Vec::new();
    let mut start = from;
    while spans.len() < SPANS {
        let Ok(end) = start.checked_add(length.max(SignedDuration::from_secs(1))) else {
            break;
        };
        match busy.iter().find(|(from, to)| *from < end && start < *to) {
            Some((_, until)) => start = *until,
            None => {
                spans.push((start, end));
                start = end;
            }
        }
    }
    spans
}

fn shown((start, end): &Span) -> Value {
    let side = |at: &Timestamp| json!({ "value": wire_text(*at), "display_value": wire_text(*at) });
    json!({ "start": side(start), "end": side(end) })
}
