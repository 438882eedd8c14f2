//! The cookies of a lane, where its session keeps any. Calls that overlap are on lanes of their own, so that
//! they share none: an instance runs the requests of one cookie session one after the other.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use cookie_store::{Cookie, CookieStore, StoreAction};
use http::{HeaderMap, HeaderValue, header};
use url::Url;

/// What the instance has set; `None` where the session keeps none.
pub(super) struct Cookies(Option<Mutex<Jar>>);

/// No more than a client must hold (RFC 6265, 6.1): each is sent with every request.
#[derive(Default)]
struct Jar {
    store: CookieStore,
    /// The oldest first.
    kept: VecDeque<Key>,
}

/// What is replaced by another cookie of the same.
#[derive(PartialEq, Eq)]
struct Key {
    domain: String,
    path: String,
    name: String,
}

/// So many for a host, and so many bytes of one as it is set.
const MOST: usize = 50;
const LONGEST: usize = 4096;

impl Cookies {
    pub(super) fn kept(keep: bool) -> Cookies {
        Cookies(keep.then(Mutex::default))
    }

    /// Adds those that are for this URL, unless the caller says itself what goes there.
    pub(super) fn add_header(&self, headers: &mut HeaderMap, url: &Url) {
        let Some(jar) = &self.0 else { return };
        if headers.contains_key(header::COOKIE) {
            return;
        }
        let jar = jar.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<_> = jar
            .store
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
        let Some(jar) = &self.0 else { return };
        let mut jar = jar.lock().unwrap_or_else(PoisonError::into_inner);
        for value in headers.get_all(header::SET_COOKIE) {
            if let Ok(text) = std::str::from_utf8(value.as_bytes())
                && text.len() <= LONGEST
            {
                jar.keep(text, url);
            }
        }
    }
}

impl Jar {
    /// One that cannot be read, or is for another host, is no cookie of this connection.
    fn keep(&mut self, text: &str, url: &Url) {
        let Ok(cookie) = Cookie::parse(text, url) else {
            return;
        };
        let key = Key {
            domain: String::from(&cookie.domain),
            path: String::from(&cookie.path),
            name: cookie.name().to_owned(),
        };
        match self.store.insert(cookie.into_owned(), url) {
            Ok(StoreAction::Inserted) => self.kept.push_back(key),
            // It keeps its age.
            Ok(StoreAction::UpdatedExisting) | Err(_) => {}
            Ok(StoreAction::ExpiredExisting) => {
                self.store.remove(&key.domain, &key.path, &key.name);
                self.kept.retain(|kept| *kept != key);
            }
        }
        while self.kept.len() > MOST
            && let Some(Key { domain, path, name }) = self.kept.pop_front()
        {
            self.store.remove(&domain, &path, &name);
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

    /// What goes with a request after an answer that sets all of these.
    fn after(cookies: &Cookies, set: impl IntoIterator<Item = String>) -> String {
        let url = Url::parse("https://dev1.service-now.com/api").expect("a URL");
        for set in set {
            let set = HeaderValue::try_from(set).expect("a header");
            cookies.keep(&HeaderMap::from_iter([(header::SET_COOKIE, set)]), &url);
        }
        let mut headers = HeaderMap::new();
        cookies.add_header(&mut headers, &url);
        let sent = headers.remove(header::COOKIE);
        let sent = sent.map(|sent| sent.to_str().map(str::to_owned));
        sent.transpose().expect("text").unwrap_or_default()
    }

    #[test]
    fn the_oldest_goes_where_there_are_too_many() {
        let cookies = Cookies::kept(true);
        let numbered = |from, to| (from..to).map(|number| format!("c{number}=1; Path=/"));
        assert_eq!(after(&cookies, numbered(0, MOST)).split("; ").count(), MOST);
        // One that is set again, or deleted, is none more.
        after(&cookies, numbered(0, 1));
        after(&cookies, ["c1=; Path=/; Max-Age=0".into()]);
        assert!(after(&cookies, numbered(1000, 1001)).contains("c0=1"));
        let sent = after(&cookies, numbered(2000, 2001));
        let names: Vec<_> = sent.split("; ").collect();
        assert_eq!(names.len(), MOST);
        assert!(
            !names.contains(&"c0=1") && names.contains(&"c2=1"),
            "{sent}"
        );
        assert!(names.contains(&"c2000=1"), "{sent}");
        // Nor is what was deleted there for the next to take its place.
        let many = after(&cookies, numbered(3000, 3000 + 2 * MOST));
        assert_eq!(many.split("; ").count(), MOST);
        assert!(
            many.contains("c3099=1") && !many.contains("c3049=1"),
            "{many}"
        );
        let jar = cookies
            .0
            .as_ref()
            .expect("it keeps them")
            .lock()
            .expect("no panic");
        assert_eq!(jar.store.iter_any().count(), MOST);
    }

    #[test]
    fn one_that_is_too_long_is_not_kept() {
        let cookies = Cookies::kept(true);
        let long = |bytes: usize| format!("a={}", "b".repeat(bytes - 2));
        assert_eq!(after(&cookies, [long(LONGEST + 1)]), "");
        assert_eq!(after(&cookies, [long(LONGEST)]), long(LONGEST));
    }

    #[test]
    fn a_header_of_the_callers_own_stays_as_it_is() {
        let own = sent(&Cookies::kept(true), Some("b=2"));
        assert_eq!(own.expect("the caller's"), "b=2");
    }
}
