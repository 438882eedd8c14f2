//! How fast a page of rows is read: the scanner beside `serde_json` and `sonic-rs`, on one core.
//!
//! `cargo bench --bench scanner` reads 200,000 incidents of 66 fields (about 3 KB each) in pages of 10,000,
//! every reader once a round and in turn, and prints the median of the rounds. Each gives the length of all
//! short descriptions together, or the number of rows where it keeps no value, and all must agree.

use std::hint::black_box;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use snow::reading::{Envelope, Page, Results, Scanner, finish};
use sonic_rs::{JsonContainerTrait, JsonValueTrait};

const ROWS: usize = 200_000;
const PAGE: usize = 10_000;
const ROUNDS: usize = 5;
/// What arrives at a time, inflated.
const PIECE: usize = 256 * 1024;
const FIELD: &str = "short_description";

/// What is read, and what it gives: rows, and bytes of the field.
type Reader = fn(&[u8]) -> (usize, usize);

const READERS: [(&str, Reader); 7] = [
    ("bytes copied in pieces, not read", copy),
    ("scanner, rows", scan_rows),
    ("scanner, one field of each row", scan_field),
    ("sonic-rs Value, one field", sonic_value),
    ("serde_json skipping", serde_skip),
    ("serde_json rows as RawValue", serde_rows),
    ("serde_json Value, one field", serde_value),
];

fn main() {
    let pages: Vec<Vec<u8>> = (0..ROWS / PAGE).map(page).collect();
    let bytes: usize = pages.iter().map(Vec::len).sum();
    println!(
        "{ROWS} rows of {} bytes in pages of {PAGE}, {ROUNDS} rounds",
        bytes / ROWS
    );
    let mut times = READERS.map(|_| Vec::new());
    let mut sum = None;
    for _ in 0..ROUNDS {
        for ((name, reader), times) in READERS.iter().zip(&mut times) {
            let began = cpu_time();
            let (rows, length) = pages.iter().fold((0, 0), |(rows, length), page| {
                let (more, longer) = reader(black_box(page));
                (rows + more, length + longer)
            });
            times.push(cpu_time() - began);
            assert!(rows == ROWS || rows == 0, "{name}: {rows} rows");
            assert!(
                length == 0 || *sum.get_or_insert(length) == length,
                "{name}"
            );
        }
    }
    let medians = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    println!("{:36}{:>8}{:>12}{:>8}", "", "GB/s", "rows/s", "time");
    for ((name, _), median) in READERS.iter().zip(medians) {
        println!(
            "{name:36}{:8.2}{:12.0}{:8.1}",
            bytes as f64 / median / 1e9,
            ROWS as f64 / median,
            median / medians[1]
        );
    }
    println!("time: as a multiple of the scanner's");
}

/// Seconds that this thread has run: other programs on the machine count less than on the clock.
fn cpu_time() -> f64 {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds = statistics.split(' ').next().expect("three numbers");
    nanoseconds.parse::<f64>().expect("a number") / 1e9
}

fn copy(page: &[u8]) -> (usize, usize) {
    for piece in page.chunks(PIECE) {
        black_box(piece.to_vec());
    }
    (0, 0)
}

fn scan_rows(page: &[u8]) -> (usize, usize) {
    let mut scanner = Scanner::new();
    let rows = page
        .chunks(PIECE)
        .flat_map(|piece| scanner.push(piece))
        .map(|rows| black_box(rows).row_count())
        .sum();
    assert_list(scanner);
    (rows, 0)
}

fn scan_field(page: &[u8]) -> (usize, usize) {
    let mut scanner = Scanner::new();
    let (mut count, mut length) = (0, 0);
    for piece in page.chunks(PIECE) {
        for rows in scanner.push(piece) {
            for record in (0..rows.row_count()).filter_map(|index| rows.record(index)) {
                let record = record.expect("a row");
                length += record.get(FIELD).expect("the field").len();
                count += 1;
            }
        }
    }
    assert_list(scanner);
    (count, length)
}

fn assert_list(scanner: Scanner) {
    let end = finish(scanner, Page::default());
    assert!(matches!(end, Ok(Envelope::Results(Results::Many(_)))));
}

fn sonic_value(page: &[u8]) -> (usize, usize) {
    let value: sonic_rs::Value = sonic_rs::from_slice(page).expect("JSON");
    let rows = value["result"].as_array().expect("a list");
    let length = |row: &sonic_rs::Value| row[FIELD].as_str().expect("text").len();
    (rows.len(), rows.iter().map(length).sum())
}

fn serde_skip(page: &[u8]) -> (usize, usize) {
    let _: IgnoredAny = serde_json::from_slice(page).expect("JSON");
    (0, 0)
}

fn serde_rows(page: &[u8]) -> (usize, usize) {
    #[derive(Deserialize)]
    struct Rows<'a> {
        #[serde(borrow)]
        result: Vec<&'a RawValue>,
    }
    let rows: Rows<'_> = serde_json::from_slice(page).expect("JSON");
    (rows.result.len(), 0)
}

fn serde_value(page: &[u8]) -> (usize, usize) {
    let value: serde_json::Value = serde_json::from_slice(page).expect("JSON");
    let rows = value["result"].as_array().expect("a list");
    let length = |row: &serde_json::Value| row[FIELD].as_str().expect("text").len();
    (rows.len(), rows.iter().map(length).sum())
}

