//! The headers every answer carries, as recorded from developer instances.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::{
    answer::{Answer, Dress},
    instance::Instance,
    request::Request,
};

/// Adds the common headers, the session cookies and, where accepted, compression.
pub fn dress(instance: &Instance, request: &Request, answer: Answer) -> Answer {
    let mut answer = dated(instance, answer);
    if answer.dress == Dress::Verbatim {
        return answer;
    }
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    let newer_headers = instance.settings.read().newer_headers;
    if let Dress::Rest { logged_in } = answer.dress {
        if newer_headers {
            add("Server-Timing", "sem_wait;dur=0, sesh_wait;dur=0");
        }
        if logged_in {
            add("X-Is-Logged-In", "true");
            add(
                "X-Transaction-ID",
                &instance.identifiers.write().transaction(),
            );
        }
    }
    if !answer
        .headers
        .iter()
        .any(|(name, _)| name == "Cache-Control")
    {
        if newer_headers {
            add("X-Content-Type-Options", "nosniff");
        }
        add("Pragma", "no-store,no-cache");
        add(
            "Cache-Control",
            "no-cache,no-store,must-revalidate,max-age=-1",
        );
        add("Expires", "0");
    }
    add("Server", "ServiceNow");
    add(
        "Strict-Transport-Security",
        "max-age=63072000; includeSubDomains",
    );
    let session = match request.cookie("JSESSIONID") {
        Some(session) => session.to_owned(),
        None => {
            let session = instance.identifiers.write().sys_id().to_uppercase();
            for cookie in session_cookies(instance, request, &session, answer.status != 401) {
                add("Set-Cookie", &cookie);
            }
            session
        }
    };
    if let Some(user_name) = &answer.user_name {
        instance
            .logins
            .begin(&session, user_name, instance.clock.now());
    }
    answer.headers.extend(headers);
    compress(instance, request, &mut answer);
    if instance.settings.read().permuted {
        instance.identifiers.write().shuffle(&mut answer.headers);
    }
    answer
}

/// Adds what every answer carries, whoever gives it: the time of the instance.
pub fn dated(instance: &Instance, answer: Answer) -> Answer {
    let is_date = |(name, _): &(String, String)| name.eq_ignore_ascii_case("Date");
    if answer.headers.iter().any(is_date) {
        return answer;
    }
    let now = DateTimePrinter::new().timestamp_to_rfc9110_string(&instance.clock.now());
    match now {
        Ok(now) => answer.with("Date", &now),
        // The clock is set to a year that HTTP cannot write.
        Err(_) => answer,
    }
}

fn session_cookies(
    instance: &Instance,
    request: &Request,
    session: &str,
    signed_in: bool,
) -> Vec<String> {
    // A client keeps a Secure cookie to itself where the connection is not.
    let secure = if request.base_url.starts_with("https") {
        ";Secure"
    } else {
        ""
    };
    let mut identifiers = instance.identifiers.write();
    let route = identifiers.sys_id();
    let expired =
        format!("Max-Age=0; Expires=Thu, 01-Jan-1970 00:00:10 GMT; Path=/; HttpOnly{secure}");
    let mut cookies = vec![
        format!("JSESSIONID={session}; Path=/; HttpOnly{secure}"),
        format!("glide_user_route=glide.{route}; Max-Age=2147483647; Path=/; HttpOnly{secure}"),
    ];
    if signed_in {
        let store = identifiers.sys_id().to_uppercase();
        cookies.extend([
            format!("glide_user=; {expired}"),
            format!("glide_user_session=; {expired}"),
            format!("glide_session_store={store}; Max-Age=1800; Path=/; HttpOnly{secure}"),
            format!(
                "BIGipServerpool_snowinstance=2843957002.9537.0000; path=/; Httponly{}",
                secure.replace(';', "; ")
            ),
        ]);
    }
    cookies
}

fn compress(instance: &Instance, request: &Request, answer: &mut Answer) {
    let accepted = request.header("accept-encoding").is_some_and(|accepted| {
        accepted.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            // With a quality of 0 it is named to be refused.
            let quality = |part: &str| part.strip_prefix("q=")?.parse::<f32>().ok();
            parts.next() == Some("gzip") && parts.find_map(quality) != Some(0.0)
        })
    });
    if !accepted || answer.body.is_empty() || !instance.settings.read().gzip {
        return;
    }
    let mut encoder = GzEncoder::new(
        Vec::with_capacity(answer.body.len() / 4),
        Compression::fast(),
    );
    let encoded = encoder
        .write_all(&answer.body)
        .and_then(|()| encoder.finish());
    if let Ok(encoded) = encoded {
        answer.body = encoded;
        answer
            .headers
            .push(("Content-Encoding".to_owned(), "gzip".to_owned()));
    }
}
