//! From what was seen to what it means, and what to do about it.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::{Asked, Check, Diagnosis, Outcome};
use crate::error::{Error, Status, one_line};
use crate::record::Record;
use crate::response::Response;
use crate::session::connection::{Certificate, Name, Probe, Tls, Unreached};

/// Tokens are renewed so many seconds before they end: a clock that is wrong by more breaks that.
const CLOCK_TOLERANCE: i64 = 30;

/// A certificate that ends sooner is worth a word.
const DAYS_OF_WARNING: i64 = 14;

/// What to do where it is not the network that fails.
const OF_THIS_PROCESS: &str = "it is this process that has no file descriptor or thread left for it: look what keeps \
                               them, and raise its limits (ulimit -n, ulimit -u)";

/// The checks of a diagnosis under way.
pub(super) struct Found(Diagnosis);

impl Found {
    pub(super) fn new(instance: String) -> Found {
        let checks = Vec::new();
        Found(Diagnosis { instance, checks })
    }

    pub(super) fn told(self) -> Diagnosis {
        self.0
    }

    pub(super) fn is_signed_in(&self) -> bool {
        let mut checks = self.0.checks.iter();
        checks.any(|check| check.name == "sign_in" && check.outcome == Outcome::Passed)
    }

    /// All that needs no request.
    pub(super) fn way(&mut self, probe: &Probe) {
        self.name(probe);
        self.connect(probe);
        self.proxy(probe);
        self.tls(&probe.tls);
    }

    /// The environment names a proxy that cannot be used.
    pub(super) fn no_proxy_of_that_name(&mut self, error: &Error) {
        for name in ["name_resolution", "connect"] {
            self.skip(name, "the proxy to connect to is not known");
        }
        self.add("proxy", Outcome::Failed, error.message()).advise(
            "correct the variable or remove it, or name the proxy with snow_session_set_proxy()",
        );
        self.skip("tls", "there is no connection");
    }

    /// What follows has nothing to stand on.
    pub(super) fn nothing_was_sent(&mut self) {
        for name in ["sign_in", "user", "table", "rate_rules", "clock"] {
            self.skip(name, "no request can be sent yet");
        }
    }

    pub(super) fn skip(&mut self, name: &'static str, why: &str) {
        self.add(name, Outcome::NotChecked, why);
    }

    fn name(&mut self, probe: &Probe) {
        let host = &probe.host;
        match &probe.name {
            Name::IsAddress => self.skip("name_resolution", &format!("{host} is an address")),
            Name::Resolved(addresses) => {
                let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
                let finding = format!("{host} is {}", addresses.join(", "));
                self.add("name_resolution", Outcome::Passed, &finding)
                    .fact("addresses", json!(addresses));
            }
            Name::Unresolved(Unreached { reason, is_here }) => {
                let (finding, advice) = match is_here {
                    false => (
                        format!("{host} has no address: {reason}"),
                        "look for a slip in the name of the instance or proxy, and whether this machine \
                         has a name server",
                    ),
                    true => (
                        format!("{host} was not looked up: {reason}"),
                        OF_THIS_PROCESS,
                    ),
                };
                self.add("name_resolution", Outcome::Failed, &finding)
                    .advise(advice);
            }
        }
    }

    fn connect(&mut self, probe: &Probe) {
        match &probe.connected {
            None => self.skip("connect", "there is no address"),
            Some(Ok(address)) => {
                let finding = format!("{address} takes connections");
                self.add("connect", Outcome::Passed, &finding);
            }
            Some(Err(Unreached { reason, is_here })) => {
                let advice = match probe.proxy {
                    _ if *is_here => OF_THIS_PROCESS,
                    None => {
                        "look whether the port is right, whether a firewall is in the way, and whether \
                         this machine has to go through a proxy: snow_session_set_proxy()"
                    }
                    Some(_) => {
                        "look whether the proxy's port is right, whether it runs, and whether it is to be \
                         used: snow_session_set_proxy(), and the environment where the session names none"
                    }
                };
                self.add("connect", Outcome::Failed, reason).advise(advice);
            }
        }
    }

    fn proxy(&mut self, probe: &Probe) {
        let Some(proxy) = &probe.proxy else {
            self.add("proxy", Outcome::Passed, "none is used");
            return;
        };
        let said_by = match proxy.is_from_environment {
            true => "the environment",
            false => "the session",
        };
        let finding = format!("{}, as {said_by} says", proxy.url);
        let outcome = match probe.connected {
            Some(Ok(_)) => Outcome::Passed,
            _ => Outcome::NotChecked,
        };
        self.add("proxy", outcome, &finding)
            .fact("url", json!(proxy.url));
    }

