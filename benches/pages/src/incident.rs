//! Incidents as an instance has them: 66 fields, of which a third is empty.
//!
//! The same number always gives the same row, so that all runs and all clients read the same. References
//! come from pools of the size that a company has, which is what makes real pages compress as they do.

use std::fmt::Write;

/// How the values of a row are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    pub display: Display,
    pub links: bool,
}

/// What `sysparm_display_value` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Display {
    Values,
    Displays,
    Both,
}

/// How the value of a column looks.
enum Kind {
    Empty,
    Choice(u64),
    Count(u64),
    Date,
    Duration,
    Number,
    Reference(&'static str, u64),
    SysId,
    Text(u64),
    Truth,
    User,
}

const COLUMNS: [(&str, Kind); 66] = {
    use Kind::*;
    [
        ("parent", Empty),
        ("made_sla", Truth),
        ("caused_by", Empty),
        ("watch_list", Empty),
        ("upon_reject", Choice(3)),
        ("sys_updated_on", Date),
        ("child_incidents", Count(3)),
        ("hold_reason", Empty),
        ("origin_table", Empty),
        ("task_effective_number", Number),
        ("approval_history", Empty),
        ("number", Number),
        ("resolved_by", Reference("sys_user", 5_000)),
        ("sys_updated_by", User),
        ("opened_by", Reference("sys_user", 5_000)),
        ("user_input", Empty),
        ("sys_created_on", Date),
        ("sys_domain", Reference("sys_user_group", 1)),
        ("state", Choice(8)),
        ("route_reason", Empty),
        ("sys_created_by", User),
        ("knowledge", Truth),
        ("order", Empty),
        ("calendar_stc", Count(100_000)),
        ("closed_at", Date),
        ("cmdb_ci", Reference("cmdb_ci", 20_000)),
        ("delivery_plan", Empty),
        ("contract", Empty),
        ("impact", Choice(4)),
        ("active", Truth),
        ("work_notes_list", Empty),
        ("business_service", Reference("cmdb_ci_service", 200)),
        ("business_impact", Empty),
        ("priority", Choice(6)),
        ("sys_domain_path", Empty),
        ("rfc", Empty),
        ("time_worked", Empty),
        ("expected_start", Empty),
        ("opened_at", Date),
        ("business_duration", Duration),
        ("group_list", Empty),
        ("work_end", Empty),
        ("caller_id", Reference("sys_user", 5_000)),
        ("reopened_time", Empty),
        ("resolved_at", Date),
        ("approval_set", Empty),
        ("subcategory", Text(10)),
        ("work_notes", Empty),
        ("universal_request", Empty),
        ("short_description", Text(60)),
        ("close_code", Text(18)),
        ("correlation_display", Empty),
        ("work_start", Empty),
        ("assignment_group", Reference("sys_user_group", 200)),
        ("additional_assignee_list", Empty),
        ("business_stc", Count(100_000)),
        ("description", Text(200)),
        ("calendar_duration", Duration),
        ("close_notes", Text(80)),
        ("notify", Choice(3)),
        ("sys_class_name", Text(8)),
        ("closed_by", Reference("sys_user", 5_000)),
        ("assigned_to", Reference("sys_user", 5_000)),
        ("sys_id", SysId),
        ("urgency", Choice(4)),
        ("company", Reference("core_company", 50)),
    ]
};

/// The name of each column, and its type as `sys_dictionary` calls it.
pub fn columns() -> impl Iterator<Item = (&'static str, &'static str)> {
    COLUMNS.iter().map(|(name, kind)| {
        let kind = match kind {
            Kind::Empty | Kind::Number | Kind::Text(_) | Kind::User => "string",
            Kind::Choice(_) | Kind::Count(_) => "integer",
            Kind::Date => "glide_date_time",
            Kind::Duration => "glide_duration",
            Kind::Reference(..) => "reference",
            Kind::SysId => "GUID",
            Kind::Truth => "boolean",
        };
        (*name, kind)
    })
}

/// Whether a list of names is that of all columns, so that naming them changes nothing.
pub fn are_all(fields: &str) -> bool {
    COLUMNS
        .iter()
        .all(|(name, _)| fields.split(',').any(|field| field == *name))
}

/// The sys_ids of a table of so many rows, in order.
pub fn sys_ids(rows: usize) -> Vec<String> {
    let mut random = Random::new(0);
    let mut ids: Vec<String> = (0..rows).map(|_| random.sys_id()).collect();
    ids.sort_unstable();
    ids
}

/// Writes a row as JSON: all of its fields, or those named.
pub fn write(out: &mut String, number: usize, sys_id: &str, form: Form, fields: Option<&[String]>) {
    let mut random = Random::new(number as u64 + 1);
    let mut separator = '{';
    for (name, kind) in &COLUMNS {
        let field = Field::new(kind, number, sys_id, &mut random);
        if fields.is_some_and(|fields| !fields.iter().any(|field| field == name)) {
            continue;
        }
        let _ = write!(out, "{separator}\"{name}\":");
        field.write(out, form);
        separator = ',';
    }
    out.push_str(if separator == '{' { "{}" } else { "}" });
}

/// A value and what a person is shown for it, as they stand in JSON.
struct Field {
    value: String,
    display: Option<String>,
    table: Option<&'static str>,
}

impl Field {
    fn new(kind: &Kind, number: usize, sys_id: &str, random: &mut Random) -> Field {
        let mut display = None;
        let mut table = None;
        let value = match kind {
            Kind::Empty => String::new(),
            Kind::Choice(values) => {
                let choice = random.below(*values);
                display = Some(format!("{choice} - Choice"));
                choice.to_string()
            }
            Kind::Count(most) => random.below(*most).to_string(),
            Kind::Date => random.date(2020 + random.clone().below(6)),
            Kind::Duration => random.date(1970),
            Kind::Number => format!("INC{number:07}"),
            Kind::Reference(to, pool) => {
                let member = random.below(*pool);
                display = Some(format!("{to} {member}"));
                table = Some(*to);
                Random::new(member << 32 | to.len() as u64).sys_id()
            }
            Kind::SysId => sys_id.to_owned(),
            Kind::Text(most) => random.text(*most),
            Kind::Truth => ["true", "false"][random.below(2) as usize].to_owned(),
            Kind::User => format!("user.{}", random.below(5_000)),
        };
        Field {
            value,
            display,
            table,
        }
    }

