//! The operators of the encoded query language that a REST client may send.
//!
//! One table holds for each its number in C, its name, its text in the query and its [`Shape`]: what
//! must follow it. The shape alone decides which values are accepted, so an operator cannot be added
//! without saying so. `VALCHANGES`, `CHANGESFROM` and `CHANGESTO` are left out because they mean
//! something in notification and flow conditions only; a REST query with them selects nothing useful.

macro_rules! operators {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $name:literal, $text:literal, $shape:ident;)+) => {
        /// How a condition compares its field.
        ///
        /// The numbers are those of the C header and are never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(i32)]
        pub enum Operator {
            $($(#[doc = $doc])+ $variant = $code,)+
        }

        impl Operator {
            /// Every operator, in the order of their numbers.
            pub const ALL: &'static [Operator] = &[$(Operator::$variant,)+];

            /// The operator with this number.
            #[must_use]
            pub fn from_code(code: i32) -> Option<Operator> {
                match code {
                    $($code => Some(Operator::$variant),)+
                    _ => None,
                }
            }

            /// The name of the operator in C, such as `"SNOW_EQ"`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Operator::$variant => $name,)+
                }
            }

            /// The operator as it is written in an encoded query, such as `"NOT IN"`.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self {
                    $(Operator::$variant => $text,)+
                }
            }

            pub(super) fn shape(self) -> Shape {
                match self {
                    $(Operator::$variant => Shape::$shape,)+
                }
            }
        }
    };
}

operators! {
    /// Equal. With an empty value: the field is empty.
    Eq = 1, "SNOW_EQ", "=", Text;
    /// Not equal; also matches rows in which the field is empty. With an empty value: it is not empty.
    Ne = 2, "SNOW_NE", "!=", Text;
    /// Less than, or earlier than.
    Lt = 3, "SNOW_LT", "<", Text;
    /// Less than or equal, or not later than.
    Le = 4, "SNOW_LE", "<=", Text;
    /// Greater than, or later than.
    Gt = 5, "SNOW_GT", ">", Text;
    /// Greater than or equal, or not earlier than.
    Ge = 6, "SNOW_GE", ">=", Text;
    /// One of a list.
    In = 7, "SNOW_IN", "IN", List;
    /// None of a list.
    NotIn = 8, "SNOW_NOT_IN", "NOT IN", List;
    /// From a lower to an upper bound, both included.
    Between = 9, "SNOW_BETWEEN", "BETWEEN", Range;
    /// Begins with a text; of a reference, its display value does.
    StartsWith = 10, "SNOW_STARTS_WITH", "STARTSWITH", Text;
    /// Ends with a text; of a reference, its display value does.
    EndsWith = 11, "SNOW_ENDS_WITH", "ENDSWITH", Text;
    /// Holds a text. There are no wildcards.
    Contains = 12, "SNOW_CONTAINS", "LIKE", Text;
    /// Does not hold a text.
    NotContains = 13, "SNOW_NOT_CONTAINS", "NOT LIKE", Text;
    /// Null or empty. Takes no value.
    IsEmpty = 14, "SNOW_IS_EMPTY", "ISEMPTY", Nothing;
    /// Neither null nor empty. Takes no value.
    IsNotEmpty = 15, "SNOW_IS_NOT_EMPTY", "ISNOTEMPTY", Nothing;
    /// The empty text, but not null. Takes no value.
    EmptyString = 16, "SNOW_EMPTY_STRING", "EMPTYSTRING", Nothing;
    /// Always true. Takes no value.
    Anything = 17, "SNOW_ANYTHING", "ANYTHING", Nothing;
    /// Equal to another field of the row. The value is that field, for dates also `field@unit`.
    SameAs = 18, "SNOW_SAME_AS", "SAMEAS", FieldOrUnit;
    /// Not equal to another field of the row. The value is that field, for dates also `field@unit`.
    NotSameAs = 19, "SNOW_NOT_SAME_AS", "NSAMEAS", FieldOrUnit;
    /// Greater than another field. The value is that field.
    GtField = 20, "SNOW_GT_FIELD", "GT_FIELD", Field;
    /// Less than another field. The value is that field.
    LtField = 21, "SNOW_LT_FIELD", "LT_FIELD", Field;
    /// Greater than or equal to another field. The value is that field.
    GeField = 22, "SNOW_GE_FIELD", "GT_OR_EQUALS_FIELD", Field;
    /// Less than or equal to another field. The value is that field.
    LeField = 23, "SNOW_LE_FIELD", "LT_OR_EQUALS_FIELD", Field;
    /// Further than a span of time from another date field. The value is `field@unit@before@n` or
    /// `field@unit@after@n`.
    MoreThan = 24, "SNOW_MORE_THAN", "MORETHAN", Distance;
    /// Nearer than a span of time to another date field. The value is `field@unit@before@n` or
    /// `field@unit@after@n`.
    LessThan = 25, "SNOW_LESS_THAN", "LESSTHAN", Distance;
    /// Within a day or another stretch of time. The value is a day (`2026-02-01`), a preset (`Today`,
    /// `Last 7 days`), or `label@start@end`.
    On = 26, "SNOW_ON", "ON", DateRange;
    /// Outside a day or another stretch of time. The value is that of [`Operator::On`].
    NotOn = 27, "SNOW_NOT_ON", "NOTON", DateRange;
    /// By a part of the date, such as each Monday. The value is
    /// `Monday@javascript:gs.datePart('dayofweek','monday','EE')`.
    DatePart = 28, "SNOW_DATE_PART", "DATEPART", DatePart;
    /// Later than a time relative to now. The value is `@hour@ago@1` or `@day@ahead@7`.
    RelativeGt = 29, "SNOW_RELATIVE_GT", "RELATIVEGT", Relative;
    /// Earlier than a time relative to now. The value is that of [`Operator::RelativeGt`].
    RelativeLt = 30, "SNOW_RELATIVE_LT", "RELATIVELT", Relative;
    /// Not earlier than a time relative to now. The value is that of [`Operator::RelativeGt`].
    RelativeGe = 31, "SNOW_RELATIVE_GE", "RELATIVEGE", Relative;
    /// Not later than a time relative to now. The value is that of [`Operator::RelativeGt`].
    RelativeLe = 32, "SNOW_RELATIVE_LE", "RELATIVELE", Relative;
    /// At a time relative to now. The value is that of [`Operator::RelativeGt`].
    RelativeEe = 33, "SNOW_RELATIVE_EE", "RELATIVEEE", Relative;
    /// By a dynamic filter option, such as "Me". The value is the option's `sys_id`.
    Dynamic = 34, "SNOW_DYNAMIC", "DYNAMIC", Id;
    /// Below a node of a hierarchy. The value is `hierarchy@node`, two ids.
    InHierarchy = 35, "SNOW_IN_HIERARCHY", "IN_HIERARCHY", IdPair;
    /// Below a node that a dynamic filter option names. The value is `hierarchy@option`, two ids.
    InHierarchyDynamic = 36, "SNOW_IN_HIERARCHY_DYNAMIC", "IN_HIERARCHY_DYNAMIC", IdPair;
    /// Of a class or of one derived from it; for `sys_class_name`. The value is a table name.
    InstanceOf = 37, "SNOW_INSTANCE_OF", "INSTANCEOF", Table;
    /// Without a tag; for `sys_tags.<id>`. The value is the tag's `sys_id`.
    DoesNotHave = 38, "SNOW_DOES_NOT_HAVE", "EXCLUDING", Id;
}

