//! Rows as JSON text.
//!
//! Every value is a string; a reference is an object or a string, by the two switches of the request.
//! Pages run to tens of thousands of values, so rows are written straight into the body, and what
//! does not change from row to row (names, places of columns) is worked out once.

use super::{
    display::{display_value, journal_history},
    view,
};
use crate::{
    database::{Database, Identifiers, Record},
    locale::Locale,
    query::Path,
    request::Request,
    rules::Access,
};

/// `sysparm_display_value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisplayMode {
    Value,
    Display,
    All,
}

impl DisplayMode {
    pub fn of(request: &Request) -> Self {
        match request.parameter("sysparm_display_value") {
            Some("all") => DisplayMode::All,
            _ if request.flag("sysparm_display_value") => DisplayMode::Display,
            _ => DisplayMode::Value,
        }
    }
}

/// Writes the rows of one answer.
pub struct Renderer<'a> {
    database: &'a Database,
    /// `https://host/api/now/table`: what links begin with.
    table_base: &'a str,
    locale: &'a Locale,
    access: &'a Access,
    mode: DisplayMode,
    links: bool,
    shown: Vec<Shown>,
    /// The class for which the places in `shown` are right.
    placed_for: String,
}

struct Shown {
    /// The name as a JSON string.
    key: Vec<u8>,
    path: Path,
    is_walk: bool,
    /// It depends on the record whether the caller may read it.
    is_guarded: bool,
    place: Option<usize>,
}

impl<'a> Renderer<'a> {
    pub fn new(
        database: &'a Database,
        table: &str,
        request: &Request,
        table_base: &'a str,
        locale: &'a Locale,
        access: &'a Access,
    ) -> Self {
        let names: Vec<String> = match request
            .parameter("sysparm_fields")
            .filter(|fields| !fields.trim().is_empty())
        {
            Some(fields) => fields
                .split(',')
                .map(|name| name.trim().to_owned())
                .collect(),
            None => match request
                .parameter("sysparm_view")
                .and_then(|name| view::fields(database, table, name))
            {
                Some(fields) => fields,
                None => {
                    let columns = database
                        .table(table)
                        .map(|table| table.columns())
                        .unwrap_or_default();
                    columns
                        .iter()
                        .map(|column| column.element.clone())
                        .collect()
                }
            },
        };
        let mut shown: Vec<Shown> = Vec::new();
        for name in names {
            // Names that mean nothing are left out, and a name given twice is one key.
            let Some(path) = Path::resolve(database, table, &name) else {
                continue;
            };
            if !path.is_readable(database, table, access) {
                continue;
            }
            let key = json_text(&name);
            if shown.iter().all(|known| known.key != key) {
                shown.push(Shown {
                    key,
                    is_guarded: path.is_guarded(access),
                    path,
                    is_walk: name.contains('.'),
                    place: None,
                });
            }
        }
        Renderer {
            database,
            table_base,
            locale,
            access,
            mode: DisplayMode::of(request),
            links: !request.flag("sysparm_exclude_reference_link"),
            shown,
            placed_for: String::new(),
        }
    }

    /// Without a field, whoever asked for it.
    pub fn leave_out(&mut self, name: &str) {
        let key = json_text(name);
        self.shown.retain(|shown| shown.key != key);
    }

    /// In another order.
    pub fn permute(&mut self, draws: &mut Identifiers) {
        draws.shuffle(&mut self.shown);
    }

    /// Appends one row as a JSON object.
    pub fn row(&mut self, out: &mut Vec<u8>, record: Record<'_>) {
        self.place_for(record);
        out.push(b'{');
        let mut is_first = true;
        for shown in &self.shown {
            let is_hidden = shown.is_guarded
                && !shown
                    .path
                    .is_readable_in(self.database, record, self.access);
            if is_hidden {
                continue;
            }
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            out.extend_from_slice(&shown.key);
            out.push(b':');
            let value = match shown.is_walk {
                true => shown.path.value(self.database, record),
                false => shown.place.map_or("", |place| record.row.value(place)),
            };
            match shown.path.column().internal_type.is_journal() {
                true => self.journal(out, &shown.path, record),
                false => self.value(out, &shown.path, value),
            }
        }
        out.push(b'}');
    }

