//! Rate rules: so many requests an hour.
//!
//! A rule for a user goes before one for a role, and that before one for everybody; of several the lowest
//! limit counts. Windows are
//! hours of the instance's clock. Headers are only sent where a rule fits, and there is no
//! `X-RateLimit-Remaining`.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::{
    answer::{Answer, Failure},
    database::Identifiers,
};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RateRule {
    /// The `sys_id` of the rule; drawn if it is not given.
    #[serde(default)]
    pub sys_id: String,
    /// The beginning of the path.
    #[serde(default = "any_path")]
    pub path: String,
    /// A user name.
    #[serde(default)]
    pub user: Option<String>,
    /// Whoever has this role; everybody without it and without a user.
    #[serde(default)]
    pub role: Option<String>,
    pub per_hour: u64,
}

fn any_path() -> String {
    "/api/".to_owned()
}

#[derive(Debug, Default)]
pub struct RateRules {
    rules: Vec<RateRule>,
    /// Requests of one hour, by rule and user.
    counts: HashMap<(String, String), u64>,
    hour: i64,
}

/// What a rule says about one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    limit: u64,
    /// Unix seconds at which the next hour begins.
    reset: i64,
    rule: String,
    retry_after: Option<i64>,
}

impl RateRules {
    pub fn add(&mut self, mut rule: RateRule, identifiers: &mut Identifiers) -> String {
        if rule.sys_id.is_empty() {
            rule.sys_id = identifiers.sys_id();
        }
        let sys_id = rule.sys_id.clone();
        self.rules.push(rule);
        sys_id
    }

    pub fn rules(&self) -> &[RateRule] {
        &self.rules
    }

    pub fn clear(&mut self) {
        self.rules.clear();
        self.counts.clear();
    }

    /// Whether roles must be known to count a request.
    pub fn asks_for_roles(&self) -> bool {
        self.rules.iter().any(|rule| rule.role.is_some())
    }

    /// Counts a request; `None` if no rule fits it.
    pub fn count(
        &mut self,
        user: &str,
        roles: &BTreeSet<String>,
        path: &str,
        now: i64,
    ) -> Option<Verdict> {
        let fitting: Vec<&RateRule> = self
            .rules
            .iter()
            .filter(|rule| path.starts_with(&rule.path))
            .collect();
        let own = fitting
            .iter()
            .filter(|rule| rule.user.as_deref() == Some(user))
            .min_by_key(|rule| rule.per_hour);
        let of_role = fitting
            .iter()
            .filter(|rule| rule.role.as_ref().is_some_and(|role| roles.contains(role)))
            .min_by_key(|rule| rule.per_hour);
        let all = fitting
            .iter()
            .filter(|rule| rule.user.is_none() && rule.role.is_none())
            .min_by_key(|rule| rule.per_hour);
        let rule = own.or(of_role).or(all)?;
        if self.hour != now / HOUR {
            self.hour = now / HOUR;
            self.counts.clear();
        }
        let count = self
            .counts
            .entry((rule.sys_id.clone(), user.to_owned()))
            .or_default();
        *count += 1;
        let reset = (self.hour + 1) * HOUR;
        let retry_after = (*count > rule.per_hour).then_some(reset - now);
        Some(Verdict {
            limit: rule.per_hour,
            reset,
            rule: rule.sys_id.clone(),
            retry_after,
        })
    }
}

const HOUR: i64 = 3_600;

impl Verdict {
    /// The refusal, if the limit is exceeded.
    pub fn refusal(&self) -> Option<Answer> {
        let retry_after = self.retry_after?;
        let detail = format!(
            "Rate limit of {} requests per hour for Table API exceeded",
            self.limit
        );
        let failure = Failure::new(429, "Rate limit exceeded", Some(&detail));
        Some(Answer::from(failure).with("Retry-After", &retry_after.to_string()))
    }

    /// The answer with the headers of the rule.
    pub fn noted_on(&self, answer: Answer) -> Answer {
        answer
            .with("X-RateLimit-Limit", &self.limit.to_string())
            .with("X-RateLimit-Reset", &self.reset.to_string())
            .with("X-RateLimit-Rule", &self.rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_counts_by_user_and_starts_anew_each_hour() {
        let mut rules = RateRules::default();
        let rule = |user: Option<&str>, per_hour| RateRule {
            sys_id: user.unwrap_or("all").to_owned(),
            path: "/api/now/table".into(),
            user: user.map(str::to_owned),
            role: None,
            per_hour,
        };
        let mut identifiers = Identifiers::for_purpose(1, "rate");
        rules.add(rule(None, 2), &mut identifiers);
        rules.add(rule(Some("joe"), 1), &mut identifiers);
        for (sys_id, role, per_hour) in [("r1", "itil", 5), ("r2", "itil", 0)] {
            let rule = RateRule {
                sys_id: sys_id.to_owned(),
                role: Some(role.to_owned()),
                ..rule(None, per_hour)
            };
            rules.add(rule, &mut identifiers);
        }
        let itil = BTreeSet::from(["itil".to_owned()]);
        let verdict = rules.count("bob", &itil, "/api/now/table/x", 3_600);
        assert_eq!(
            verdict.map(|verdict| verdict.retry_after),
            Some(Some(3_600))
        );
        let mut retry = |user: &str, path: &str, now| {
            rules
                .count(user, &BTreeSet::new(), path, now)
                .map(|verdict| verdict.retry_after)
        };
        assert_eq!(retry("ann", "/api/now/stats/x", 3_600), None);
        assert_eq!(retry("ann", "/api/now/table/x", 3_600), Some(None));
        assert_eq!(retry("ann", "/api/now/table/x", 3_700), Some(None));
        assert_eq!(retry("ann", "/api/now/table/x", 7_190), Some(Some(10)));
        assert_eq!(retry("joe", "/api/now/table/x", 7_190), Some(None));
        assert_eq!(retry("joe", "/api/now/table/x", 7_190), Some(Some(10)));
        assert_eq!(retry("ann", "/api/now/table/x", 7_200), Some(None));
    }
}
