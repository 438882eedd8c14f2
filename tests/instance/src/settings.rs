//! What may be set on a running instance, and what it is at the start.
//!
//! Where sources disagree about a real instance, the more common behaviour is the default here and
//! the other one a setting.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::query::{Reading, Scripts};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A refresh gives a new refresh token, and refuses the old one from then on.
    pub rotate_refresh_tokens: bool,
    /// Seconds an access token is good for. Default is 1800.
    pub token_lifetime: i64,
    /// Seconds a refresh token is good for. Default is 8640000, a hundred days.
    pub refresh_token_lifetime: i64,
    /// A token request while a token is valid gives the current one, with the time that remains.
    pub reuse_access_tokens: bool,
    pub invalid_query: InvalidQuery,
    /// Tables that have no `sys_id` to ask for, as database views and tables that a script fills: what a query
    /// says of it is invalid, and treated as `invalid_query` says.
    pub keyless_tables: BTreeMap<String, Keyless>,
    /// What becomes of `javascript:` in a query.
    pub scripts: Scripts,
    /// Date-times in queries are in the zone of the user. Sources disagree; without it they are UTC.
    pub local_times_in_queries: bool,
    /// Users with a `sys_domain` see its records and the global ones only.
    pub domain_separation: bool,
    /// What `sysparm_query_category` may name: replicas, and by how many seconds each lags behind. A record
    /// is not in a replica before that. Other names are those of the primary database.
    pub query_categories: BTreeMap<String, i64>,
    /// Added before each list answer.
    pub page_latency_ms: u64,
    /// Added before each answer but those of control. Default is 0.
    pub latency_ms: u64,
    /// Bodies have a `Content-Length`; a real instance sends them in chunks.
    pub content_length: bool,
    /// Compress bodies for clients that accept it.
    pub gzip: bool,
    /// Answers carry `Server-Timing` and `X-Content-Type-Options`, which those of 2021 did not.
    pub newer_headers: bool,
    /// Fields of a record and headers come in another order each time, drawn from the seed.
    pub permuted: bool,
    /// Names of headers are in lower case, as proxies may have them; of connections from now on.
    pub lower_case_headers: bool,
    /// The first page of a list with limit 1 has a `prev` link with offset -1, as recorded.
    pub prev_minus_one: bool,
    /// Priority comes from impact and urgency. Default is true.
    pub priority_lookup: bool,
    /// A value outside the choice list is stored instead of ignored.
    pub allow_non_existing_choice: bool,
    /// An idle connection is closed after this. Default is 20000, what `Keep-Alive: timeout=20` says.
    pub keep_alive_ms: u64,
    /// So many connections are open at once; the next is closed. Default is 150000.
    pub max_connections: usize,
    /// A connection is closed when nothing more of a body has come for this. Default is 60000.
    pub body_timeout_ms: u64,
    /// A session that is not used for so many seconds ends. Default is 300.
    pub session_timeout: i64,
    /// A request with a session's cookie and a wrong `X-UserToken` is redirected; otherwise it gets a 401.
    pub redirect_forged_requests: bool,
    /// So many requests of one session may wait for the one that runs; the next is not executed.
    pub session_queue: usize,
    /// Basic is only for users with the role snc_basic_auth_api_access or for web services alone.
    pub restrict_basic_auth: bool,
    /// Users who need a one-time code with Basic, right behind the password, and the code of each.
    pub one_time_codes: BTreeMap<String, String>,
    /// A header in which a terminator in front names the user of a client certificate it has verified,
    /// as `joe` or `CN=joe,…`. Whoever can reach the instance past the terminator can be anybody.
    pub certificate_header: Option<String>,
    /// List answers are kept and given again until something is written: for benchmarks of clients.
    pub prebuilt_pages: bool,
    /// REST requests that run at once; 0 is any number. A real node has 4.
    pub api_permits: usize,
    /// REST requests that may wait for a permit; the next gets a 429.
    pub api_queue: usize,
    /// The scope that opens REST to tokens that have not all of `useraccount`.
    pub api_scope: Option<String>,
    /// `com.glide.attachment.max_size`. Default is 1073741824.
    pub attachment_max_bytes: u64,
    /// `glide.attachment.extensions`; empty allows all.
    pub attachment_extensions: Vec<String>,
    /// `glide.attachment.role`: one of these is needed to attach; empty asks for none.
    pub attachment_roles: Vec<String>,
    /// A batch is not continued after this. Default is 30000.
    pub batch_time_ms: u64,
    /// Items of a batch that are serviced; 0 is all.
    pub batch_max_items: usize,
}

/// What a list does about a term that names no field or no operator.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InvalidQuery {
    /// The term is left out: a typo gives more rows.
    Drop,
    /// `glide.invalid_query.returns_no_rows`.
    NoRows,
    /// Status 403, as newer releases do for some fields.
    Forbid,
}

/// Whether rows of a table that cannot be asked for by `sys_id` have one.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Keyless {
    /// As in a database view.
    WithoutKeys,
    /// As a script may give them.
    WithKeys,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            rotate_refresh_tokens: false,
            token_lifetime: 1_800,
            refresh_token_lifetime: 8_640_000,
            reuse_access_tokens: true,
            invalid_query: InvalidQuery::Drop,
            keyless_tables: BTreeMap::new(),
            scripts: Scripts::Evaluate,
            local_times_in_queries: false,
            domain_separation: false,
            query_categories: BTreeMap::new(),
            page_latency_ms: 0,
            latency_ms: 0,
            content_length: false,
            gzip: true,
            newer_headers: true,
            permuted: false,
            lower_case_headers: false,
            prev_minus_one: true,
            priority_lookup: true,
            allow_non_existing_choice: false,
            keep_alive_ms: 20_000,
            max_connections: 150_000,
            body_timeout_ms: 60_000,
            session_timeout: 300,
            redirect_forged_requests: false,
            session_queue: 10,
            restrict_basic_auth: false,
            one_time_codes: BTreeMap::new(),
            certificate_header: None,
            prebuilt_pages: false,
            api_permits: 0,
            api_queue: 50,
            api_scope: None,
            attachment_max_bytes: 1 << 30,
            attachment_extensions: Vec::new(),
            attachment_roles: Vec::new(),
            batch_time_ms: 30_000,
            batch_max_items: 0,
        }
    }
}

impl Settings {
    pub fn reading(&self) -> Reading {
        Reading {
            scripts: self.scripts,
            local_times: self.local_times_in_queries,
        }
    }

    /// These settings with some of them replaced; the reason if one does not exist or does not fit.
    pub fn with(&self, changes: Map<String, Value>) -> Result<Settings, String> {
        let mut all = match serde_json::to_value(self) {
            Ok(Value::Object(all)) => all,
            other => return Err(format!("settings are not an object: {other:?}")),
        };
        all.extend(changes);
        serde_json::from_value(Value::Object(all)).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(changes: &str) -> Result<Settings, String> {
        Settings::default().with(serde_json::from_str(changes).unwrap())
    }

    #[test]
    fn what_is_not_named_stays() {
        let settings = changed(r#"{"gzip":false,"invalid_query":"no_rows"}"#).unwrap();
        assert!(!settings.gzip);
        assert_eq!(settings.invalid_query, InvalidQuery::NoRows);
        assert_eq!(settings.token_lifetime, 1_800);
    }

    #[test]
    fn a_setting_that_does_not_exist_is_refused() {
        assert!(changed(r#"{"gzipp":false}"#).is_err());
        assert!(changed(r#"{"gzip":"yes"}"#).is_err());
    }
}
