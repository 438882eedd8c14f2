//! Puts an instance together from the command line: rows, users, clients, clock.

use std::{collections::BTreeMap, error::Error};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    args::{Args, ClientArg, UserArg},
    clock::{Clock, wire_text},
    control::{ATTACHMENTS, AccessLog},
    database::{self, Database, Identifiers},
    instance::Instance,
    sign_in::{Account, Accounts, ApiKey, OAuthClient},
    transform::TransformMap,
};

pub fn build(args: &Args) -> Result<Instance, Box<dyn Error + Send + Sync>> {
    let clock = args.clock.map_or_else(Clock::running, Clock::standing_at);
    let origin = args.clock.unwrap_or_else(last_midnight);
    let mut database = Database::empty();
    let mut identifiers = Identifiers::for_purpose(args.seed, "world");
    for path in &args.data {
        database::load(&mut database, path, &mut identifiers)?;
    }
    // Rows that were saved hold ids that this seed draws.
    let seed = args.seed ^ database.fingerprint();
    let mut identifiers = Identifiers::for_purpose(seed, "world");
    for wanted in &args.generate {
        if !database::generate(&mut database, &wanted.table, wanted.rows, seed, origin) {
            return Err(format!("--generate: there is no table {}", wanted.table).into());
        }
    }
    if args.data.is_empty() && args.generate.is_empty() {
        database::small_world(&mut database, seed, origin);
    }
    TransformMap::of_users().open_staging(&mut database);
    let now = wire_text(origin);
    let accounts = Accounts {
        users: users(args)
            .iter()
            .map(|user| account(&mut database, user, &mut identifiers, &now))
            .collect(),
        clients: clients(args)
            .into_iter()
            .map(|client| OAuthClient {
                id: client.id,
                secret: client.secret,
                scopes: client.scopes,
            })
            .collect(),
        keys: args
            .api_key
            .iter()
            .map(|key| ApiKey {
                key: key.key.clone(),
                user_name: key.user_name.clone(),
            })
            .collect(),
        jwks: Vec::new(),
    };
    let is_known = |key: &&ApiKey| accounts.user(&key.user_name).is_some();
    if let Some(key) = accounts.keys.iter().find(|key| !is_known(key)) {
        return Err(format!("--api-key: there is no --user {}", key.user_name).into());
    }
    database.count_numbers();
    database::furnish(&mut database, seed, &now);
    database.describe_itself(seed, &now);
    let mut instance = Instance::new(database, accounts, args.settings(), clock, seed);
    for path in &args.data {
        let attachments = path.join(ATTACHMENTS);
        if attachments.is_dir() {
            instance.attachments.load(&attachments)?;
        }
    }
    if let Some(path) = &args.access_log {
        let log = AccessLog::open(path);
        let log = log.map_err(|error| format!("{}: {error}", path.display()))?;
        instance.access_log = Some(log);
    }
    for order in &args.fault {
        instance.faults.write().arm(order.clone());
    }
    Ok(instance)
}

/// With the real clock, generated dates move on once a day: rows made on one day are the same.
fn last_midnight() -> Timestamp {
    let today = Timestamp::now().to_zoned_datetime(TimeZone::UTC).date();
    today
        .to_zoned_datetime(TimeZone::UTC)
        .map_or_else(|_| Timestamp::now(), |midnight| midnight.timestamp())
}

pub fn users(args: &Args) -> Vec<UserArg> {
    match args.user.is_empty() {
        true => vec![UserArg {
            name: "admin".into(),
            password: "admin".into(),
            roles: vec!["admin".into()],
        }],
        false => args.user.clone(),
    }
}

pub fn clients(args: &Args) -> Vec<ClientArg> {
    match args.oauth_client.is_empty() {
        true => vec![ClientArg {
            id: "snow-client".into(),
            secret: "snow-secret".into(),
            scopes: Vec::new(),
        }],
        false => args.oauth_client.clone(),
    }
}

/// An account, with a record in `sys_user` and its roles: those that are there are used.
fn account(
    database: &mut Database,
    user: &UserArg,
    identifiers: &mut Identifiers,
    now: &str,
) -> Account {
    let known = database
        .find_by("sys_user", "user_name", &user.name)
        .map(|record| record.sys_id().to_owned());
    let sys_id = known.unwrap_or_else(|| {
        let sys_id = identifiers.sys_id();
        let email = format!("{}@example.com", user.name);
        insert(
            database,
            "sys_user",
            &sys_id,
            now,
            &[
                ("user_name", &user.name),
                ("name", &user.name),
                ("first_name", &user.name),
                ("email", &email),
                ("active", "true"),
                ("sys_class_name", "sys_user"),
            ],
        );
        sys_id
    });
    for role in &user.roles {
        give_role(database, &sys_id, role, identifiers, now);
    }
    Account {
        user_name: user.name.clone(),
        password: user.password.clone(),
        sys_id,
    }
}

fn give_role(
    database: &mut Database,
    user: &str,
    role: &str,
    identifiers: &mut Identifiers,
    now: &str,
) {
    let known = database
        .find_by("sys_user_role", "name", role)
        .map(|record| record.sys_id().to_owned());
    let role_id = known.unwrap_or_else(|| {
        let role_id = identifiers.sys_id();
        insert(
            database,
            "sys_user_role",
            &role_id,
            now,
            &[("name", role), ("sys_name", role)],
        );
        role_id
    });
    let has_role = database.table("sys_user_has_role").is_some_and(|table| {
        let role = table.position("role");
        table
            .rows_where("user", user)
            .any(|row| role.is_some_and(|role| row.value(role) == role_id))
    });
    if has_role {
        return;
    }
    let sys_id = identifiers.sys_id();
    insert(
        database,
        "sys_user_has_role",
        &sys_id,
        now,
        &[
            ("user", user),
            ("role", &role_id),
            ("inherited", "false"),
            ("state", "active"),
        ],
    );
}

fn insert(database: &mut Database, table: &str, sys_id: &str, now: &str, values: &[(&str, &str)]) {
    let values: BTreeMap<&str, &str> = values.iter().copied().collect();
    database.insert(table, |element| match element {
        "sys_id" => sys_id,
        "sys_created_on" | "sys_updated_on" => now,
        "sys_created_by" | "sys_updated_by" => "system",
        "sys_mod_count" => "0",
        _ => values.get(element).copied().unwrap_or_default(),
    });
}
