//! XML in place of JSON, both ways.
//!
//! `{"result":[{"a":"1"}]}` is `<response><result><a>1</a></result></response>`: a member is an element,
//! a list an element for each of its items. A body is `<request><entry>…</entry></request>`.

use std::{fmt, ops::Range};

use quick_xml::{Reader, events::Event};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::answer::{Answer, Failure};

/// The same answer in XML; one whose body is no JSON stays as it is.
pub fn answer(mut answer: Answer) -> Answer {
    let Some((_, content_type)) = answer
        .headers
        .iter_mut()
        .find(|(name, value)| name == "Content-Type" && value.starts_with("application/json"))
    else {
        return answer;
    };
    let mut writer = Writer::default();
    writer
        .out
        .extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    if writer.document(&answer.body).is_some() {
        "application/xml;charset=UTF-8".clone_into(content_type);
        if !answer.rows.is_empty() {
            answer.rows = writer.rows;
        }
        answer.body = writer.out;
    }
    answer
}

/// Written while the JSON is read, so that members keep their order.
#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    /// Where the items of `result` lie.
    rows: Vec<Range<usize>>,
    depth: usize,
}

impl Writer {
    fn document(&mut self, json: &[u8]) -> Option<()> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let element = Element {
            writer: self,
            name: "response",
        };
        element.deserialize(&mut reader).ok()?;
        reader.end().ok()
    }

    fn open(&mut self, name: &str) {
        self.out.push(b'<');
        self.name(name);
        self.out.push(b'>');
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.out.extend_from_slice(b"</");
        self.name(name);
        self.out.push(b'>');
    }

    /// What no name may hold is an underscore.
    fn name(&mut self, name: &str) {
        for (place, c) in name.chars().enumerate() {
            let fits = c.is_alphabetic()
                || c == '_'
                || (place > 0 && (c.is_ascii_digit() || "-.".contains(c)));
            let c = if fits { c } else { '_' };
            self.out
                .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// Characters that XML does not know are left out.
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.extend_from_slice(b"&amp;"),
                '<' => self.out.extend_from_slice(b"&lt;"),
                '>' => self.out.extend_from_slice(b"&gt;"),
                '\r' => self.out.extend_from_slice(b"&#13;"),
                '\n' | '\t' => self.out.push(c as u8),
                control if control < ' ' || matches!(control, '\u{fffe}' | '\u{ffff}') => {}
                other => self
                    .out
                    .extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }
}

/// A value that becomes an element, or, being a list, several.
struct Element<'w> {
    writer: &'w mut Writer,
    name: &'w str,
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Element<'_> {
    fn scalar<E>(self, text: &str) -> Result<(), E> {
        self.writer.open(self.name);
        self.writer.text(text);
        self.writer.close(self.name);
        Ok(())
    }
}

