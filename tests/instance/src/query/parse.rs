//! The grammar of encoded queries.
//!
//! `^^` is a literal `^` and is dealt with first. What is left is split on `^`; a part beginning with
//! `ORDERBY`, `GROUPBY`, `NQ` or `OR`, or equal to `EQ`, is structure, any other a condition. Within a
//! condition the field ends where its lower-case name ends, and the longest operator wins, so that
//! `NOT IN` is not taken for the start of something else.

use super::related::Related;

/// A parsed query. It matches a record if one of its groups does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EncodedQuery {
    pub groups: Vec<Group>,
    pub order: Vec<OrderKey>,
}

/// Conditions that must all hold, each a list of alternatives.
pub type Group = Vec<Vec<Term>>;

#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    pub field: String,
    pub descending: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    Condition(Condition),
    /// `123TEXTQUERY321=words`: all words, anywhere in the record.
    FullText(String),
    /// So many records of another table refer to this one by the field named here.
    Related(String, Related),
    /// Neither field nor operator could be made out.
    Malformed(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub field: String,
    pub operator: Operator,
    pub value: String,
}

impl EncodedQuery {
    pub fn parse(text: &str) -> Self {
        Self::parse_inside(text, 0)
    }

    /// A query that stands inside so many blocks or joins.
    pub(super) fn parse_inside(text: &str, depth: usize) -> Self {
        let mut query = EncodedQuery::default();
        let mut group = Group::new();
        let mut parts = parts(text).into_iter();
        while let Some(part) = parts.next() {
            if let Some(field) = part.strip_prefix("ORDERBYDESC") {
                query.order.push(OrderKey {
                    field: unescaped(field),
                    descending: true,
                });
            } else if let Some(field) = part.strip_prefix("ORDERBY") {
                query.order.push(OrderKey {
                    field: unescaped(field),
                    descending: false,
                });
            } else if part.is_empty()
                || part == "EQ"
                || part.starts_with("GROUPBY")
                || part.starts_with("123TEXTINDEXGROUP321=")
            {
                // Written by the list view; without effect here.
            } else if let Some(first) = part.strip_prefix("NQ") {
                query.groups.push(std::mem::take(&mut group));
                if !first.is_empty() {
                    group.push(vec![term(first, &mut parts, depth)]);
                }
            } else if let Some(alternative) = part.strip_prefix("OR") {
                let term = term(alternative, &mut parts, depth);
                match group.last_mut() {
                    Some(alternatives) => alternatives.push(term),
                    None => group.push(vec![term]),
                }
            } else {
                group.push(vec![term(part, &mut parts, depth)]);
            }
        }
        query.groups.push(group);
        query
    }

    /// Whether a value is a script.
    pub fn has_script(&self) -> bool {
        let terms = self.groups.iter().flatten().flatten();
        terms.into_iter().any(|term| match term {
            Term::Condition(condition) => condition.value.contains("javascript:"),
            Term::Related(_, related) => related.inner.has_script(),
            Term::FullText(_) | Term::Malformed(_) => false,
        })
    }

    /// Adds a condition that must hold in every group.
    pub fn restrict(&mut self, alternatives: &[Term]) {
        for group in &mut self.groups {
            group.push(alternatives.to_vec());
        }
    }

    /// Takes out all that it says of a field: conditions and order. Returns what was taken out.
    pub fn leave_out(&mut self, field: &str) -> Vec<String> {
        let mut taken = Vec::new();
        for alternatives in self.groups.iter_mut().flatten() {
            alternatives.retain(|term| match term {
                Term::Condition(condition) if condition.field == field => {
                    taken.push(format!("{field}{:?}", condition.operator));
                    false
                }
                _ => true,
            });
        }
        self.order.retain(|key| {
            let stays = key.field != field;
            if !stays {
                taken.push(format!("ORDERBY{field}"));
            }
            stays
        });
        taken
    }

