//! The pages that instances and load balancers answer with.

/// What a page says.
pub(super) enum HtmlPage {
    Hibernating,
    Outage,
    Login,
    /// What nginx answers, which takes the connection first and refuses the request then.
    NoClientCertificate,
    BadClientCertificate,
    HttpsPort,
    Other,
}

impl HtmlPage {
    /// The page that came where none was asked for.
    pub(super) fn of(body: &[u8]) -> HtmlPage {
        let text = beginning(body);
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&[
            "instance-hibernating-page",
            "instance is hibernating",
            "hibernating page",
        ]) {
            HtmlPage::Hibernating
        } else if has(&["service interruption", "this instance is unavailable"]) {
            HtmlPage::Outage
        } else if has(&["login.do", "samlrequest", "name=\"user_password\""]) {
            HtmlPage::Login
        } else if has(&["no required ssl certificate was sent"]) {
            HtmlPage::NoClientCertificate
        } else if has(&["the ssl certificate error"]) {
            HtmlPage::BadClientCertificate
        } else if has(&["plain http request was sent to https port"]) {
            HtmlPage::HttpsPort
        } else {
            HtmlPage::Other
        }
    }

    /// The page that came in place of the one that was asked for; `None` where it may be that. A page of one's own
    /// may link to the login, and tell of an outage: what counts is what it is called, and what it asks for.
    pub(super) fn in_place_of_another(body: &[u8]) -> Option<HtmlPage> {
        let text = beginning(body);
        let is_called = |words: &[&str]| {
            text.split('<')
                .filter(|element| ["title", "h1"].iter().any(|tag| element.starts_with(tag)))
                .any(|element| words.iter().any(|word| element.contains(word)))
        };
        if text.contains("class=\"instance-hibernating-page\"")
            || is_called(&["instance hibernating", "instance is hibernating"])
        {
            Some(HtmlPage::Hibernating)
        } else if is_called(&["service interruption", "this instance is unavailable"]) {
            Some(HtmlPage::Outage)
        } else if ["name=\"samlrequest\"", "name=\"user_password\""]
            .iter()
            .any(|field| text.contains(field))
        {
            Some(HtmlPage::Login)
        } else {
            None
        }
    }
}

/// Where such a page has what it is known by, in small letters.
fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(64 * 1024)]).to_lowercase()
}
