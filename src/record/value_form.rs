//! Whether values are stored ones or displayed ones, where that shows nowhere in them.

/// What a value is that comes or goes alone, and not as `{"value":…}` or `{"display_value":…}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ValueForm {
    /// Whoever made it knows.
    #[default]
    Unknown,
    Stored,
    Displayed,
}

impl ValueForm {
    /// Whether a value of this form is one that is taken in that form.
    pub(super) fn fits(self, taken: ValueForm) -> bool {
        self == taken || self == ValueForm::Unknown || taken == ValueForm::Unknown
    }
}
