//! The cookies of a lane, where its session keeps any. Calls that overlap are on lanes of their own, so that
//! they share none: an instance runs the requests of one cookie session one after the other.

use std::sync::{Mutex, PoisonError};

use cookie_store::CookieStore;
use http::{HeaderMap, HeaderValue, header};
use url::Url;

/// What the instance has set; `None` where the session keeps none.
pub(super) struct Cookies(Option<Mutex<CookieStore>>);

impl Cookies {
    pub(super) fn kept(keep: bool) -> Cookies {
        Cookies(keep.then(Mutex::default))
    }

    /// Adds those that are for this URL, unless the caller says itself what goes there.
    pub(super) fn add_header(&self, headers: &mut HeaderMap, url: &Url) {
        let Some(store) = &self.0 else { return };
        if headers.contains_key(header::COOKIE) {
            return;
        }
        let store = store.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<_> = store
            .get_request_values(url)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if let (false, Ok(mut value)) = (pairs.is_empty(), HeaderValue::try_from(pairs.join("; ")))
        {
            value.set_sensitive(true);
            headers.insert(header::COOKIE, value);
        }
    }

    /// Takes note of those that an answer from this URL sets.
    pub(super) fn keep(&self, headers: &HeaderMap, url: &Url) {
        let Some(store) = &self.0 else { return };
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        for value in headers.get_all(header::SET_COOKIE) {
            // One that cannot be read, or is for another host, is no cookie of this connection.
            if let Ok(text) = std::str::from_utf8(value.as_bytes()) {
                let _ = store.parse(text, url);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of a request after an answer that set `a=1`.
    fn sent(cookies: &Cookies, own: Option<&'static str>) -> Option<HeaderValue> {
        let url = Url::parse("https://dev1.service-now.com/api").expect("a URL");
        let set = HeaderValue::from_static("a=1; Path=/");
        cookies.keep(&HeaderMap::from_iter([(header::SET_COOKIE, set)]), &url);
        let own = own.map(|own| (header::COOKIE, HeaderValue::from_static(own)));
        let mut headers = HeaderMap::from_iter(own);
        cookies.add_header(&mut headers, &url);
        headers.remove(header::COOKIE)
    }

    #[test]
    fn what_an_answer_sets_goes_with_the_next_request_where_cookies_are_kept() {
        let kept = sent(&Cookies::kept(true), None).expect("a cookie");
        assert_eq!(kept, "a=1");
        assert!(kept.is_sensitive());
        assert_eq!(sent(&Cookies::kept(false), None), None);
    }

    #[test]
    fn a_header_of_the_callers_own_stays_as_it_is() {
        let own = sent(&Cookies::kept(true), Some("b=2"));
        assert_eq!(own.expect("the caller's"), "b=2");
    }
}