    fn place_for(&mut self, record: Record<'_>) {
        if self.placed_for != record.class.name() {
            record.class.name().clone_into(&mut self.placed_for);
            for shown in &mut self.shown {
                shown.place = record.class.position(&shown.path.column().element);
            }
        }
    }

    fn value(&self, out: &mut Vec<u8>, path: &Path, value: &str) {
        let column = path.column();
        let target = column
            .reference_target()
            .filter(|_| self.links && !value.is_empty());
        match (self.mode, target) {
            (DisplayMode::Value, None) => text(out, value),
            (DisplayMode::Value, Some(target)) => {
                self.link(out, b"{\"link\":", target, value);
                out.extend_from_slice(b",\"value\":");
                text(out, value);
                out.push(b'}');
            }
            (DisplayMode::Display, None) => text(
                out,
                &display_value(self.database, column, value, self.locale),
            ),
            (DisplayMode::Display, Some(target)) => {
                self.displayed(out, path, value);
                self.link(out, b",\"link\":", target, value);
                out.push(b'}');
            }
            (DisplayMode::All, target) => {
                self.displayed(out, path, value);
                if let Some(target) = target {
                    self.link(out, b",\"link\":", target, value);
                }
                out.extend_from_slice(b",\"value\":");
                text(out, value);
                out.push(b'}');
            }
        }
    }

    /// Nothing as a value; displayed, all that was ever entered, the newest first.
    fn journal(&self, out: &mut Vec<u8>, path: &Path, record: Record<'_>) {
        let history = || match path.last_record(self.database, record) {
            Some((record, element)) => journal_history(self.database, record, element, self.locale),
            None => String::new(),
        };
        match self.mode {
            DisplayMode::Value => text(out, ""),
            DisplayMode::Display => text(out, &history()),
            DisplayMode::All => {
                out.extend_from_slice(b"{\"display_value\":");
                text(out, &history());
                out.extend_from_slice(b",\"value\":\"\"}");
            }
        }
    }

    fn displayed(&self, out: &mut Vec<u8>, path: &Path, value: &str) {
        out.extend_from_slice(b"{\"display_value\":");
        text(
            out,
            &display_value(self.database, path.column(), value, self.locale),
        );
    }

    fn link(&self, out: &mut Vec<u8>, before: &[u8], target: &str, value: &str) {
        out.extend_from_slice(before);
        out.push(b'"');
        for part in [self.table_base, "/", target, "/", value] {
            escaped(out, part);
        }
        out.push(b'"');
    }
}

/// Appends a JSON string.
pub fn text(out: &mut Vec<u8>, value: &str) {
    out.push(b'"');
    escaped(out, value);
    out.push(b'"');
}

/// Nearly all values have nothing to escape, and a page has a hundred thousand of them.
fn escaped(out: &mut Vec<u8>, value: &str) {
    let must_escape = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    if !value.as_bytes().iter().any(must_escape) {
        return out.extend_from_slice(value.as_bytes());
    }
    for c in value.chars() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            control if control < ' ' => {
                out.extend_from_slice(format!("\\u{:04x}", u32::from(control)).as_bytes());
            }
            other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

fn json_text(value: &str) -> Vec<u8> {
    let mut out = Vec::new();
    text(&mut out, value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back_from_its_json() {
        for value in [
            "",
            "plain",
            "a \"quoted\" \\ word",
            "line\r\n\ttab",
            "\u{0}\u{1f}\u{7f}",
            "Zürich 😀",
            "\u{2028}",
        ] {
            let parsed: String = serde_json::from_slice(&json_text(value)).unwrap();
            assert_eq!(parsed, value);
        }
    }
}