    /// A query of one condition list, as the name=value form gives it.
    pub fn of_conditions(conditions: impl Iterator<Item = Condition>) -> Self {
        let group = conditions
            .map(|condition| vec![Term::Condition(condition)])
            .collect();
        EncodedQuery {
            groups: vec![group],
            order: Vec::new(),
        }
    }
}

/// A condition, or a related-list block, whose parts up to its end are taken from those that follow. What
/// stands inside a block or a join is a query of its own, and keeps its `^^` until it is read as one.
fn term<'a>(part: &'a str, rest: &mut impl Iterator<Item = &'a str>, depth: usize) -> Term {
    let malformed = || Term::Malformed(unescaped(part));
    if depth == MAX_DEPTH {
        return malformed();
    }
    if let Some(head) = part.strip_prefix("RLQUERY") {
        let inner: Vec<&str> = rest.take_while(|part| *part != "ENDRLQUERY").collect();
        let related = Related::parse(head, &inner, depth + 1);
        return related.map_or_else(malformed, |related| {
            Term::Related("sys_id".to_owned(), related)
        });
    }
    if let Some(join) = part.strip_prefix("JOIN") {
        let related = Related::parse_join(join, depth + 1);
        return related.map_or_else(malformed, |(own_field, related)| {
            Term::Related(own_field, related)
        });
    }
    parse_term(&unescaped(part))
}

/// A join in a join, and so on: each is read and looked up within the one before, for which the stack must do.
const MAX_DEPTH: usize = 8;

/// What stands between single carets; two carets are one in a value.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(at) = text[from..].find('^').map(|at| from + at) {
        if text[at + 1..].starts_with('^') {
            from = at + 2;
        } else {
            parts.push(&text[start..at]);
            start = at + 1;
            from = start;
        }
    }
    parts.push(&text[start..]);
    parts
}

fn unescaped(part: &str) -> String {
    part.replace("^^", "^")
}

fn parse_term(text: &str) -> Term {
    if let Some(words) = text.strip_prefix("123TEXTQUERY321=") {
        return Term::FullText(words.to_owned());
    }
    let end = text
        .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.'));
    let (field, rest) = text.split_at(end.unwrap_or(text.len()));
    match Operator::at_start_of(rest) {
        Some((operator, value)) if !field.is_empty() => Term::Condition(Condition {
            field: field.to_owned(),
            operator,
            value: value.to_owned(),
        }),
        _ => Term::Malformed(text.to_owned()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Anything,
    Between,
    ChangesFrom,
    ChangesTo,
    Contains,
    DatePart,
    Dynamic,
    EndsWith,
    Equals,
    /// The name=value form: the stored value or what is displayed for it.
    EqualsOrDisplays,
    Excluding,
    GreaterField,
    GreaterOrEqualField,
    GreaterOrEquals,
    GreaterThan,
    In,
    InHierarchy,
    InHierarchyDynamic,
    InstanceOf,
    IsEmpty,
    IsNotEmpty,
    LessField,
    LessOrEqualField,
    LessOrEquals,
    LessThan,
    LessThanApart,
    MoreThanApart,
    NotContains,
    NotEquals,
    NotIn,
    NotOn,
    NotSameAs,
    On,
    Relative(Comparison),
    SameAs,
    StartsWith,
    ValueChanges,
}

/// The two-letter comparisons of relative dates and date parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "EE" => Comparison::Equal,
            "GT" => Comparison::Greater,
            "GE" => Comparison::GreaterOrEqual,
            "LT" => Comparison::Less,
            "LE" => Comparison::LessOrEqual,
            _ => return None,
        })
    }

    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
        }
    }
}

impl Operator {
    fn at_start_of(text: &str) -> Option<(Operator, &str)> {
        SPELLINGS
            .iter()
            .filter(|(spelling, _)| text.starts_with(spelling))
            .max_by_key(|(spelling, _)| spelling.len())
            .map(|(spelling, operator)| (*operator, &text[spelling.len()..]))
    }
}

