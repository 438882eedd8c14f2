//! What happens to records when an API writes: defaults, business rules, stamps, journals, traces.
//!
//! PUT and PATCH are one: only what is sent changes. Fields that do not exist are ignored, those the
//! caller may not write are silently left, and a change that changes nothing leaves `sys_mod_count`
//! and `sys_updated_on` alone.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Call, attachment,
    input::{self, Input},
};
use crate::{
    answer::Failure,
    clock::wire_text,
    database::{Database, Record, Row, Table, is_sys_id},
    dictionary::InternalType,
    query::{GLOBAL, Viewer},
    rules::{Access, Operation, check_write, set_values},
};

/// Writes for one request.
pub struct Engine<'a> {
    call: &'a Call<'a>,
    pub database: &'a mut Database,
    pub viewer: Viewer,
    access: Access,
}

/// The values of a record by element.
type Values = BTreeMap<String, String>;

impl<'a> Engine<'a> {
    pub fn new(call: &'a Call<'a>, database: &'a mut Database) -> Self {
        let viewer = call.instance.viewer(database, &call.caller);
        let access = Access::of(&call.instance.rules.read(), database, &viewer);
        Engine {
            call,
            database,
            viewer,
            access,
        }
    }

    /// Makes a record of the table and gives its id.
    pub fn insert(&mut self, table: &str, fields: &Map<String, Value>) -> Result<String, Failure> {
        let mut values = self.initial_values(table);
        let Sent {
            values: sent,
            journals,
        } = self.sent(table, None, fields);
        values.extend(sent);
        self.look_up_priority(table, &mut values);
        self.put_name_together(table, &mut values);
        let sys_id = match values.get("sys_id").filter(|given| is_sys_id(given)) {
            Some(given) => given.clone(),
            None => self.new_id(),
        };
        values.insert("sys_id".into(), sys_id.clone());
        values.insert("sys_class_name".into(), table.to_owned());
        if !self.leaves_stamps() {
            values.extend(stamp_of(&self.viewer));
        }
        if self.database.find(table, &sys_id).is_some() {
            return Err(Failure::operation_failed(&format!(
                "Error during insert of {table} ({sys_id}): Unique Key violation detected by database \
                 (Duplicate entry '{sys_id}' for key 'PRIMARY')"
            )));
        }
        let row = self.row_of(table, &values)?;
        let row = self.ruled(Operation::Create, table, row)?;
        self.database.insert_row(table, row);
        self.enter_journals(table, &sys_id, journals);
        Ok(sys_id)
    }

    /// Changes a record of the table or of a class that extends it. Whether anything changed.
    pub fn update(
        &mut self,
        table: &str,
        sys_id: &str,
        fields: &Map<String, Value>,
    ) -> Result<bool, Failure> {
        let record = self.readable(table, sys_id)?;
        let class = record.class.name().to_owned();
        let Sent {
            mut values,
            journals,
        } = self.sent(&class, Some(record), fields);
        for pair in [["impact", "urgency"], ["first_name", "last_name"]] {
            if pair.iter().any(|element| values.contains_key(*element)) {
                let record = self.readable(table, sys_id)?;
                for element in pair {
                    let stored = || record.value(element).to_owned();
                    values.entry(element.to_owned()).or_insert_with(stored);
                }
            }
        }
        self.look_up_priority(&class, &mut values);
        self.put_name_together(&class, &mut values);
        let leaves_stamps = self.leaves_stamps();
        let record = self.readable(table, sys_id)?;
        let changes: Vec<(usize, String)> = values
            .into_iter()
            .filter(|(element, _)| !is_identity(element) && (leaves_stamps || !is_stamp(element)))
            .filter_map(|(element, value)| Some((record.class.position(&element)?, value)))
            .filter(|(position, value)| record.row.value(*position) != value)
            .collect();
        if changes.is_empty() && journals.is_empty() {
            return Ok(false);
        }
        let count: u64 = record.value("sys_mod_count").parse().unwrap_or(0);
        let stamp = [
            ("sys_updated_on", wire_text(self.viewer.now)),
            ("sys_updated_by", self.viewer.user_name.clone()),
            ("sys_mod_count", (count + 1).to_string()),
        ];
        let stamp = stamp
            .into_iter()
            .filter(|_| !leaves_stamps)
            .filter_map(|(element, value)| Some((record.class.position(element)?, value)));
        let changes: Vec<(usize, String)> = changes.into_iter().chain(stamp).collect();
        let row = record.row.with(record.class.columns().len(), &changes);
        let row = self.ruled(Operation::Write, &class, row)?;
        self.database.replace(&class, row);
        self.enter_journals(&class, sys_id, journals);
        Ok(true)
    }