    fn tls(&mut self, tls: &Tls) {
        match tls {
            Tls::NotReached => self.skip("tls", "there is no connection"),
            Tls::ThroughProxy => self.skip("tls", "it takes place within the proxy: see sign in"),
            Tls::PlainToLoopback => self.skip("tls", "plain http, which stays on this machine"),
            Tls::Plain => {
                let finding = "plain http sends the credentials in the clear";
                self.add("tls", Outcome::Failed, finding)
                    .advise("use https, and take the option allow_http from the session");
            }
            Tls::Done {
                version,
                certificate,
                is_checked,
            } => {
                let mut finding = version.clone();
                if let Some(certificate) = certificate {
                    finding += &format!(", {}", told(certificate));
                }
                let left = certificate.as_ref().map(days_left);
                let check = self.add("tls", Outcome::Passed, &finding);
                check
                    .fact("version", json!(version))
                    .facts_of(certificate.as_ref());
                if !is_checked {
                    check.advise(
                        "the session trusts any certificate, so anybody on the way can read the \
                         credentials: snow_session_set_ca_file() trusts one authority",
                    );
                } else if left.is_some_and(|days| days < DAYS_OF_WARNING) {
                    check.advise("the certificate ends soon: tell those who run the instance");
                }
            }
            Tls::Failed {
                reason,
                certificate,
            } => {
                let mut finding = reason.clone();
                if let Some(certificate) = certificate {
                    finding += &format!("; what was presented is {}", told(certificate));
                }
                // Behind what failed the words say what to do.
                let advice = match reason.split_once("; ") {
                    _ if reason.contains("UnknownIssuer") => {
                        "nobody whom this machine trusts vouches for the certificate: name the file of \
                         its authority with snow_session_set_ca_file(). A proxy that looks into TLS has an \
                         authority of its own"
                    }
                    _ if reason.contains("no authority is known") => {
                        "install this machine's authorities, or name a file of them with \
                         snow_session_set_ca_file()"
                    }
                    Some((_, advice)) => advice,
                    None => {
                        "look whether the address is that of the instance, and what is in between"
                    }
                };
                self.add("tls", Outcome::Failed, &finding)
                    .advise(advice)
                    .facts_of(certificate.as_ref());
            }
        }
    }

    pub(super) fn sign_in(&mut self, probe: &Probe, user: &Asked, shows_credentials: bool) {
        let error = user.error();
        match error.filter(|error| !is_of_somebody_known(error)) {
            None => {
                self.add(
                    "sign_in",
                    Outcome::Passed,
                    "the instance takes the credentials",
                );
            }
            Some(error) => {
                let status = error.status();
                if status == Status::Proxy {
                    self.proxy_refuses(probe);
                }
                let lacks_code = |answer: &Response| answer.lacks_one_time_code();
                let advice = match user.answer.as_ref().is_ok_and(lacks_code) {
                    true => {
                        "append the code to the password, for as long as it holds; for a program, let its user \
                         be without one, or use OAuth"
                    }
                    false if status == Status::Unauthenticated && !shows_credentials => {
                        "the session names none: snow_session_set_basic_auth(), snow_session_set_oauth() and \
                         their like do"
                    }
                    false => advice(status),
                };
                self.add("sign_in", Outcome::Failed, error.message())
                    .advise(advice)
                    .fact("status", json!(status.name()));
            }
        }
    }

    fn proxy_refuses(&mut self, probe: &Probe) {
        let url = probe.proxy.as_ref().map_or("the proxy", |proxy| &proxy.url);
        let finding = format!("{url} takes connections, and refuses to go on");
        if let Some(check) = self.0.checks.iter_mut().find(|check| check.name == "proxy") {
            check.outcome = Outcome::Failed;
            check.finding = finding;
            check.advise(advice(Status::Proxy));
        }
    }

