//! One column: its type, the table it refers to, its choices.

/// A column of a table, in the dictionary's terms.
#[derive(Clone, Debug)]
pub struct Column {
    pub element: String,
    pub label: String,
    pub internal_type: InternalType,
    /// The table that a reference or a list of references points to.
    pub reference: Option<String>,
    pub max_length: u32,
    pub choices: Vec<Choice>,
}

impl Column {
    pub fn new(element: &str, label: &str, internal_type: InternalType) -> Self {
        Column {
            element: element.to_owned(),
            label: label.to_owned(),
            internal_type,
            reference: None,
            max_length: internal_type.default_length(),
            choices: Vec::new(),
        }
    }

    pub fn referring_to(mut self, table: &str) -> Self {
        self.reference = Some(table.to_owned());
        self
    }

    /// The table a single reference points to; a list of references has none.
    pub fn reference_target(&self) -> Option<&str> {
        match self.internal_type {
            InternalType::Reference => self.reference.as_deref(),
            _ => None,
        }
    }

    pub fn label_of(&self, value: &str) -> Option<&str> {
        self.choices
            .iter()
            .find(|choice| choice.value == value)
            .map(|choice| choice.label.as_str())
    }

    pub fn value_of(&self, label: &str) -> Option<&str> {
        self.choices
            .iter()
            .find(|choice| choice.label.eq_ignore_ascii_case(label))
            .map(|choice| choice.value.as_str())
    }
}

/// A value of a choice column and what people see for it.
#[derive(Clone, Debug)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// The types this instance treats specially, named as `sys_glide_object` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InternalType {
    Boolean,
    Currency,
    Date,
    DateTime,
    Decimal,
    DueDate,
    Duration,
    Float,
    GlideList,
    Guid,
    Integer,
    Journal,
    JournalInput,
    JournalList,
    Password,
    Reference,
    String,
    SysClassName,
    Timer,
    /// Any other type: text as far as this instance is concerned.
    Other(&'static str),
}

impl InternalType {
    const ALL: [InternalType; 19] = [
        InternalType::Boolean,
        InternalType::Currency,
        InternalType::Date,
        InternalType::DateTime,
        InternalType::Decimal,
        InternalType::DueDate,
        InternalType::Duration,
        InternalType::Float,
        InternalType::GlideList,
        InternalType::Guid,
        InternalType::Integer,
        InternalType::Journal,
        InternalType::JournalInput,
        InternalType::JournalList,
        InternalType::Password,
        InternalType::Reference,
        InternalType::String,
        InternalType::SysClassName,
        InternalType::Timer,
    ];

    pub fn name(self) -> &'static str {
        match self {
            InternalType::Boolean => "boolean",
            InternalType::Currency => "currency",
            InternalType::Date => "glide_date",
            InternalType::DateTime => "glide_date_time",
            InternalType::Decimal => "decimal",
            InternalType::DueDate => "due_date",
            InternalType::Duration => "glide_duration",
            InternalType::Float => "float",
            InternalType::GlideList => "glide_list",
            InternalType::Guid => "GUID",
            InternalType::Integer => "integer",
            InternalType::Journal => "journal",
            InternalType::JournalInput => "journal_input",
            InternalType::JournalList => "journal_list",
            InternalType::Password => "password",
            InternalType::Reference => "reference",
            InternalType::String => "string",
            InternalType::SysClassName => "sys_class_name",
            InternalType::Timer => "timer",
            InternalType::Other(name) => name,
        }
    }

    /// A type this instance does not know is text.
    pub fn from_name(name: &'static str) -> Self {
        Self::ALL
            .into_iter()
            .find(|known| known.name() == name)
            .unwrap_or(InternalType::Other(name))
    }

    pub fn is_date_time(self) -> bool {
        matches!(self, InternalType::DateTime | InternalType::DueDate)
    }

    pub fn is_duration(self) -> bool {
        matches!(self, InternalType::Duration | InternalType::Timer)
    }

    pub fn is_journal(self) -> bool {
        matches!(
            self,
            InternalType::Journal | InternalType::JournalInput | InternalType::JournalList
        )
    }

    pub fn is_numeric(self) -> bool {
        matches!(
            self,
            InternalType::Currency
                | InternalType::Decimal
                | InternalType::Float
                | InternalType::Integer
        )
    }

    fn default_length(self) -> u32 {
        match self {
            InternalType::Guid | InternalType::Reference => 32,
            InternalType::GlideList | InternalType::Journal | InternalType::JournalInput => 4000,
            InternalType::String => 255,
            _ => 40,
        }
    }
}