    /// Deletes a record, its attachments with it, and leaves a trace in `sys_audit_delete`.
    pub fn delete(&mut self, table: &str, sys_id: &str) -> Result<(), Failure> {
        let record = self.readable(table, sys_id)?;
        let rules = self.call.instance.rules.read();
        check_write(
            &rules,
            &self.access,
            self.database,
            &self.viewer,
            Operation::Delete,
            record,
        )?;
        drop(rules);
        let class = record.class.name().to_owned();
        let display = self.database.dictionary().display_column(&class);
        let display = display
            .map_or("", |element| record.value(element))
            .to_owned();
        self.database.remove(&class, sys_id);
        attachment::record_deleted(self.call.instance, self.database, &class, sys_id);
        let mut trace = stamp_of(&self.viewer);
        trace.insert("sys_id".into(), self.new_id());
        trace.insert("tablename".into(), class);
        trace.insert("documentkey".into(), sys_id.to_owned());
        trace.insert("display_value".into(), display);
        self.database.insert("sys_audit_delete", |element| {
            trace.get(element).map_or("", String::as_str)
        });
        Ok(())
    }

    /// What an instance comes with: impact and urgency of these tables decide the priority.
    fn look_up_priority(&self, class: &str, values: &mut Values) {
        let dictionary = self.database.dictionary();
        let looks_up = self.call.instance.settings.read().priority_lookup
            && ["incident", "problem"]
                .iter()
                .any(|table| dictionary.extends(class, table));
        let of = |element: &str| {
            values
                .get(element)
                .and_then(|value| value.parse::<u8>().ok())
        };
        if let (true, Some(impact @ 1..=3), Some(urgency @ 1..=3)) =
            (looks_up, of("impact"), of("urgency"))
        {
            values.insert("priority".into(), (impact + urgency - 1).to_string());
        }
    }

    /// A user's name is made of the first name and the last, where it is not given itself.
    fn put_name_together(&self, class: &str, values: &mut Values) {
        let parts: Vec<&str> = ["first_name", "last_name"]
            .iter()
            .filter_map(|element| Some(values.get(*element)?.trim()))
            .filter(|part| !part.is_empty())
            .collect();
        let is_user = self.database.dictionary().extends(class, "sys_user");
        if is_user && !parts.is_empty() && !values.contains_key("name") {
            let name = parts.join(" ");
            values.insert("name".into(), name);
        }
    }

    /// `sysparm_suppress_auto_sys_field`: who wrote it and when is as it was sent, if it was.
    fn leaves_stamps(&self) -> bool {
        self.call.request.flag("sysparm_suppress_auto_sys_field")
    }

    /// A record the caller may see; one it may not see is one that is not there.
    pub fn readable(&self, table: &str, sys_id: &str) -> Result<Record<'_>, Failure> {
        let record = self
            .database
            .find(table, sys_id)
            .ok_or_else(Failure::no_record)?;
        match attachment::is_readable(self.database, &self.access, record) {
            true => Ok(record),
            false => Err(Failure::no_record()),
        }
    }

    /// The row as business rules leave it, if all rules let it pass.
    fn ruled(&self, operation: Operation, class: &str, row: Row) -> Result<Row, Failure> {
        let rules = self.call.instance.rules.read();
        let table = self
            .database
            .table(class)
            .ok_or_else(|| Failure::invalid_table(class))?;
        let record = Record {
            class: table,
            row: &row,
        };
        let set: Vec<(usize, String)> =
            set_values(&rules, self.database, &self.viewer, operation, record)
                .into_iter()
                .filter_map(|(element, value)| Some((table.position(element)?, value.to_owned())))
                .collect();
        let row = if set.is_empty() {
            row
        } else {
            row.with(table.columns().len(), &set)
        };
        let record = Record {
            class: table,
            row: &row,
        };
        check_write(
            &rules,
            &self.access,
            self.database,
            &self.viewer,
            operation,
            record,
        )?;
        Ok(row)
    }

    fn row_of(&self, table: &str, values: &Values) -> Result<Row, Failure> {
        let table = self
            .database
            .table(table)
            .ok_or_else(|| Failure::invalid_table(table))?;
        let columns = table.columns().iter();
        Ok(Row::new(columns.map(|column| {
            values.get(&column.element).map_or("", String::as_str)
        })))
    }

    /// What the caller sent, as it is to be stored; what was said in journal fields apart from that.
    fn sent(&self, table: &str, record: Option<Record<'_>>, fields: &Map<String, Value>) -> Sent {
        let input = Input {
            database: self.database,
            locale: &self.viewer.locale,
            displayed: self.call.request.flag("sysparm_input_display_value"),
            any_choice: self.call.instance.settings.read().allow_non_existing_choice,
        };
        let mut sent = Sent::default();
        let Some(class) = self.database.table(table) else {
            return sent;
        };
        for (element, value) in fields {
            let Some(column) = class.column(element) else {
                continue;
            };
            let (access, write) = (&self.access, Operation::Write);
            let may_write = match record {
                Some(record) => access.allows_field_of(self.database, write, record, element),
                None => access.allows_field(self.database, write, table, element),
            };
            if !may_write {
                continue;
            }
            let text = input::text(value);
            if column.internal_type.is_journal() {
                if !text.is_empty() {
                    sent.journals.push((element.clone(), text));
                }
            } else if let Some(stored) = input.stored(column, &text) {
                sent.values.insert(element.clone(), stored);
            }
        }
        sent
    }

    fn enter_journals(&mut self, class: &str, sys_id: &str, journals: Vec<(String, String)>) {
        for (element, text) in journals {
            let mut entry = stamp_of(&self.viewer);
            entry.insert("sys_id".into(), self.new_id());
            entry.insert("name".into(), class.to_owned());
            entry.insert("element".into(), element);
            entry.insert("element_id".into(), sys_id.to_owned());
            entry.insert("value".into(), text);
            self.database.insert("sys_journal_field", |element| {
                entry.get(element).map_or("", String::as_str)
            });
        }
    }

    /// What the engine puts into a new record before the values that were sent.
    fn initial_values(&mut self, table: &str) -> Values {
        let mut values = Values::new();
        let mut set =
            |element: &str, value: &str| values.insert(element.to_owned(), value.to_owned());
        let number = self.database.next_number(table);
        let dictionary = self.database.dictionary();
        let columns = self.database.table(table).map(Table::columns);
        for column in columns.unwrap_or_default() {
            if column.internal_type == InternalType::Boolean {
                set(&column.element, "false");
            }
        }
        set("sys_class_name", table);
        set("active", "true");
        let home = self.viewer.domain.home.as_deref();
        set("sys_domain", home.unwrap_or(GLOBAL));
        set(
            "sys_domain_path",
            &home.map_or_else(|| "/".to_owned(), |home| format!("!!!/{home}/")),
        );
        if let Some(number) = number {
            set("number", &number);
            set("task_effective_number", &number);
        }
        for (of, element, value) in DEFAULTS {
            if dictionary.extends(table, of) {
                set(element, value);
            }
        }
        if dictionary.extends(table, "task") {
            set("opened_at", &wire_text(self.viewer.now));
            set("opened_by", &self.viewer.sys_id);
            set("requested_by", &self.viewer.sys_id);
            let state = self
                .database
                .table(table)
                .and_then(|table| table.column("state"));
            let states = state.map(|column| &column.choices[..]).unwrap_or_default();
            // What is pending is listed before what is open, and no task begins so.
            let open = states.iter().find(|choice| choice.value == "1");
            if let Some(state) = open.or(states.first()) {
                for element in ["state", "incident_state", "problem_state"] {
                    set(element, &state.value);
                }
            }
        }
        values
    }

    fn new_id(&self) -> String {
        self.call.instance.identifiers.write().sys_id()
    }
}

