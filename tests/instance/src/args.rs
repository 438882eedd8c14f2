//! The command line.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use clap::Parser;
use jiff::Timestamp;

use crate::{clock::parse_wire, control::FaultOrder, settings::Settings};

/// A ServiceNow instance on loopback, to develop and test clients against.
///
/// It prints its URL and credentials and serves until it is told to stop. Without --data and
/// --generate it holds a small world: users, groups, 75 incidents, a few problems, changes and
/// configuration items. Faults, clock, tokens and settings are controlled under /-/ while it runs.
#[derive(Debug, Parser)]
#[command(name = "snow-instance", version, max_term_width = 100)]
pub struct Args {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,

    /// Load rows: TABLE.json (an array), TABLE.ndjson, or a directory of such files
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub data: Vec<PathBuf>,

    /// Make so many rows of a table, from the seed
    #[arg(long, value_name = "TABLE=ROWS", num_args = 1..)]
    pub generate: Vec<Generate>,

    /// What ids, tokens and generated rows are drawn from, with the ids of the rows that are loaded
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Let the clock stand at a time, in UTC, until it is moved; without it, the real time
    #[arg(long, value_name = "yyyy-MM-dd HH:mm:ss", value_parser = clock_time)]
    pub clock: Option<Timestamp>,

    /// Users who can sign in; without any, admin:admin with the role admin
    #[arg(long, value_name = "NAME:PASSWORD[:ROLE,ROLE]", num_args = 1..)]
    pub user: Vec<UserArg>,

    /// OAuth clients; without any, snow-client:snow-secret
    #[arg(long, value_name = "ID:SECRET[:SCOPE,SCOPE]", num_args = 1..)]
    pub oauth_client: Vec<ClientArg>,

    /// API keys, each standing for a user
    #[arg(long, value_name = "KEY:USER", num_args = 1..)]
    pub api_key: Vec<KeyArg>,

    /// How long an access token is good for, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Settings::default().token_lifetime)]
    pub token_lifetime: i64,

    /// How long a refresh token is good for, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Settings::default().refresh_token_lifetime)]
    pub refresh_token_lifetime: i64,

    /// Give a new refresh token with each refresh, and refuse the old one
    #[arg(long)]
    pub rotate_refresh_tokens: bool,

    /// Serve https, with a certificate for localhost and 127.0.0.1 from an authority made at the start
    #[arg(long)]
    pub https: bool,

    /// Write the authority's certificate here, as PEM
    #[arg(long, value_name = "PATH", requires = "https")]
    pub ca_file: Option<PathBuf>,

    /// Write a client's certificate and key here, as PEM; with it one is the first user, without more
    #[arg(long, value_name = "PATH", requires = "https")]
    pub client_certificate_file: Option<PathBuf>,

    /// Write the URL here, in one piece, once it listens
    #[arg(long, value_name = "PATH")]
    pub url_file: Option<PathBuf>,

    /// Arm a fault at the start, in the form POST /-/faults takes
    #[arg(long, value_name = "JSON", value_parser = fault_order)]
    pub fault: Vec<FaultOrder>,

    /// Append each request to a file, as JSON lines
    #[arg(long, value_name = "PATH")]
    pub access_log: Option<PathBuf>,

    /// Add so much to each list answer, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub page_latency_ms: u64,

    /// Keep list answers and give them again until something is written, for benchmarks of clients
    #[arg(long)]
    pub prebuilt_pages: bool,

    /// End when standard input is closed, so that a test that dies takes the instance along
    #[arg(long)]
    pub exit_with_stdin: bool,
}

impl Args {
    pub fn settings(&self) -> Settings {
        Settings {
            rotate_refresh_tokens: self.rotate_refresh_tokens,
            token_lifetime: self.token_lifetime,
            refresh_token_lifetime: self.refresh_token_lifetime,
            page_latency_ms: self.page_latency_ms,
            prebuilt_pages: self.prebuilt_pages,
            ..Settings::default()
        }
    }
}

/// `incident=1000000`
#[derive(Clone, Debug)]
pub struct Generate {
    pub table: String,
    pub rows: usize,
}

impl FromStr for Generate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (table, rows) = text.split_once('=').ok_or("expected TABLE=ROWS")?;
        let rows = rows
            .parse()
            .map_err(|_| format!("{rows} is no number of rows"))?;
        Ok(Generate {
            table: table.to_owned(),
            rows,
        })
    }
}

/// `joe:secret:itil,admin`
#[derive(Clone, Debug)]
pub struct UserArg {
    pub name: String,
    pub password: String,
    pub roles: Vec<String>,
}

impl FromStr for UserArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, ':');
        let name = parts
            .next()
            .filter(|name| !name.is_empty())
            .ok_or("expected NAME:PASSWORD")?;
        let password = parts.next().ok_or("expected NAME:PASSWORD")?;
        let roles = parts
            .next()
            .unwrap_or_default()
            .split(',')
            .filter(|role| !role.is_empty());
        Ok(UserArg {
            name: name.to_owned(),
            password: password.to_owned(),
            roles: roles.map(str::to_owned).collect(),
        })
    }
}

/// `id:secret` or `id:secret:scope,scope`
#[derive(Clone, Debug)]
pub struct ClientArg {
    pub id: String,
    pub secret: String,
    pub scopes: Vec<String>,
}

impl FromStr for ClientArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, ':');
        let id = parts.next().unwrap_or_default().to_owned();
        let secret = parts.next().ok_or("expected ID:SECRET")?.to_owned();
        let scopes = parts
            .next()
            .unwrap_or_default()
            .split(',')
            .filter(|scope| !scope.is_empty());
        Ok(ClientArg {
            id,
            secret,
            scopes: scopes.map(str::to_owned).collect(),
        })
    }
}

/// `key:user`
#[derive(Clone, Debug)]
pub struct KeyArg {
    pub key: String,
    pub user_name: String,
}

impl FromStr for KeyArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, user_name) = text.split_once(':').ok_or("expected KEY:USER")?;
        Ok(KeyArg {
            key: key.to_owned(),
            user_name: user_name.to_owned(),
        })
    }
}

fn fault_order(text: &str) -> Result<FaultOrder, String> {
    let order: FaultOrder = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match order.contradiction() {
        Some(reason) => Err(reason.to_owned()),
        None => Ok(order),
    }
}

fn clock_time(text: &str) -> Result<Timestamp, String> {
    parse_wire(text).ok_or_else(|| "expected yyyy-MM-dd HH:mm:ss".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_user_may_have_roles() {
        let user: UserArg = "joe:se:cret".parse().unwrap();
        assert_eq!(
            (user.name.as_str(), user.password.as_str(), user.roles),
            ("joe", "se", vec!["cret".to_owned()])
        );
        assert!("joe".parse::<UserArg>().is_err());
    }
}
