//! What is written means what was built: random calls, read back by a reader that shares nothing with
//! the code under test.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proptest::prelude::*;

use super::outcome;
use crate::query::{Operator, Query};

/// Branches of terms of alternatives, each (field, operator, value).
type Tree = Vec<Vec<Vec<Atom>>>;
type Atom = (String, String, String);

#[derive(Clone, Debug)]
enum Step {
    Single(String, usize, Option<String>),
    List(String, bool, Vec<String>),
    Range(String, String, String),
    Script(String, usize, String),
    Or,
    NewQuery,
    OrderBy(String, bool),
    Raw(Vec<Step>),
}

/// Pieces that a careless encoder would trip over.
const VALUE_PIECES: &[&str] = &[
    "a",
    "1",
    "é",
    " ",
    "^",
    "^^",
    "=",
    "!",
    "<",
    ">",
    "*",
    "%",
    ",",
    "@",
    "OR",
    "NQ",
    "EQ",
    "ORDERBY",
    "IN",
    "NOT IN",
    "_HIERARCHY",
    "_DYNAMIC",
    "STANCEOF",
    "LIKE",
    "ON",
    "ISEMPTY",
    "_FIELD",
    "RLQUERY",
    "ENDRLQUERY",
    "javascript:",
    "JOIN",
    "@hour@ago@1",
    "b=1",
    "Today",
    "DESC",
    "\n",
    "\u{0}",
];

const FIELD_PIECES: &[&str] = &[
    "a", "b", "sys_id", "u_", "_", ".", "1", "OR", "NQ", "EQ", "IN", "N", "NOT", "I", "DERBY",
    "ORDERBY", "DESC", "ON", "GT", "LIKE", "JOIN", "GROUPBY", "RLQUERY", "=", "^",
];

fn joined(
    pieces: &'static [&'static str],
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(pieces), count).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![4 => joined(VALUE_PIECES, 0..5), 1 => any::<String>()]
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![3 => prop::sample::select(&["a", "b", "c.d", "sys_id"]).prop_map(str::to_owned), 2 => joined(FIELD_PIECES, 1..4)]
}

fn flat_step() -> impl Strategy<Value = Step> {
    let operator = 0..Operator::ALL.len();
    prop_oneof![
        6 => (field(), operator.clone(), prop::option::weighted(0.8, value())).prop_map(|(f, o, v)| Step::Single(f, o, v)),
        2 => (field(), any::<bool>(), prop::collection::vec(value(), 0..4)).prop_map(|(f, n, v)| Step::List(f, n, v)),
        1 => (field(), value(), value()).prop_map(|(f, l, h)| Step::Range(f, l, h)),
        1 => (field(), operator, value()).prop_map(|(f, o, v)| Step::Script(f, o, v)),
        3 => Just(Step::Or),
        2 => Just(Step::NewQuery),
        1 => (field(), any::<bool>()).prop_map(|(f, d)| Step::OrderBy(f, d)),
    ]
}

fn flat_steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(flat_step(), 0..12)
}

fn steps_with_raw() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(
        prop_oneof![4 => flat_step(), 1 => flat_steps().prop_map(Step::Raw)],
        0..10,
    )
}

/// The conditions of one group in brackets, which the language itself has not.
#[derive(Clone, Debug)]
enum Factor {
    Term(Vec<Atom>),
    Raw(Vec<Vec<Factor>>),
}

/// What the accepted calls mean.
#[derive(Default, Debug)]
struct Model {
    groups: Vec<Vec<Factor>>,
    order: Vec<(String, bool)>,
    or_pending: bool,
}

impl Model {
    fn add(&mut self, atom: Atom) {
        let or_pending = std::mem::take(&mut self.or_pending);
        let group = self.group();
        match group.last_mut() {
            Some(Factor::Term(term)) if or_pending => term.push(atom),
            _ => group.push(Factor::Term(vec![atom])),
        }
    }

    fn add_raw(&mut self, raw: Model) {
        self.order.extend(raw.order);
        let mut groups = raw.groups;
        groups.retain(|group| !group.is_empty());
        if groups.is_empty() {
            return;
        }
        if let [group] = &groups[..]
            && let [Factor::Term(atoms)] = &group[..]
        {
            for (index, atom) in atoms.iter().enumerate() {
                self.or_pending |= index > 0;
                self.add(atom.clone());
            }
            return;
        }
        self.group().push(Factor::Raw(groups));
    }

    fn group(&mut self) -> &mut Vec<Factor> {
        if self.groups.is_empty() {
            self.groups.push(Vec::new());
        }
        self.groups.last_mut().expect("pushed above")
    }
}

fn run(steps: &[Step]) -> (Query, Model) {
    let (mut query, mut model) = (Query::new(), Model::default());
    for step in steps {
        apply(step, &mut query, &mut model);
    }
    (query, model)
}

