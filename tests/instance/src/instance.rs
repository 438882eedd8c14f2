//! The instance: its data, its clock, who may sign in, and what has been asked of it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::{
    answer::Answer,
    api::{self, CartLine, Workers},
    attachments::AttachmentStore,
    clock::Clock,
    control::{AccessLog, Faults, Journal},
    database::{Database, Identifiers},
    locale::Locale,
    query::Viewer,
    rate::RateRules,
    request::Request,
    rules::Rules,
    settings::Settings,
    shared::Shared,
    sign_in::{Accounts, Caller, Logins, Tokens},
    transform::TransformMap,
};

#[derive(Debug)]
pub struct Instance {
    pub database: Shared<Database>,
    pub clock: Clock,
    pub settings: Shared<Settings>,
    pub accounts: Shared<Accounts>,
    pub tokens: Shared<Tokens>,
    pub logins: Logins,
    pub rules: Shared<Rules>,
    pub rate_rules: Shared<RateRules>,
    /// What was begun for changes, and has ended.
    pub change_workers: Workers,
    pub transform_maps: Shared<Vec<TransformMap>>,
    /// What is in the carts of the catalog, by user name.
    pub carts: Shared<HashMap<String, Vec<CartLine>>>,
    /// The queries of shortened URLs.
    pub tiny_urls: Shared<HashMap<String, String>>,
    pub faults: Shared<Faults>,
    pub journal: Shared<Journal>,
    pub identifiers: Shared<Identifiers>,
    pub attachments: AttachmentStore,
    pub access_log: Option<AccessLog>,
    pub counters: Counters,
}

/// What has happened since the start.
#[derive(Debug, Default)]
pub struct Counters {
    pub connections: AtomicU64,
    pub table_requests: AtomicU64,
    pub stats_requests: AtomicU64,
    pub token_requests: AtomicU64,
    pub other_requests: AtomicU64,
    /// Queries by the category they named.
    pub query_categories: Shared<BTreeMap<String, u64>>,
}

impl Counters {
    pub fn count_category(&self, category: &str) {
        *self
            .query_categories
            .write()
            .entry(category.to_owned())
            .or_default() += 1;
    }

    pub fn count_request(&self, path: &str) {
        let counter = match path {
            _ if path.contains("/table/") => &self.table_requests,
            _ if path.contains("/stats/") => &self.stats_requests,
            _ if path.starts_with("/oauth_") => &self.token_requests,
            _ => &self.other_requests,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Instance {
    pub fn new(
        database: Database,
        accounts: Accounts,
        settings: Settings,
        clock: Clock,
        seed: u64,
    ) -> Self {
        Instance {
            database: Shared::new(database),
            clock,
            settings: Shared::new(settings),
            accounts: Shared::new(accounts),
            tokens: Shared::new(Tokens::new(seed)),
            logins: Logins::new(seed),
            rules: Shared::default(),
            rate_rules: Shared::default(),
            change_workers: Workers::default(),
            transform_maps: Shared::new(vec![TransformMap::of_users()]),
            carts: Shared::default(),
            tiny_urls: Shared::default(),
            faults: Shared::new(Faults::new(seed)),
            journal: Shared::default(),
            identifiers: Shared::new(Identifiers::for_purpose(seed, "records")),
            attachments: AttachmentStore::default(),
            access_log: None,
            counters: Counters::default(),
        }
    }

    /// What the instance says to a request when nothing goes wrong on the way.
    pub fn answer(&self, request: &Request) -> Answer {
        api::answer(self, request)
    }

    /// The caller with the record and the locale that queries and displayed dates need.
    pub fn viewer(&self, database: &Database, caller: &Caller) -> Viewer {
        let user = database.find("sys_user", &caller.sys_id);
        Viewer {
            sys_id: caller.sys_id.clone(),
            user_name: caller.user_name.clone(),
            locale: Locale::of_user(user),
            now: self.clock.now(),
            domain: caller.domain.clone(),
            reading: self.settings.read().reading(),
        }
    }
}