    pub(super) fn user(&mut self, user: &Asked, row: Option<&Record>, roles: Option<&Asked>) {
        if !self.is_signed_in() {
            return self.skip("user", "nobody is signed in");
        }
        let Some(row) = row else {
            let why = match user.error() {
                Some(error) => format!("the user's own row in sys_user: {}", error.message()),
                None => "this user may not see its own row in sys_user".to_owned(),
            };
            return self.skip("user", &why);
        };
        let text = |field: &str| row.get(field).unwrap_or_default().into_owned();
        let (name, zone) = (text("user_name"), text("time_zone"));
        let roles = roles.and_then(|roles| roles.answer.as_ref().ok()?.records().ok());
        let roles = roles.map(|rows| {
            let mut roles: Vec<_> = rows
                .iter()
                .filter_map(|row| Some(row.get("role.name")?.into_owned()))
                .filter(|role| !role.is_empty())
                .collect();
            roles.sort_unstable();
            roles.dedup();
            roles
        });
        let zone_told = match zone.as_str() {
            "" => "the time zone of the instance",
            zone => zone,
        };
        let roles_told = match &roles {
            None => "which it may not see itself".to_owned(),
            Some(roles) if roles.is_empty() => "none that it may see".to_owned(),
            Some(roles) => roles.join(", "),
        };
        let finding = format!("{name}, {zone_told}, roles: {roles_told}");
        let check = self.add("user", Outcome::Passed, &finding);
        check
            .fact("user_name", json!(name))
            .fact("time_zone", json!(zone))
            .fact("roles", json!(roles));
        if !matches!(zone.as_str(), "GMT" | "UTC" | "Etc/UTC") {
            check.advise(
                "give the user the time zone GMT, or display values and queries have another time",
            );
        }
    }

    pub(super) fn table(&mut self, table: &str, asked: &Asked) {
        if let Some(error) = asked.error() {
            let advice = match error.status() {
                Status::Forbidden => {
                    "give the user a role that an access rule of the table asks for"
                }
                Status::BadRequest | Status::NotFound => "look for a slip in the name of the table",
                status => advice(status),
            };
            let finding = format!("{table}: {}", error.message());
            self.add("table", Outcome::Failed, &finding)
                .advise(advice)
                .fact("status", json!(error.status().name()));
            return;
        }
        let answer = asked.answer.as_ref().ok();
        let rows = answer.and_then(|answer| answer.records().ok());
        let there = answer.and_then(|answer| answer.head.total_count());
        let sees = rows.is_some_and(|rows| !rows.is_empty());
        match (sees, there) {
            (true, _) => {
                let finding = format!("rows of {table} can be read");
                self.add("table", Outcome::Passed, &finding);
            }
            (false, Some(1..)) => {
                let finding = format!("{table} has rows, and the first is hidden from this user");
                self.add("table", Outcome::Failed, &finding)
                    .advise("look at the access rules of the table, row by row");
            }
            (false, _) => {
                let finding =
                    format!("{table} answers, and gives no rows: it is empty, or hides them");
                self.add("table", Outcome::Passed, &finding);
            }
        }
    }

    pub(super) fn rate_rules<'a>(&mut self, answers: impl Iterator<Item = &'a Asked>) {
        let mut is_answered = false;
        for asked in answers {
            is_answered |= asked.answer.is_ok();
            let Some(limit) = asked.header("x-ratelimit-limit") else {
                continue;
            };
            let rule = asked.header("x-ratelimit-rule").unwrap_or_default();
            let reset = asked.header("x-ratelimit-reset").unwrap_or_default();
            let is_over = asked
                .answer
                .as_ref()
                .is_ok_and(|answer| answer.status() == 429);
            let finding = format!("{limit} calls an hour, by rule {rule}");
            let check = match is_over {
                true => self.add(
                    "rate_rules",
                    Outcome::Failed,
                    &format!("{finding}: used up"),
                ),
                false => self.add("rate_rules", Outcome::Passed, &finding),
            };
            check
                .fact("limit", json!(limit.parse::<u64>().ok()))
                .fact("reset", json!(reset.parse::<i64>().ok()))
                .fact("rule", json!(rule));
            if is_over {
                check.advise(
                    "wait for the next hour, or have the rule in sys_rate_limit_rules raised",
                );
            }
            return;
        }
        match is_answered {
            true => drop(self.add(
                "rate_rules",
                Outcome::Passed,
                "none is told for these calls",
            )),
            false => self.skip("rate_rules", "the instance gave no answer"),
        }
    }

    pub(super) fn clock(&mut self, asked: &Asked) {
        let Some(ahead) = asked.ahead() else {
            return self.skip("clock", "the instance told no time");
        };
        let finding = match ahead {
            0 => "as the instance's".to_owned(),
            1.. => format!("{ahead} s ahead of the instance's"),
            _ => format!("{} s behind the instance's", -ahead),
        };
        let is_right = ahead.abs() <= CLOCK_TOLERANCE;
        let outcome = match is_right {
            true => Outcome::Passed,
            false => Outcome::Failed,
        };
        let check = self.add("clock", outcome, &finding);
        check.fact("ahead_seconds", json!(ahead));
        if !is_right {
            check.advise(
                "set this machine's clock, by NTP: it tells when a token has to be renewed",
            );
        }
    }

    fn add(&mut self, name: &'static str, outcome: Outcome, finding: &str) -> &mut Check {
        self.0.checks.push(Check {
            name,
            outcome,
            // Whoever answers has a say in it: the instance, and what presents a certificate.
            finding: one_line(finding.to_owned()),
            advice: None,
            facts: Map::new(),
        });
        self.0.checks.last_mut().expect("it was pushed just now")
    }
}

