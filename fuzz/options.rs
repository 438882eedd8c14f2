//! Options by name, one after the other: each line of the input is a name, a space, and a value.

use snow::Session;

/// It stands in each value of the options that hold a secret.
const PLANTED: &str = "s3cr3t";

/// Panics where an option makes the library panic, or an error shows a secret.
pub(crate) fn judge(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut session = Session::new();
    for line in text.lines() {
        let (name, value) = line.split_once(' ').unwrap_or((line, ""));
        let value = match name {
            // What files there are is not this target's business.
            "ca_file" => continue,
            "api_key" | "bearer_token" | "proxy" => planted(value),
            _ => value.to_owned(),
        };
        if let Err(error) = session.set(name, &value) {
            super::is_one_clear_line(error.message());
            assert!(!error.message().contains(PLANTED), "{error}");
            let argument = match Session::option_names().any(|known| known == name) {
                true => "value: ",
                false => "name: ",
            };
            assert!(error.message().starts_with(argument), "{error}");
        }
    }
    assert!(!format!("{session:?}").contains(PLANTED));
}

/// The value, with the secret in it: in its middle, where that is the boundary of a character.
fn planted(value: &str) -> String {
    let middle = value.len() / 2;
    match value.is_char_boundary(middle) {
        true => [&value[..middle], PLANTED, &value[middle..]].concat(),
        false => [value, PLANTED].concat(),
    }
}