fn apply(step: &Step, query: &mut Query, model: &mut Model) {
    match step {
        Step::Single(field, index, value) => {
            let operator = Operator::ALL[*index];
            if query.filter(field, operator, value.as_deref()).is_ok() {
                let operator = match (operator, value) {
                    (Operator::Eq, None) => Operator::IsEmpty,
                    (Operator::Ne, None) => Operator::IsNotEmpty,
                    (operator, _) => operator,
                };
                let value = value.clone().unwrap_or_default();
                // The one value that is written in another form than it was given.
                let value = if value == "Today"
                    && matches!(operator, Operator::On | Operator::NotOn)
                {
                    "Today@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()".to_owned()
                } else {
                    value
                };
                model.add((field.clone(), operator.text().to_owned(), value));
            }
        }
        Step::List(field, negated, items) => {
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            let (result, operator) = if *negated {
                (query.filter_not_in(field, &items), "NOT IN")
            } else {
                (query.filter_in(field, &items), "IN")
            };
            if result.is_ok() {
                model.add((field.clone(), operator.to_owned(), items.join(",")));
            }
        }
        Step::Range(field, low, high) => {
            if query.filter_between(field, low, high).is_ok() {
                model.add((field.clone(), "BETWEEN".to_owned(), format!("{low}@{high}")));
            }
        }
        Step::Script(field, index, script) => {
            let operator = Operator::ALL[*index];
            if query.filter_script(field, operator, script).is_ok() {
                model.add((
                    field.clone(),
                    operator.text().to_owned(),
                    format!("javascript:{script}"),
                ));
            }
        }
        Step::Or => {
            if query.or().is_ok() {
                model.or_pending = true;
            }
        }
        Step::NewQuery => {
            if query.new_query().is_ok() {
                model.groups.push(Vec::new());
            }
        }
        Step::OrderBy(field, descending) => {
            let result = if *descending {
                query.order_by_desc(field)
            } else {
                query.order_by(field)
            };
            if result.is_ok() {
                model.order.push((field.clone(), *descending));
            }
        }
        Step::Raw(steps) => {
            let (inner, inner_model) = run(steps);
            if let Ok(text) = inner.encoded()
                && query.raw(&text).is_ok()
            {
                model.add_raw(inner_model);
            }
        }
    }
}

/// Reads an encoded query by section 3 of the language: `^^` first, then `^NQ`, `^OR` and `^`, and in
/// each condition the longest operator at the first place where one stands.
fn read(text: &str) -> (Tree, Vec<(String, bool)>) {
    const PROTECTED: &str = "\u{1}";
    let protected = text.replace("^^", PROTECTED);
    let (mut tree, mut order): (Tree, Vec<(String, bool)>) = (Vec::new(), Vec::new());
    for (index, piece) in protected.split('^').enumerate() {
        if piece.is_empty() && protected.is_empty() {
            continue;
        }
        if let Some(key) = piece.strip_prefix("ORDERBY") {
            order.push(match key.strip_prefix("DESC") {
                Some(field) => (field.to_owned(), true),
                None => (key.to_owned(), false),
            });
        } else if let Some(condition) = piece.strip_prefix("NQ").filter(|_| index > 0) {
            tree.push(vec![vec![read_condition(condition, PROTECTED)]]);
        } else if let Some(condition) = piece.strip_prefix("OR").filter(|_| index > 0) {
            let term = tree
                .last_mut()
                .and_then(|branch| branch.last_mut())
                .expect("a condition before OR");
            term.push(read_condition(condition, PROTECTED));
        } else {
            if tree.is_empty() {
                tree.push(Vec::new());
            }
            let branch = tree.last_mut().expect("pushed above");
            branch.push(vec![read_condition(piece, PROTECTED)]);
        }
    }
    (tree, order)
}

fn read_condition(text: &str, protected: &str) -> Atom {
    // Sorted by length, longest first; written out from the documentation, not taken from the code.
    const OPERATORS: &[&str] = &[
        "IN_HIERARCHY_DYNAMIC",
        "GT_OR_EQUALS_FIELD",
        "LT_OR_EQUALS_FIELD",
        "DOES NOT CONTAIN",
        "IN_HIERARCHY",
        "CHANGESFROM",
        "DOESNOTHAVE",
        "EMPTYSTRING",
        "INSTANCEOF",
        "ISNOTEMPTY",
        "RELATIVEEE",
        "RELATIVEGE",
        "RELATIVEGT",
        "RELATIVELE",
        "RELATIVELT",
        "STARTSWITH",
        "VALCHANGES",
        "CHANGESTO",
        "EXCLUDING",
        "ANYTHING",
        "CONTAINS",
        "DATEPART",
        "ENDSWITH",
        "GT_FIELD",
        "LESSTHAN",
        "LT_FIELD",
        "MORETHAN",
        "NOT LIKE",
        "BETWEEN",
        "DYNAMIC",
        "ISEMPTY",
        "NOTLIKE",
        "NSAMEAS",
        "NOT IN",
        "SAMEAS",
        "NOTON",
        "LIKE",
        "IN",
        "ON",
        "!=",
        "!*",
        "<=",
        ">=",
        "=",
        "<",
        ">",
        "*",
        "%",
    ];
    for at in (0..text.len()).filter(|&at| text.is_char_boundary(at)) {
        for operator in OPERATORS {
            if let Some(value) = text[at..].strip_prefix(operator) {
                return (
                    text[..at].to_owned(),
                    (*operator).to_owned(),
                    value.replace(protected, "^"),
                );
            }
        }
    }
    panic!("no operator in {text:?}");
}

