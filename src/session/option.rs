//! Every option of a session by name, as text: for configuration files, and for languages that would
//! rather have one function than twenty.
//!
//! One table holds the names; the typed setters of [`Session`] do the work, so an option has one
//! meaning and one set of error messages.

use std::ffi::CStr;
use std::path::Path;
use std::time::Duration;

use super::Session;
use crate::error::{Error, Result, Status};

/// An option that can be set by name.
struct SessionOption {
    /// Ready to be shown to C.
    name: &'static CStr,
    set: fn(&mut Session, &str) -> Result<()>,
}

const OPTIONS: &[SessionOption] = &[
    SessionOption {
        name: c"allow_http",
        set: |s, v| {
            s.set_allow_http(boolean(v)?);
            Ok(())
        },
    },
    SessionOption {
        name: c"api_key",
        set: |s, v| s.set_api_key(v),
    },
    SessionOption {
        name: c"bearer_token",
        set: |s, v| s.set_bearer_token(v),
    },
    SessionOption {
        name: c"ca_file",
        set: |s, v| s.set_ca_file(Path::new(v)),
    },
    SessionOption {
        name: c"client_certificate",
        set: |s, v| s.set_client_certificate(Path::new(v), None, None),
    },
    SessionOption {
        name: c"connect_timeout_ms",
        set: |s, v| s.set_connect_timeout(milliseconds(v)?),
    },
    SessionOption {
        name: c"cookies",
        set: |s, v| {
            s.set_cookies(boolean(v)?);
            Ok(())
        },
    },
    SessionOption {
        name: c"max_in_flight",
        set: |s, v| {
            s.set_max_in_flight(number(v)?);
            Ok(())
        },
    },
    SessionOption {
        name: c"oauth_basic",
        set: |s, v| {
            s.set_oauth_basic(boolean(v)?);
            Ok(())
        },
    },
    SessionOption {
        name: c"proxy",
        set: |s, v| s.set_proxy(v),
    },
    SessionOption {
        name: c"retries",
        set: |s, v| s.set_retry(number(v)?, s.retry.max_wait),
    },
    SessionOption {
        name: c"retry_max_wait_ms",
        set: |s, v| s.set_retry(s.retry.retries, milliseconds(v)?),
    },
    SessionOption {
        name: c"tls_verify",
        set: |s, v| {
            s.set_tls_verify(boolean(v)?);
            Ok(())
        },
    },
    SessionOption {
        name: c"token_file",
        set: |s, v| s.set_token_file(Path::new(v)),
    },
    SessionOption {
        name: c"total_timeout_ms",
        set: |s, v| s.set_total_timeout(milliseconds(v)?),
    },
    SessionOption {
        name: c"user_agent",
        set: |s, v| s.set_user_agent(v),
    },
];

impl Session {
    /// Sets an option by its name, from text: booleans are `true` or `false`, times are in
    /// milliseconds.
    ///
    /// # Errors
    /// [`Status::UnknownOption`] with all the names there are; else as the option's own setter.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let Some(option) = OPTIONS
            .iter()
            .find(|option| option.name.to_bytes() == name.as_bytes())
        else {
            let names: Vec<_> = Session::option_names().collect();
            let message = format!(
                "name: no option has this name; there are {}",
                names.join(", ")
            );
            return Err(Error::new(Status::UnknownOption, message));
        };
        (option.set)(self, value).map_err(|error| error.about("value"))
    }

    /// The names that [`Session::set`] knows, in alphabetical order.
    pub fn option_names() -> impl ExactSizeIterator<Item = &'static str> {
        Session::option_names_c().map(|name| name.to_str().unwrap_or_default())
    }

    /// As [`Session::option_names`], for C.
    pub(crate) fn option_names_c() -> impl ExactSizeIterator<Item = &'static CStr> {
        OPTIONS.iter().map(|option| option.name)
    }
}

fn boolean(value: &str) -> Result<bool> {
    value
        .parse()
        .map_err(|_| Error::argument("value", "accepted are true and false"))
}

fn number(value: &str) -> Result<u32> {
    value
        .parse()
        .map_err(|_| Error::argument("value", format!("accepted are 0 to {}", u32::MAX)))
}

fn milliseconds(value: &str) -> Result<Duration> {
    let number: u32 = value.parse().map_err(|_| {
        Error::argument(
            "value",
            format!("accepted are 1 to {} milliseconds", u32::MAX),
        )
    })?;
    Ok(Duration::from_millis(number.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_set_as_by_its_setter() {
        let mut session = Session::new();
        session
            .set("connect_timeout_ms", "1500")
            .expect("a known option");
        session.set("cookies", "true").expect("a known option");
        assert_eq!(session.connect_timeout, Duration::from_millis(1500));
        assert!(session.cookies);
    }

    #[test]
    fn bad_names_and_values_say_what_there_is() {
        let mut session = Session::new();
        for (name, value, message) in [
            ("cookies", "yes", "value: accepted are true and false"),
            (
                "total_timeout_ms",
                "1.5",
                "value: accepted are 1 to 4294967295 milliseconds",
            ),
            (
                "total_timeout_ms",
                "0",
                "value: it is 0 milliseconds; accepted are 1 to 4294967295",
            ),
            (
                "timeout",
                "1",
                "name: no option has this name; there are allow_http, api_key, bearer_token, \
                 ca_file, client_certificate, connect_timeout_ms, cookies, max_in_flight, oauth_basic, \
                 proxy, retries, retry_max_wait_ms, tls_verify, token_file, total_timeout_ms, user_agent",
            ),
        ] {
            assert_eq!(session.set(name, value).expect_err(name).message(), message);
        }
    }

    #[test]
    fn the_names_are_in_order() {
        assert!(Session::option_names().is_sorted());
    }
}