impl Check {
    fn advise(&mut self, advice: &str) -> &mut Check {
        self.advice = Some(advice.to_owned());
        self
    }

    fn fact(&mut self, name: &str, value: Value) -> &mut Check {
        self.facts.insert(name.to_owned(), value);
        self
    }

    fn facts_of(&mut self, certificate: Option<&Certificate>) {
        if let Some(certificate) = certificate {
            self.fact("issuer", json!(certificate.issuer))
                .fact("expires", json!(certificate.expires));
        }
    }
}

fn told(certificate: &Certificate) -> String {
    let ends = OffsetDateTime::from_unix_timestamp(certificate.expires);
    let ends = ends.map_or_else(|_| "an unknown day".into(), |ends| ends.date().to_string());
    format!("a certificate of {} until {ends}", certificate.issuer)
}

fn days_left(certificate: &Certificate) -> i64 {
    (certificate.expires - OffsetDateTime::now_utc().unix_timestamp()) / 86_400
}

/// Whether this is an instance's answer to somebody whom it knows: who is forbidden something is. An instance says
/// why; any other server of the web says no more than the status.
fn is_of_somebody_known(error: &Error) -> bool {
    let status = error.status();
    matches!(
        status,
        Status::Forbidden | Status::BadRequest | Status::NotFound
    ) && error.instance_message().is_some()
}

/// What to do about a call that failed.
fn advice(status: Status) -> &'static str {
    match status {
        Status::Unauthenticated => {
            "look at the user's name and password, or the key; whether the user is locked out, inactive or \
             has to change the password; and whether it is one for web services"
        }
        Status::NoToken => "sign in with snow_client_login(), or set a token",
        Status::TokenRefused | Status::TokenAnswer => {
            "look at the entry in the application registry: client id, secret, grant, and whether it is active"
        }
        Status::LoginPage => {
            "single sign-on stands before the API: let the integration's user by, or use OAuth"
        }
        Status::Proxy => {
            "look at the proxy's address and what it is signed in with: snow_session_set_proxy_auth()"
        }
        Status::Tls => {
            "nobody whom this machine trusts vouches for the certificate, or the two sides share no version: \
             snow_session_set_ca_file()"
        }
        Status::Hibernating => "wake the instance on the developer site",
        Status::RateLimited => "wait, or have the rule in sys_rate_limit_rules raised",
        Status::Redirect => {
            "where the path is the same there, use the address that the instance redirects to"
        }
        Status::Forbidden => {
            "look whether the address is that of an instance, and whether what stands before it lets this \
             machine through"
        }
        Status::UnexpectedAnswer | Status::BadRequest | Status::NotFound | Status::HttpStatus => {
            "look whether the address is that of an instance"
        }
        _ => "try again in a while; if it stays, ask those who run the instance",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A handshake that went well is told with a warning where that is not all there is to it.
    #[test]
    fn certificates_that_are_worth_a_word() {
        for (days, is_checked, word) in [
            (365, true, None),
            (DAYS_OF_WARNING + 1, true, None),
            (DAYS_OF_WARNING - 1, true, Some("ends soon")),
            (365, false, Some("trusts any certificate")),
        ] {
            let mut found = Found::new(String::new());
            found.tls(&Tls::Done {
                version: "TLSv1.3".to_owned(),
                certificate: Some(Certificate {
                    issuer: "CN=some".to_owned(),
                    expires: OffsetDateTime::now_utc().unix_timestamp() + days * 86_400 + 60,
                }),
                is_checked,
            });
            let told = found.told();
            let [check] = told.checks() else {
                panic!("one check: {told:?}")
            };
            assert_eq!(check.outcome, Outcome::Passed);
            let advice = check.advice.as_deref();
            match word {
                None => assert_eq!(advice, None, "{days} days"),
                Some(word) => assert!(
                    advice.is_some_and(|advice| advice.contains(word)),
                    "{check:?}"
                ),
            }
        }
    }
}
