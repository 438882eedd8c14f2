//! The path of a call: absolute, encoded, and never one that leads to another place than it shows.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::Url;

use crate::error::{Error, Result};

/// The path of these segments, each encoded.
pub(super) fn joined<'a>(segments: impl IntoIterator<Item = &'a str>) -> String {
    let mut path = String::new();
    // Those of dots would lead elsewhere, encoded or not.
    for segment in segments.into_iter().filter(|it| !matches!(*it, "." | "..")) {
        path.push('/');
        path.extend(utf8_percent_encode(segment, IN_SEGMENT));
    }
    path
}

/// What is encoded in a segment: <https://url.spec.whatwg.org/#path-percent-encode-set>, and what would end
/// the segment or look encoded.
const IN_SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// A path that the caller wrote. What it encoded stays so; what it ought to have encoded is.
pub(super) fn checked(path: &str) -> Result<String> {
    let refuse = |problem: &str| {
        let accepted = "accepted is a path such as /api/now/table/incident";
        Err(Error::argument("path", format!("{problem}; {accepted}")))
    };
    if !path.starts_with('/') {
        return refuse("it does not begin with a slash");
    }
    if path.contains("//") {
        return refuse("it holds an empty segment");
    }
    if path.contains(['?', '#']) {
        return refuse("it holds ? or #, and parameters are set by themselves");
    }
    if path.contains('\\') || path.chars().any(char::is_control) {
        return refuse("it holds a backslash or a control character");
    }
    let dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    if path.split('/').any(dots) {
        return refuse("it holds a segment of dots");
    }
    let mut url = some_url();
    url.set_path(path);
    Ok(url.path().into())
}

/// Which of the platform's own APIs a path belongs to, such as `table`: the segment behind `/api/now` and the
/// version. `None` where it is another's: a scripted one may do anything.
pub(crate) fn platform_api(path: &str) -> Option<&str> {
    let mut segments = path.strip_prefix("/api/now/")?.split('/');
    let first = segments.next()?;
    let version = first.strip_prefix('v').unwrap_or_default();
    match !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()) {
        true => segments.next(),
        false => Some(first),
    }
}

/// The parser of URLs encodes, and needs a URL for it.
fn some_url() -> Url {
    Url::parse("http://instance/").expect("it is a URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_apis_of_the_platform() {
        for (path, api) in [
            ("/api/now/table/incident", Some("table")),
            ("/api/now/v1/table/incident", Some("table")),
            ("/api/now/v22/import/u_x", Some("import")),
            ("/api/now/attachment", Some("attachment")),
            ("/api/now/v/table", Some("v")),
            ("/api/now/vx/table", Some("vx")),
            ("/api/now/v1", None),
            ("/api/nowhere/table/incident", None),
            ("/api/x_acme/now/table/incident", None),
            ("/x/api/now/table/incident", None),
        ] {
            assert_eq!(platform_api(path), api, "{path}");
        }
    }

    #[test]
    fn a_segment_stays_in_its_place() {
        assert_eq!(joined(["api", "a/b?c#d", ".."]), "/api/a%2Fb%3Fc%23d");
        assert_eq!(joined(["api", "ż ó"]), "/api/%C5%BC%20%C3%B3");
        assert_eq!(joined(["a\tb"]), "/a%09b");
        // As the parser of URLs encodes them, so that it finds nothing left to do. Tabs and the ends of lines it
        // leaves out.
        for byte in (0..=0x7f_u8).filter(|byte| !b"\t\n\r".contains(byte)) {
            let segment = format!("a{}b", char::from(byte));
            let mut url = some_url();
            url.path_segments_mut()
                .expect("a path")
                .clear()
                .push(&segment);
            assert_eq!(joined([&*segment]), url.path());
            url.set_path(&joined([&*segment]));
            assert_eq!(joined([&*segment]), url.path());
        }
    }

    #[test]
    fn a_path_is_taken_as_it_is_written() {
        for (written, sent) in [
            ("/", "/"),
            ("/api/now/table/incident", "/api/now/table/incident"),
            ("/api/x_1/a b/ż", "/api/x_1/a%20b/%C5%BC"),
            ("/api/x_1/a%2Fb%00/", "/api/x_1/a%2Fb%00/"),
        ] {
            assert_eq!(checked(written).expect(written), sent);
        }
    }

    #[test]
    fn a_path_that_would_lead_elsewhere_is_refused() {
        for path in [
            "",
            "api/now",
            "//evil.example/api",
            "/api//now",
            "https://evil.example/",
            "/api/../oauth_token.do",
            "/api/%2E%2e/x",
            "/api/.",
            "/api\\..\\x",
            "/api?x=1",
            "/api#x",
            "/api\n",
        ] {
            let error = checked(path).expect_err(path);
            assert!(error.message().starts_with("path: it "), "{error}");
        }
    }
}