impl<'de> Visitor<'de> for Element<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar("")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.scalar(if value { "true" } else { "false" })
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.scalar(&value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.scalar(&value.to_string())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.scalar(&value.to_string())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.scalar(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let is_result = self.writer.depth == 1 && self.name == "result";
        loop {
            let start = self.writer.out.len();
            let item = Element {
                writer: self.writer,
                name: self.name,
            };
            if items.next_element_seed(item)?.is_none() {
                return Ok(());
            }
            if is_result {
                let end = self.writer.out.len();
                self.writer.rows.push(start..end);
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.writer.open(self.name);
        while let Some(name) = members.next_key::<String>()? {
            members.next_value_seed(Element {
                writer: self.writer,
                name: &name,
            })?;
        }
        self.writer.close(self.name);
        Ok(())
    }
}

/// A body as the JSON that would say the same: what is in the root, or in its first `entry`.
pub fn body(bytes: &[u8]) -> Result<Value, Failure> {
    let unreadable = |reason: String| Failure::unreadable(&reason);
    let text = std::str::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Node> = vec![Node::default()];
    loop {
        let event = reader
            .read_event()
            .map_err(|error| unreadable(error.to_string()))?;
        match event {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err(unreadable("elements are nested too deep".to_owned()));
                }
                open.push(Node::named(start.name().as_ref()));
            }
            Event::Empty(empty) => {
                let node = Node::named(empty.name().as_ref());
                last(&mut open)?
                    .children
                    .push((node.name.clone(), node.value()));
            }
            Event::End(_) => {
                let node = open.pop().unwrap_or_default();
                last(&mut open)?
                    .children
                    .push((node.name.clone(), node.value()));
            }
            Event::Text(part) => {
                last(&mut open)?.text += &part.xml10_content();
            }
            Event::CData(part) => {
                last(&mut open)?.text += &part.xml10_content();
            }
            Event::GeneralRef(reference) => {
                let c = match reference.resolve_char_ref() {
                    Ok(Some(c)) => c.to_string(),
                    Ok(None) => quick_xml::escape::resolve_predefined_entity(&reference)
                        .map(str::to_owned)
                        .ok_or_else(|| unreadable(format!("unknown entity {}", &*reference)))?,
                    Err(error) => return Err(unreadable(error.to_string())),
                };
                last(&mut open)?.text += &c;
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::DocType(_) | Event::PI(_) => {}
        }
    }
    let root = match (open.pop(), open.is_empty()) {
        (Some(mut document), true) if document.children.len() == 1 => document.children.remove(0).1,
        _ => return Err(unreadable("expected one XML element".to_owned())),
    };
    match root {
        Value::Object(mut members) if members.contains_key("entry") => {
            Ok(members.remove("entry").unwrap_or_default())
        }
        root => Ok(root),
    }
}

const MAX_DEPTH: usize = 100;

fn last(open: &mut [Node]) -> Result<&mut Node, Failure> {
    open.last_mut()
        .ok_or_else(|| Failure::unreadable("an element ends that did not begin"))
}

#[derive(Default)]
struct Node {
    name: String,
    text: String,
    children: Vec<(String, Value)>,
}

impl Node {
    fn named(name: &str) -> Self {
        Node {
            name: name.to_owned(),
            ..Node::default()
        }
    }

    fn value(self) -> Value {
        if self.children.is_empty() {
            return self.text.into();
        }
        let mut members = Map::new();
        for (name, value) in self.children {
            match members.get_mut(&name) {
                None => {
                    members.insert(name, value);
                }
                Some(Value::Array(items)) => items.push(value),
                Some(known) => *known = Value::Array(vec![known.take(), value]),
            }
        }
        Value::Object(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(json: &str) -> String {
        let mut writer = Writer::default();
        writer.document(json.as_bytes()).unwrap();
        String::from_utf8(writer.out).unwrap()
    }

    #[test]
    fn members_are_elements_in_their_order() {
        for (json, xml) in [
            (
                r#"{"result":[{"b":"1","a":{"link":"x","value":"y"}},{"b":""}]}"#,
                "<response><result><b>1</b><a><link>x</link><value>y</value></a></result><result><b></b></result></response>",
            ),
            (r#"{"result":[]}"#, "<response></response>"),
            (
                r#"{"error":{"message":"a < b & c","detail":null},"status":"failure"}"#,
                "<response><error><message>a &lt; b &amp; c</message><detail></detail></error><status>failure</status></response>",
            ),
            (
                r#"{"a.b":1,"1x":true,"t":"\u0001\r"}"#,
                "<response><a.b>1</a.b><_x>true</_x><t>&#13;</t></response>",
            ),
        ] {
            assert_eq!(written(json), xml);
        }
    }

    #[test]
    fn rows_are_where_they_say() {
        let json = r#"{"result":[{"a":"1"},{"a":"2"}]}"#;
        let mut list = Answer::of_body(200, "application/json", json.into());
        list.rows = vec![0..1, 1..2];
        let list = answer(list);
        let rows: Vec<_> = list
            .rows
            .iter()
            .map(|row| &list.body[row.clone()])
            .collect();
        assert_eq!(
            rows,
            [b"<result><a>1</a></result>", b"<result><a>2</a></result>"]
        );
    }

    #[test]
    fn a_body_is_read_as_the_json_it_means() {
        for (xml, expected) in [
            (
                "<request><entry><a>1</a><b>x &amp; &#65;</b><c/></entry></request>",
                json!({"a": "1", "b": "x & A", "c": ""}),
            ),
            (
                "<?xml version=\"1.0\"?><incident><a><![CDATA[<b>]]></a></incident>",
                json!({"a": "<b>"}),
            ),
            (
                "<r><i>1</i><i>2</i><i>3</i></r>",
                json!({"i": ["1", "2", "3"]}),
            ),
        ] {
            assert_eq!(body(xml.as_bytes()).unwrap(), expected, "{xml}");
        }
        for bad in [
            "",
            "<a>",
            "<a></b>",
            "</a>",
            "<a/><b/>",
            "text",
            "<a>&nope;</a>",
            "\u{0}",
        ] {
            assert_eq!(
                body(bad.as_bytes()).map_err(|failure| failure.status),
                Err(400),
                "{bad}"
            );
        }
        let deep = "<a>".repeat(100_000);
        assert!(body(deep.as_bytes()).is_err());
    }
}
