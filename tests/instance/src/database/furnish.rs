//! Rows that every instance comes with, whatever is loaded: views, filter options, a hierarchy, what
//! changes, the catalog and relations need.

use std::collections::BTreeMap;

use super::{Database, Identifiers};

/// Adds what is not there.
pub fn furnish(database: &mut Database, seed: u64, now: &str) {
    let mut room = Room {
        database,
        identifiers: Identifiers::for_purpose(seed, "furniture"),
        now,
    };
    room.options_and_hierarchy();
    room.changes();
    room.catalog();
    room.relation_types();
    room.views();
}

struct Room<'a> {
    database: &'a mut Database,
    identifiers: Identifiers,
    now: &'a str,
}

impl Room<'_> {
    fn options_and_hierarchy(&mut self) {
        for (sys_id, label, script) in OPTIONS {
            let fields = [
                ("label", *label),
                ("script", *script),
                ("available_for_filter", "true"),
            ];
            self.add_as("sys_filter_option_dynamic", sys_id, &fields);
        }
        let fields = [
            ("label", "Manager Hierarchy"),
            ("name", "manager_hierarchy"),
            ("table", "sys_user"),
            ("reference_field", "manager"),
        ];
        self.add_as("sys_record_hierarchy", MANAGERS, &fields);
    }

    fn changes(&mut self) {
        if self.is_empty("chg_model") {
            for name in ["Normal", "Standard", "Emergency"] {
                self.add("chg_model", &[("name", name), ("active", "true")]);
            }
        }
        if self.is_empty("std_change_record_producer") {
            let fields = [
                ("name", "Restart a server"),
                ("short_description", "Restart a server"),
                ("template", TEMPLATE),
                ("active", "true"),
            ];
            let template = self.add("std_change_record_producer", &fields);
            let fields = [
                ("name", "Restart a server - 1"),
                ("std_change_producer", template.as_str()),
            ];
            self.add("std_change_producer_version", &fields);
        }
    }

    fn catalog(&mut self) {
        if self.is_empty("sc_catalog") {
            let fields = [("title", "Service Catalog"), ("active", "true")];
            let catalog = self.add("sc_catalog", &fields);
            let fields = [
                ("title", "Services"),
                ("sc_catalog", catalog.as_str()),
                ("active", "true"),
            ];
            self.add("sc_category", &fields);
        }
        if self.is_empty("sc_cat_item_producer") {
            for (name, table) in PRODUCERS {
                let fields = [("name", *name), ("table_name", *table), ("active", "true")];
                let producer = self.add("sc_cat_item_producer", &fields);
                let fields = [
                    ("cat_item", producer.as_str()),
                    ("name", "short_description"),
                    ("question_text", "What is it about?"),
                    ("type", "6"),
                    ("mandatory", "true"),
                    ("order", "100"),
                ];
                self.add("item_option_new", &fields);
            }
        }
    }

    fn relation_types(&mut self) {
        if self.is_empty("cmdb_rel_type") {
            for (sys_id, name) in RELATION_TYPES {
                self.add_as("cmdb_rel_type", sys_id, &[("name", *name)]);
            }
        }
    }

    fn views(&mut self) {
        if !self.is_empty("sys_ui_view") {
            return;
        }
        for (name, title) in VIEWS {
            let view = self.add("sys_ui_view", &[("name", *name), ("title", *title)]);
            for (table, elements) in MOBILE.iter().filter(|_| *name == "mobile") {
                let list = self.add("sys_ui_list", &[("name", *table), ("view", &view)]);
                for (position, element) in elements.iter().enumerate() {
                    let position = position.to_string();
                    let fields = [
                        ("list_id", list.as_str()),
                        ("element", element),
                        ("position", &position),
                    ];
                    self.add("sys_ui_list_element", &fields);
                }
            }
        }
    }

    fn is_empty(&self, table: &str) -> bool {
        self.database
            .table(table)
            .is_none_or(|table| table.len() == 0)
    }

    fn add(&mut self, table: &str, fields: &[(&str, &str)]) -> String {
        let sys_id = self.identifiers.sys_id();
        self.add_as(table, &sys_id, fields);
        sys_id
    }

    /// Where the id is taken, what is there stays.
    fn add_as(&mut self, table: &str, sys_id: &str, fields: &[(&str, &str)]) {
        let fields: BTreeMap<&str, &str> = fields.iter().copied().collect();
        let name = ["name", "title", "label"]
            .iter()
            .find_map(|element| fields.get(element));
        self.database.insert(table, |element| match element {
            "sys_id" => sys_id,
            "sys_class_name" => table,
            "sys_name" => name.copied().unwrap_or_default(),
            "sys_created_on" | "sys_updated_on" => self.now,
            "sys_created_by" | "sys_updated_by" => "system",
            "sys_mod_count" => "0",
            _ => fields.get(element).copied().unwrap_or_default(),
        });
    }
}

/// What a standard change made of the template begins with.
const TEMPLATE: &str =
    r#"{"short_description":"Restart a server","category":"Hardware","risk":"4"}"#;

/// "Me" has two ids in the documentation.
const OPTIONS: &[(&str, &str, &str)] = &[
    ("90d1921e5f510100a9ad2572f2b477fe", "Me", "gs.getUserID()"),
    ("54635e965f510100a9ad2572f2b4774c", "Me", "gs.getUserID()"),
    (
        "d6435e965f510100a9ad2572f2b47744",
        "One of My Groups",
        "getMyGroups()",
    ),
];

const MANAGERS: &str = "fdd0fa0f93f5d2505bd0bd886cba1015";

/// Record producers, and what they make.
const PRODUCERS: &[(&str, &str)] = &[
    ("Report an incident", "incident"),
    ("Report a problem", "problem"),
];

/// With the ids of the documentation.
const RELATION_TYPES: &[(&str, &str)] = &[
    ("1a9cb166f1571100a92eb60da2bce5c5", "Depends on::Used by"),
    ("55c95bf6c0a8010e0118ec7056ebc54d", "Contains::Contained by"),
    (
        "607ad1b2c0a8010e01941856b365af90",
        "Exchanges data with::Exchanges data with",
    ),
    ("60bc4e22c0a8010e01f074cbe6bd73c3", "Runs on::Runs"),
];

const VIEWS: &[(&str, &str)] = &[
    ("desktop", "Desktop"),
    ("mobile", "Mobile"),
    ("both", "Both"),
];

/// Only this view leaves anything out.
const MOBILE: &[(&str, &[&str])] = &[
    (
        "task",
        &[
            "number",
            "short_description",
            "priority",
            "state",
            "assigned_to",
        ],
    ),
    ("sys_user", &["name", "user_name", "email"]),
    ("cmdb_ci", &["name", "sys_class_name"]),
];
