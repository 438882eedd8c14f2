//! Rows that every instance comes with, whatever is loaded: views, filter options, a hierarchy.

use std::collections::BTreeMap;

use super::{Database, Identifiers};

/// Adds what is not there.
pub fn furnish(database: &mut Database, seed: u64, now: &str) {
    let mut identifiers = Identifiers::for_purpose(seed, "furniture");
    for (sys_id, label, script) in OPTIONS {
        let fields = [
            ("label", *label),
            ("sys_name", *label),
            ("script", *script),
            ("available_for_filter", "true"),
        ];
        add(database, "sys_filter_option_dynamic", sys_id, now, &fields);
    }
    let hierarchy = [
        ("label", "Manager Hierarchy"),
        ("sys_name", "Manager Hierarchy"),
        ("name", "manager_hierarchy"),
        ("table", "sys_user"),
        ("reference_field", "manager"),
    ];
    add(database, "sys_record_hierarchy", MANAGERS, now, &hierarchy);
    if database
        .table("sys_ui_view")
        .is_some_and(|views| views.len() > 0)
    {
        return;
    }
    for (name, title) in VIEWS {
        let view = identifiers.sys_id();
        let fields = [("name", *name), ("title", *title), ("sys_name", *title)];
        add(database, "sys_ui_view", &view, now, &fields);
        for (table, elements) in MOBILE.iter().filter(|_| *name == "mobile") {
            let list = identifiers.sys_id();
            let fields = [("name", *table), ("view", &view), ("sys_name", *table)];
            add(database, "sys_ui_list", &list, now, &fields);
            for (position, element) in elements.iter().enumerate() {
                let position = position.to_string();
                let fields = [
                    ("list_id", &*list),
                    ("element", element),
                    ("position", &position),
                ];
                let sys_id = identifiers.sys_id();
                add(database, "sys_ui_list_element", &sys_id, now, &fields);
            }
        }
    }
}

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

fn add(database: &mut Database, table: &str, sys_id: &str, now: &str, fields: &[(&str, &str)]) {
    let fields: BTreeMap<&str, &str> = fields.iter().copied().collect();
    database.insert(table, |element| match element {
        "sys_id" => sys_id,
        "sys_class_name" => table,
        "sys_created_on" | "sys_updated_on" => now,
        "sys_created_by" | "sys_updated_by" => "system",
        "sys_mod_count" => "0",
        _ => fields.get(element).copied().unwrap_or_default(),
    });
}
