//! What every message of an error is.

/// Panics where a message is not one line that can be shown.
pub(crate) fn is_one_clear_line(message: &str) {
    assert!(!message.is_empty());
    assert!(
        !message.contains(char::is_control),
        "{}",
        message.escape_debug()
    );
}