/// A page of incidents as an instance gives them with the stored values and links.
fn page(number: usize) -> Vec<u8> {
    let mut random = Random(number as u64 + 1);
    let mut out = String::from(r#"{"result":["#);
    for row in 0..PAGE {
        if row > 0 {
            out.push(',');
        }
        incident(&mut out, number * PAGE + row, &mut random);
    }
    out.push_str("]}");
    out.into_bytes()
}

/// How the value of a column looks.
enum Kind {
    Empty,
    Choice(u64),
    Date,
    Number(&'static str),
    Reference(&'static str),
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
        ("upon_reject", Text(6)),
        ("sys_updated_on", Date),
        ("child_incidents", Choice(3)),
        ("hold_reason", Empty),
        ("origin_table", Empty),
        ("task_effective_number", Number("INC")),
        ("approval_history", Empty),
        ("number", Number("INC")),
        ("resolved_by", Reference("sys_user")),
        ("sys_updated_by", User),
        ("opened_by", Reference("sys_user")),
        ("user_input", Empty),
        ("sys_created_on", Date),
        ("sys_domain", Reference("sys_user_group")),
        ("state", Choice(8)),
        ("route_reason", Empty),
        ("sys_created_by", User),
        ("knowledge", Truth),
        ("order", Empty),
        ("calendar_stc", Choice(100_000)),
        ("closed_at", Date),
        ("cmdb_ci", Reference("cmdb_ci")),
        ("delivery_plan", Empty),
        ("contract", Empty),
        ("impact", Choice(4)),
        ("active", Truth),
        ("work_notes_list", Empty),
        ("business_service", Reference("cmdb_ci_service")),
        ("business_impact", Empty),
        ("priority", Choice(6)),
        ("sys_domain_path", Text(1)),
        ("rfc", Empty),
        ("time_worked", Empty),
        ("expected_start", Empty),
        ("opened_at", Date),
        ("business_duration", Date),
        ("group_list", Empty),
        ("work_end", Empty),
        ("caller_id", Reference("sys_user")),
        ("reopened_time", Empty),
        ("resolved_at", Date),
        ("approval_set", Empty),
        ("subcategory", Text(10)),
        ("work_notes", Empty),
        ("universal_request", Empty),
        (FIELD, Text(60)),
        ("close_code", Text(18)),
        ("correlation_display", Empty),
        ("work_start", Empty),
        ("assignment_group", Reference("sys_user_group")),
        ("additional_assignee_list", Empty),
        ("business_stc", Choice(100_000)),
        ("description", Text(200)),
        ("calendar_duration", Date),
        ("close_notes", Text(80)),
        ("notify", Choice(3)),
        ("sys_class_name", Text(8)),
        ("closed_by", Reference("sys_user")),
        ("assigned_to", Reference("sys_user")),
        ("sys_id", SysId),
        ("urgency", Choice(4)),
        ("company", Reference("core_company")),
    ]
};

fn incident(out: &mut String, number: usize, random: &mut Random) {
    for (index, (name, kind)) in COLUMNS.iter().enumerate() {
        out.push_str(if index == 0 { "{\"" } else { ",\"" });
        out.push_str(name);
        out.push_str("\":");
        match kind {
            Kind::Empty => out.push_str("\"\""),
            Kind::Choice(values) => *out += &format!("\"{}\"", random.below(*values)),
            Kind::Date => {
                let [day, hour, minute] = [28, 24, 60].map(|most| random.below(most));
                *out += &format!(
                    "\"2026-{:02}-{:02} {hour:02}:{minute:02}:{minute:02}\"",
                    day % 12 + 1,
                    day + 1
                );
            }
            Kind::Number(prefix) => *out += &format!("\"{prefix}{number:07}\""),
            Kind::Reference(table) => {
                let sys_id = random.sys_id();
                *out += &format!(
                    r#"{{"link":"https://dev12345.service-now.com/api/now/table/{table}/{sys_id}","value":"{sys_id}"}}"#
                );
            }
            Kind::SysId => *out += &format!("\"{}\"", random.sys_id()),
            Kind::Text(most) => random.text(out, *most),
            Kind::Truth => out.push_str(["\"true\"", "\"false\""][random.below(2) as usize]),
            Kind::User => *out += &format!("\"user.{}\"", random.below(10_000)),
        }
    }
    out.push('}');
}

/// A fixed sequence, so that all runs read the same.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn sys_id(&mut self) -> String {
        (0..4)
            .map(|_| format!("{:08x}", self.below(1 << 31) as u32))
            .collect()
    }

    /// Words of about so many bytes; one text in ten has an escape, one in twenty more than ASCII.
    fn text(&mut self, out: &mut String, most: u64) {
        const WORDS: [&str; 12] = [
            "mail", "server", "cannot", "reach", "the", "printer", "since", "this", "morning",
            "VPN", "user", "again",
        ];
        let length = out.len() + (most / 2 + self.below(most / 2 + 1)) as usize;
        out.push('"');
        while out.len() < length {
            out.push_str(WORDS[self.below(12) as usize]);
            out.push(' ');
        }
        match self.below(20) {
            0 => out.push_str("caf\u{e9}"),
            1 | 2 => out.push_str("\\r\\nsee \\\"log\\\""),
            _ => {}
        }
        out.push('"');
    }
}