const SPELLINGS: [(&str, Operator); 49] = [
    ("=", Operator::Equals),
    ("!=", Operator::NotEquals),
    ("<", Operator::LessThan),
    ("<=", Operator::LessOrEquals),
    (">", Operator::GreaterThan),
    (">=", Operator::GreaterOrEquals),
    ("%", Operator::EndsWith),
    ("*", Operator::Contains),
    ("!*", Operator::NotContains),
    ("ANYTHING", Operator::Anything),
    ("BETWEEN", Operator::Between),
    ("CHANGESFROM", Operator::ChangesFrom),
    ("CHANGESTO", Operator::ChangesTo),
    ("CONTAINS", Operator::Contains),
    ("DATEPART", Operator::DatePart),
    ("DOES NOT CONTAIN", Operator::NotContains),
    ("DOESNOTHAVE", Operator::Excluding),
    ("DYNAMIC", Operator::Dynamic),
    ("EMPTYSTRING", Operator::IsEmpty),
    ("ENDSWITH", Operator::EndsWith),
    ("EXCLUDING", Operator::Excluding),
    ("GT_FIELD", Operator::GreaterField),
    ("GT_OR_EQUALS_FIELD", Operator::GreaterOrEqualField),
    ("IN", Operator::In),
    ("INSTANCEOF", Operator::InstanceOf),
    ("IN_HIERARCHY", Operator::InHierarchy),
    ("IN_HIERARCHY_DYNAMIC", Operator::InHierarchyDynamic),
    ("ISEMPTY", Operator::IsEmpty),
    ("ISNOTEMPTY", Operator::IsNotEmpty),
    ("LESSTHAN", Operator::LessThanApart),
    ("LIKE", Operator::Contains),
    ("LT_FIELD", Operator::LessField),
    ("LT_OR_EQUALS_FIELD", Operator::LessOrEqualField),
    ("MORETHAN", Operator::MoreThanApart),
    ("NOT IN", Operator::NotIn),
    ("NOT LIKE", Operator::NotContains),
    ("NOTIN", Operator::NotIn),
    ("NOTLIKE", Operator::NotContains),
    ("NOTON", Operator::NotOn),
    ("NSAMEAS", Operator::NotSameAs),
    ("ON", Operator::On),
    ("RELATIVEEE", Operator::Relative(Comparison::Equal)),
    ("RELATIVEGE", Operator::Relative(Comparison::GreaterOrEqual)),
    ("RELATIVEGT", Operator::Relative(Comparison::Greater)),
    ("RELATIVELE", Operator::Relative(Comparison::LessOrEqual)),
    ("RELATIVELT", Operator::Relative(Comparison::Less)),
    ("SAMEAS", Operator::SameAs),
    ("STARTSWITH", Operator::StartsWith),
    ("VALCHANGES", Operator::ValueChanges),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn written(term: &Term) -> String {
        match term {
            Term::Condition(condition) => format!(
                "{} {:?} {}",
                condition.field, condition.operator, condition.value
            ),
            Term::FullText(words) => format!("text {words}"),
            Term::Related(field, related) => {
                format!("{field} in {}.{}", related.table, related.field)
            }
            Term::Malformed(text) => format!("? {text}"),
        }
    }

    fn shape(text: &str) -> Vec<Vec<Vec<String>>> {
        let query = EncodedQuery::parse(text);
        query
            .groups
            .iter()
            .map(|group| {
                group
                    .iter()
                    .map(|terms| terms.iter().map(written).collect())
                    .collect()
            })
            .collect()
    }

    #[test]
    fn or_binds_to_the_condition_before_it() {
        assert_eq!(
            shape("a=1^ORa=2^b=3"),
            [vec![
                vec!["a Equals 1".to_owned(), "a Equals 2".into()],
                vec!["b Equals 3".into()]
            ]]
        );
    }

    #[test]
    fn a_new_query_starts_a_group() {
        assert_eq!(
            shape("a=1^b=2^NQc=3^EQ"),
            [
                vec![vec!["a Equals 1".to_owned()], vec!["b Equals 2".into()]],
                vec![vec!["c Equals 3".into()]],
            ]
        );
    }

    #[test]
    fn order_may_be_the_whole_query_and_is_no_alternative() {
        let query = EncodedQuery::parse("ORDERBYDESCsys_created_on^ORDERBYsys_id");
        assert_eq!(query.groups, [Group::new()]);
        let keys: Vec<_> = query
            .order
            .iter()
            .map(|key| (key.field.as_str(), key.descending))
            .collect();
        assert_eq!(keys, [("sys_created_on", true), ("sys_id", false)]);
    }

    #[test]
    fn two_carets_are_one_in_the_value() {
        assert_eq!(
            shape("a=x^^y^^^b=2"),
            [vec![
                vec!["a Equals x^y^".to_owned()],
                vec!["b Equals 2".into()]
            ]]
        );
    }

    #[test]
    fn two_carets_are_one_inside_a_block_and_a_join_too() {
        let inner = |text: &str| match &EncodedQuery::parse(text).groups[0][0][0] {
            Term::Related(_, related) => related.inner.groups[0]
                .iter()
                .map(|terms| terms.iter().map(written).collect::<Vec<_>>().join(" or "))
                .collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            inner("RLQUERYa.b,>=1,x=1^^2^y=^^^ORy=3^ENDRLQUERY^z=1"),
            ["x Equals 1^2", "y Equals ^ or y Equals 3"]
        );
        assert_eq!(inner("JOINt.sys_id=a.b!x=1^^2^z=1"), ["x Equals 1^2"]);
    }

    #[test]
    fn a_block_and_a_join_may_follow_or_and_nq() {
        assert_eq!(
            shape(
                "a=1^ORRLQUERYb.c,>=1^ENDRLQUERY^NQJOINt.sys_id=d.e^ORRLQUERYf.g,=0^x=1^ENDRLQUERY^h=1"
            ),
            [
                vec![vec!["a Equals 1".to_owned(), "sys_id in b.c".into()]],
                vec![
                    vec!["sys_id in d.e".to_owned(), "sys_id in f.g".into()],
                    vec!["h Equals 1".into()]
                ],
            ]
        );
    }

    #[test]
    fn the_longest_operator_wins() {
        for (text, expected) in [
            ("stateNOT IN6,7", "state NotIn 6,7"),
            ("stateINx", "state In x"),
            (
                "sys_class_nameINSTANCEOFcmdb_ci",
                "sys_class_name InstanceOf cmdb_ci",
            ),
            ("aISNOTEMPTY", "a IsNotEmpty "),
            ("a>=1", "a GreaterOrEquals 1"),
            ("a!=1", "a NotEquals 1"),
            ("aNOT LIKEb", "a NotContains b"),
            ("a!*b", "a NotContains b"),
            ("aONToday@b@c", "a On Today@b@c"),
            ("managerIN_HIERARCHYh@u", "manager InHierarchy h@u"),
            (
                "managerIN_HIERARCHY_DYNAMICh@u",
                "manager InHierarchyDynamic h@u",
            ),
            ("sys_tags.1aDOESNOTHAVE1a", "sys_tags.1a Excluding 1a"),
            ("sys_tags.1aEXCLUDING1a", "sys_tags.1a Excluding 1a"),
            ("stateVALCHANGES", "state ValueChanges "),
            ("stateCHANGESFROM4", "state ChangesFrom 4"),
            ("stateCHANGESTO4", "state ChangesTo 4"),
            ("a.b.cSTARTSWITHSAP", "a.b.c StartsWith SAP"),
            ("aGT_OR_EQUALS_FIELDb", "a GreaterOrEqualField b"),
            ("123TEXTQUERY321=two words", "text two words"),
            ("nothing", "? nothing"),
            ("=5", "? =5"),
            ("aWEIRD5", "? aWEIRD5"),
        ] {
            assert_eq!(written(&parse_term(text)), expected);
        }
    }
}
