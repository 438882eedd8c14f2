//! A diagnosis as it is told: to people as text, to programs as JSON.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map, Value};

/// What was looked at, and what was found.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    pub(super) instance: String,
    pub(super) checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// Such as `name_resolution`.
    pub name: &'static str,
    /// How it went.
    pub outcome: Outcome,
    /// One line for a person.
    pub finding: String,
    /// What to do, where there is something.
    pub advice: Option<String>,
    /// What was found, for programs.
    pub facts: Map<String, Value>,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing is in the way.
    Passed,
    /// This is in the way.
    Failed,
    /// There was nothing to look at, or no way to.
    NotChecked,
}

impl Diagnosis {
    /// Whether nothing failed.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.checks
            .iter()
            .all(|check| check.outcome != Outcome::Failed)
    }

    /// The checks, in the order in which they were made.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// A line for each check, and one for what to do about it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |line: String| writeln!(text, "{line}").expect("a String can be written to");
        line(self.instance.clone());
        for check in &self.checks {
            let outcome = match check.outcome {
                Outcome::Passed => "passed",
                Outcome::Failed => "FAILED",
                Outcome::NotChecked => "not checked",
            };
            let name = check.name.replace('_', " ");
            line(format!("  {name:<15}  {outcome:<11}  {}", check.finding));
            if let Some(advice) = &check.advice {
                line(format!("{:32}{advice}", "-> "));
            }
        }
        text
    }

    /// `{"instance", "ok", "checks": [{"name", "outcome", "finding", "advice", "facts"}]}`.
    #[must_use]
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Told<'a> {
            instance: &'a str,
            ok: bool,
            checks: &'a [Check],
        }
        let told = Told {
            instance: &self.instance,
            ok: self.is_ok(),
            checks: &self.checks,
        };
        serde_json::to_string(&told).expect("texts and numbers can be told as JSON")
    }
}
