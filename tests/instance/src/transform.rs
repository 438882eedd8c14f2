//! Transform maps: which staging table becomes which records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    database::Database,
    dictionary::{Column, InternalType, TableDefinition},
};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TransformMap {
    pub name: String,
    /// The staging table; it is made with the map if it does not exist.
    pub source: String,
    pub target: String,
    /// Target fields that tell whether a record is there already.
    #[serde(default)]
    pub coalesce: Vec<String>,
    /// Target field by staging column.
    pub fields: BTreeMap<String, String>,
}

impl TransformMap {
    /// The one an instance begins with.
    pub fn of_users() -> Self {
        let fields = [
            "user_name",
            "first_name",
            "last_name",
            "name",
            "email",
            "title",
            "phone",
        ];
        TransformMap {
            name: "User".to_owned(),
            source: "imp_user".to_owned(),
            target: "sys_user".to_owned(),
            coalesce: vec!["email".to_owned()],
            fields: fields
                .map(|field| (field.to_owned(), field.to_owned()))
                .into(),
        }
    }

    /// Makes the staging table, or adds to it what the map reads.
    pub fn open_staging(&self, database: &mut Database) {
        if database.table(&self.source).is_none() {
            database.define(TableDefinition::new(&self.source, &self.source));
        }
        let engine = [
            "sys_import_set",
            "sys_import_state",
            "sys_transform_map",
            "sys_target_table",
            "sys_target_sys_id",
        ];
        for element in self.fields.keys().map(String::as_str).chain(engine) {
            database.add_column(
                &self.source,
                &Column::new(element, element, InternalType::String),
            );
        }
    }
}