#[derive(Default)]
struct Sent {
    values: Values,
    journals: Vec<(String, String)>,
}

/// What a new record of a table, or of one that extends it, begins with.
const DEFAULTS: [(&str, &str, &str); 31] = [
    ("task", "impact", "3"),
    ("task", "urgency", "3"),
    ("task", "priority", "4"),
    ("task", "escalation", "0"),
    ("task", "approval", "not requested"),
    ("task", "upon_approval", "proceed"),
    ("task", "upon_reject", "cancel"),
    ("task", "made_sla", "true"),
    ("task", "reassignment_count", "0"),
    ("incident", "severity", "3"),
    ("incident", "category", "inquiry"),
    ("incident", "notify", "1"),
    ("incident", "child_incidents", "0"),
    ("incident", "reopen_count", "0"),
    ("problem", "related_incidents", "0"),
    ("problem", "reopen_count", "0"),
    ("problem_task", "problem_task_type", "general"),
    ("sysapproval_approver", "state", "not requested"),
    ("change_request", "type", "normal"),
    ("change_request", "category", "Other"),
    ("change_request", "phase", "requested"),
    ("change_request", "phase_state", "open"),
    ("change_request", "conflict_status", "Not Run"),
    ("sc_req_item", "quantity", "1"),
    ("sys_user", "notification", "2"),
    ("sys_user", "calendar_integration", "1"),
    ("sys_db_object", "ws_access", "true"),
    ("sys_db_object", "read_access", "true"),
    ("sys_db_object", "create_access", "true"),
    ("sys_db_object", "update_access", "true"),
    ("sys_db_object", "delete_access", "true"),
];

/// The stamp of a record that is made now.
pub fn stamp_of(viewer: &Viewer) -> Values {
    let now = wire_text(viewer.now);
    let stamp = [
        ("sys_created_on", now.as_str()),
        ("sys_created_by", &viewer.user_name),
        ("sys_updated_on", &now),
        ("sys_updated_by", &viewer.user_name),
        ("sys_mod_count", "0"),
    ];
    stamp
        .into_iter()
        .map(|(element, value)| (element.to_owned(), value.to_owned()))
        .collect()
}

/// What no change changes.
fn is_identity(element: &str) -> bool {
    matches!(element, "sys_id" | "sys_class_name")
}

/// Columns a client may send and the engine does not take.
fn is_stamp(element: &str) -> bool {
    matches!(
        element,
        "sys_created_on" | "sys_created_by" | "sys_updated_on" | "sys_updated_by" | "sys_mod_count"
    )
}
