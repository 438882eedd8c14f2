//! What values are in a call of the Table API and in its answer: stored ones, or those that are displayed.
//!
//! It is said by parameters, which may be set after the record is. So a record becomes a body when it is sent.

use std::borrow::Cow;

use super::{Body, Request, platform_api};
use crate::error::Result;
use crate::record::ValueForm;

impl Request {
    /// The request as it is sent.
    ///
    /// # Errors
    /// [`crate::Status::InvalidArgument`] where a field of its record cannot be sent.
    pub(crate) fn settled(&self) -> Result<Cow<'_, Request>> {
        let Some(record) = &self.record else {
            return Ok(Cow::Borrowed(self));
        };
        let mut request = self.clone();
        request.body = Body::Bytes(record.to_json_for_write(self.form_of_body())?.into());
        Ok(Cow::Owned(request))
    }

    /// What the instance takes values for that it is sent.
    pub(crate) fn form_of_body(&self) -> ValueForm {
        let displays = self.says("sysparm_input_display_value", "true");
        match (self.is_of_tables(), displays) {
            (false, _) => ValueForm::Unknown,
            (true, true) => ValueForm::Displayed,
            (true, false) => ValueForm::Stored,
        }
    }

    /// What values are that come alone. Where both forms were asked for, none does.
    pub(crate) fn form_of_answer(&self) -> ValueForm {
        let says = |form| self.says("sysparm_display_value", form);
        match self.is_of_tables() {
            true if says("true") => ValueForm::Displayed,
            true if !says("all") => ValueForm::Stored,
            _ => ValueForm::Unknown,
        }
    }

    fn says(&self, param: &str, value: &str) -> bool {
        let mut params = self.params.iter();
        params.any(|(name, said)| name == param && said.eq_ignore_ascii_case(value))
    }

    fn is_of_tables(&self) -> bool {
        platform_api(&self.path) == Some("table")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    #[test]
    fn which_values_go_and_come_is_said_to_the_table_api() {
        use ValueForm::{Displayed, Stored, Unknown};
        let (input, output) = ("sysparm_input_display_value", "sysparm_display_value");
        for (path, param, value, body, answer) in [
            (
                "/api/now/table/incident",
                "sysparm_limit",
                "true",
                Stored,
                Stored,
            ),
            (
                "/api/now/v2/table/incident/9a",
                input,
                "true",
                Displayed,
                Stored,
            ),
            ("/api/now/table/incident", input, "false", Stored, Stored),
            (
                "/api/now/v1/table/incident",
                output,
                "true",
                Stored,
                Displayed,
            ),
            ("/api/now/table/incident", output, "false", Stored, Stored),
            ("/api/now/table/incident", output, "all", Stored, Unknown),
            ("/api/now/import/imp_user", input, "true", Unknown, Unknown),
            ("/api/now/stats/table", output, "true", Unknown, Unknown),
            ("/api/x_acme/now/table", output, "true", Unknown, Unknown),
            ("/api", output, "true", Unknown, Unknown),
        ] {
            let mut request = Request::to_path("POST", path).expect("a path");
            request.set_param(param, value).expect("a name");
            let found = (request.form_of_body(), request.form_of_answer());
            assert_eq!(found, (body, answer), "{path} {param}={value}");
        }
    }

    #[test]
    fn a_record_is_sent_as_the_parameters_say_and_not_when_another_body_is_set() {
        let record = Record::from_json(br#"{"f":{"display_value":"Fred","value":"9a"}}"#);
        let record = record.expect("an object");
        let mut request = Request::to_path("POST", "/api/now/table/incident").expect("a path");
        let sent = |request: &Request| {
            let settled = request.settled().expect("it has both");
            String::from_utf8(settled.bytes().expect("in one").to_vec()).expect("text")
        };
        request.set_record(&record).expect("a record");
        assert_eq!(sent(&request), r#"{"f":"9a"}"#);
        let param = "sysparm_input_display_value";
        request.set_param(param, "true").expect("a name");
        assert_eq!(sent(&request), r#"{"f":"Fred"}"#);
        request.set_body("x", "text/plain").expect("a type");
        assert_eq!(sent(&request), "x");
    }
}