/// Whether a row with these truths is selected; a condition is true or false as its hash has it.
fn selects_tree(tree: &Tree, seed: u64) -> bool {
    tree.is_empty()
        || tree.iter().any(|branch| {
            branch
                .iter()
                .all(|term| term.iter().any(|atom| truth(atom, seed)))
        })
}

fn selects_groups(groups: &[Vec<Factor>], seed: u64) -> bool {
    groups.iter().any(|group| {
        group.iter().all(|factor| match factor {
            Factor::Term(term) => term.iter().any(|atom| truth(atom, seed)),
            Factor::Raw(groups) => selects_groups(groups, seed),
        })
    })
}

fn truth(atom: &Atom, seed: u64) -> bool {
    let mut hasher = DefaultHasher::new();
    (atom, seed).hash(&mut hasher);
    // Mostly true, or long conjunctions would all be false alike.
    !hasher.finish().is_multiple_of(4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_built_is_what_is_read(steps in flat_steps()) {
        let (query, model) = run(&steps);
        let Ok(text) = query.encoded() else {
            prop_assert!(model.or_pending || model.groups.last().is_some_and(Vec::is_empty));
            return Ok(());
        };
        let expected: Tree = model
            .groups
            .iter()
            .map(|group| {
                group
                    .iter()
                    .map(|factor| match factor {
                        Factor::Term(term) => term.clone(),
                        Factor::Raw(_) => unreachable!("flat steps have none"),
                    })
                    .collect()
            })
            .collect();
        let (tree, order) = read(&text);
        prop_assert_eq!(tree, expected, "{}", text);
        prop_assert_eq!(order, model.order, "{}", text);
    }

    #[test]
    fn raw_queries_keep_their_meaning(steps in steps_with_raw(), seed: u64) {
        let (query, model) = run(&steps);
        let Ok(text) = query.encoded() else { return Ok(()) };
        let (tree, order) = read(&text);
        prop_assert_eq!(order, model.order, "{}", text);
        for seed in (0..16).map(|offset| seed.wrapping_add(offset)) {
            let expected = model.groups.is_empty() || selects_groups(&model.groups, seed);
            prop_assert_eq!(selects_tree(&tree, seed), expected, "{}", text);
        }
    }

    #[test]
    fn a_page_is_the_query_and_its_cursor_in_every_branch(steps in steps_with_raw(), after in "[0-9a-f]{32}") {
        let (query, _) = run(&steps);
        let Ok(text) = query.encoded() else { return Ok(()) };
        let cursor = vec![("sys_id".to_owned(), ">".to_owned(), after.clone())];
        let (mut expected, _) = read(&text);
        if expected.is_empty() {
            expected.push(Vec::new());
        }
        for branch in &mut expected {
            branch.push(cursor.clone());
        }
        let page = query.keyset_page(Some(&after), None).expect("complete, as its text was written");
        let (tree, order) = read(&page);
        prop_assert_eq!(tree, expected, "{}", page);
        prop_assert_eq!(order, vec![("sys_id".to_owned(), false)]);
    }

    #[test]
    fn what_was_encoded_is_kept_as_a_raw_query(steps in flat_steps()) {
        let (query, _) = run(&steps);
        let Ok(text) = query.encoded() else { return Ok(()) };
        let mut again = Query::new();
        again.raw(&text).expect("own text is accepted");
        prop_assert_eq!(outcome(again.encoded()), text);
    }

    #[test]
    fn any_text_is_taken_or_refused_without_a_panic(text in joined(VALUE_PIECES, 0..12), other in any::<String>()) {
        for text in [text, other] {
            let mut query = Query::new();
            if query.raw(&text).is_ok() {
                let written = query.encoded().expect("a raw query is complete");
                let mut again = Query::new();
                again.raw(&written).expect("own text is accepted");
                prop_assert_eq!(outcome(again.encoded()), written);
            }
        }
    }
}