/// What must follow an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    DatePart,
    DateRange,
    Distance,
    Field,
    FieldOrUnit,
    Id,
    IdPair,
    List,
    Nothing,
    Range,
    Relative,
    Table,
    Text,
}

impl Operator {
    /// The number of the operator in C.
    #[must_use]
    pub fn code(self) -> i32 {
        self as i32
    }

    /// Whether an empty value says something: that the field is, or is not, empty. With any other
    /// operator an instance drops the condition, and the query matches more rows than was meant.
    pub(super) fn accepts_empty(self) -> bool {
        self.is_equality()
    }

    pub(super) fn is_equality(self) -> bool {
        matches!(self, Operator::Eq | Operator::Ne)
    }

    /// Whether it compares by order or equality, and so has a meaning for a point in time.
    pub(super) fn is_comparison(self) -> bool {
        use Operator::{Eq, Ge, Gt, Le, Lt, Ne};
        matches!(self, Eq | Ne | Lt | Le | Gt | Ge)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_operator_has_its_number_name_and_text() {
        let (mut names, mut texts) = (HashSet::new(), HashSet::new());
        for &operator in Operator::ALL {
            assert_eq!(Operator::from_code(operator.code()), Some(operator));
            assert!(
                names.insert(operator.name()),
                "{} is used twice",
                operator.name()
            );
            assert!(
                texts.insert(operator.text()),
                "{} is used twice",
                operator.text()
            );
            assert!(operator.name().starts_with("SNOW_"));
        }
        assert!(
            Operator::ALL
                .windows(2)
                .all(|pair| pair[0].code() < pair[1].code())
        );
    }

    #[test]
    fn numbers_without_an_operator_give_none() {
        for code in [i32::MIN, -1, 0, 39, i32::MAX] {
            assert_eq!(Operator::from_code(code), None, "{code}");
        }
    }

    #[test]
    fn operators_that_only_flows_understand_do_not_exist() {
        for text in ["VALCHANGES", "CHANGESFROM", "CHANGESTO"] {
            assert!(
                Operator::ALL.iter().all(|operator| operator.text() != text),
                "{text}"
            );
        }
    }
}
