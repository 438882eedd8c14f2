//! A form (`multipart/form-data`) that a body goes out in, as its last part.

use http::HeaderValue;

/// The fields of a form, and what its file is called.
#[derive(Clone)]
pub(crate) struct Form {
    pub(crate) fields: Vec<(&'static str, String)>,
    /// The name of the part that is the file.
    pub(crate) part: &'static str,
    /// Fit for the header of a part; see [`Form::file_name`].
    pub(crate) file_name: String,
    pub(crate) content_type: HeaderValue,
}

impl Form {
    /// The name of a file as forms write it. A line break would end the header of the part, so it stands
    /// as browsers write it. `None` where the name could be taken for one that was written so.
    pub(crate) fn file_name(name: &str) -> Option<String> {
        let upper = name.to_ascii_uppercase();
        let is_ambiguous = ["%22", "%0D", "%0A"]
            .iter()
            .any(|code| upper.contains(code));
        (!is_ambiguous).then(|| name.replace('\r', "%0D").replace('\n', "%0A"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_header_and_means_one_name() {
        assert_eq!(Form::file_name("a\r\nb: c").as_deref(), Some("a%0D%0Ab: c"));
        assert_eq!(Form::file_name("100% \"x\"").as_deref(), Some("100% \"x\""));
        for name in ["a%22", "%0d", "x%0A.txt"] {
            assert_eq!(Form::file_name(name), None, "{name}");
        }
    }
}
