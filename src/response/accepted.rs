//! What a call says may come back, in its `Accept` header.

use http::{HeaderMap, header};

/// The media types that a call accepts. `None` where it says nothing, which is JSON.
#[derive(Clone, Default)]
pub(super) struct Accepted(Option<Vec<String>>);

const JSON: &str = "application/json";

impl Accepted {
    pub(super) fn of(headers: &HeaderMap) -> Accepted {
        let named = headers.get(header::ACCEPT).map(|value| {
            String::from_utf8_lossy(value.as_bytes())
                .split(',')
                .map(|range| essence(range).to_ascii_lowercase())
                .collect()
        });
        Accepted(named)
    }

    /// Whether a success of this media type is what was asked for. One of no media type is JSON where that is
    /// due.
    pub(super) fn takes(&self, kind: Option<&str>) -> bool {
        let Some(named) = &self.0 else {
            return kind.is_none_or(is_json);
        };
        let Some(kind) = kind.filter(|kind| !is_json(kind)) else {
            return true;
        };
        let is_html = is_html(kind);
        let is_named = |range: &String| match range.strip_suffix("/*") {
            // What accepts all the rest beside what it names does not ask for a page.
            Some("*") => !is_html || named.len() == 1,
            Some(family) => kind
                .split_once('/')
                .is_some_and(|(of, _)| of.eq_ignore_ascii_case(family)),
            None => range.eq_ignore_ascii_case(kind),
        };
        // Many answer with another type than the one that was asked for, as long as it is neither of these two.
        let is_free = !is_html && !named.iter().any(|range| range == JSON);
        is_free || named.iter().any(is_named)
    }

    /// Whether a success of this media type is JSON.
    pub(super) fn is_json(&self, kind: Option<&str>) -> bool {
        match kind {
            Some(kind) => is_json(kind),
            None => self
                .0
                .as_ref()
                .is_none_or(|named| named.iter().all(|range| range == JSON)),
        }
    }
}

/// A media type without its parameters.
pub(super) fn essence(kind: &str) -> &str {
    kind.split(';').next().unwrap_or(kind).trim()
}

pub(super) fn is_html(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("text/html")
}

pub(super) fn is_xml(kind: &str) -> bool {
    let is_named = |name: &str| kind.eq_ignore_ascii_case(name);
    is_named("application/xml") || is_named("text/xml")
}

/// As RFC 6839 has it, also of types that are made of it, such as `application/scim+json`.
pub(super) fn is_json(kind: &str) -> bool {
    let suffix = kind.rsplit_once('+').map(|(_, suffix)| suffix);
    kind.eq_ignore_ascii_case(JSON) || suffix.is_some_and(|it| it.eq_ignore_ascii_case("json"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn what_was_asked_for_and_what_was_not() {
        let (json, html, csv) = (
            Some("Application/JSON"),
            Some("text/HTML"),
            Some("text/csv"),
        );
        for (accept, takes, refuses) in [
            (
                None,
                vec![json, Some("application/scim+JSON"), None],
                vec![html, csv],
            ),
            (Some("application/json"), vec![json, None], vec![html, csv]),
            (
                Some("application/JSON;q=0.9 , text/csv"),
                vec![json, csv],
                vec![html],
            ),
            (
                Some("application/json, */*"),
                vec![json, csv, None],
                vec![html],
            ),
            (
                Some("application/json, text/html"),
                vec![json, html],
                vec![csv],
            ),
            (Some("*/*"), vec![json, html, csv, None], vec![]),
            (Some("text/html"), vec![json, html, csv, None], vec![]),
            (Some("text/*;q=0.5"), vec![json, html, csv], vec![]),
            (Some("application/pdf"), vec![json, csv, None], vec![html]),
        ] {
            let mut headers = HeaderMap::new();
            accept.map(|text| headers.insert(header::ACCEPT, HeaderValue::from_static(text)));
            let accepted = Accepted::of(&headers);
            for kind in takes {
                assert!(accepted.takes(kind), "{accept:?} takes {kind:?}");
            }
            for kind in refuses {
                assert!(!accepted.takes(kind), "{accept:?} refuses {kind:?}");
            }
        }
    }
}