    fn write(&self, out: &mut String, form: Form) {
        let value = &self.value;
        let display = self.display.as_ref().unwrap_or(value);
        let link = self.table.filter(|_| form.links).map(|table| {
            format!("\"link\":\"https://dev12345.service-now.com/api/now/table/{table}/{value}\",")
        });
        let _ = match (form.display, link) {
            (Display::Values, None) => write!(out, "\"{value}\""),
            (Display::Values, Some(link)) => write!(out, "{{{link}\"value\":\"{value}\"}}"),
            (Display::Displays, None) => write!(out, "\"{display}\""),
            (Display::Displays, Some(link)) => {
                write!(
                    out,
                    "{{\"display_value\":\"{display}\",{}}}",
                    link.trim_end_matches(',')
                )
            }
            (Display::Both, link) => {
                let link = link.unwrap_or_default();
                write!(
                    out,
                    "{{\"display_value\":\"{display}\",{link}\"value\":\"{value}\"}}"
                )
            }
        };
    }
}

/// A fixed sequence.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        // Neighbouring seeds must not give neighbouring sequences.
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed >> 29)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn sys_id(&mut self) -> String {
        (0..8).fold(String::new(), |mut id, _| {
            let _ = write!(id, "{:04x}", self.below(1 << 16));
            id
        })
    }

    fn date(&mut self, year: u64) -> String {
        let [month, day, hour, minute, second] = [12, 28, 24, 60, 60].map(|most| self.below(most));
        format!(
            "{year}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}",
            month + 1,
            day + 1
        )
    }

    /// Words of about so many bytes; one text in seven has an escape, one in twenty more than ASCII.
    fn text(&mut self, most: u64) -> String {
        let length = (most / 2 + self.below(most / 2 + 1)) as usize;
        let mut text = String::new();
        while text.len() < length {
            text.push_str(WORDS[self.below(WORDS.len() as u64) as usize]);
            text.push(' ');
        }
        text.pop();
        match self.below(20) {
            0 => text.push_str(" caf\u{e9}"),
            1 | 2 => text.push_str("\\r\\nsee \\\"log\\\""),
            _ => {}
        }
        text
    }
}

const WORDS: [&str; 48] = [
    "access",
    "account",
    "again",
    "after",
    "backup",
    "cannot",
    "connection",
    "database",
    "denied",
    "desk",
    "disk",
    "email",
    "error",
    "expired",
    "file",
    "full",
    "group",
    "laptop",
    "login",
    "mail",
    "message",
    "missing",
    "monitor",
    "morning",
    "network",
    "new",
    "office",
    "outlook",
    "password",
    "phone",
    "please",
    "printer",
    "reach",
    "replace",
    "request",
    "reset",
    "screen",
    "server",
    "shared",
    "since",
    "slow",
    "the",
    "this",
    "update",
    "user",
    "VPN",
    "wireless",
    "with",
];
