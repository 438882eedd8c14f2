//! `Link` and `X-Total-Count`.
//!
//! Form as recorded: one header, entries joined by a bare comma. The URL is the caller's own, its
//! parameters as the caller encoded them, with limit and offset rewritten in place or added.

/// Bytes of a URL, beyond which nobody can send it.
const MAX_URL: usize = 8 << 10;

/// The `Link` header of a page; `None` where all rows fit one page, or the URL came in another way than as one:
/// four times what no head takes is more than any client reads in a header.
pub fn link(
    url: &str,
    query: &str,
    limit: usize,
    offset: usize,
    total: usize,
    prev_minus_one: bool,
) -> Option<String> {
    if limit == 0 || (offset == 0 && total <= limit) || url.len() + query.len() > MAX_URL {
        return None;
    }
    let page =
        |offset: i64, rel: &str| format!("<{url}?{}>;rel=\"{rel}\"", repaged(query, limit, offset));
    let (limit_by, from) = (i64::try_from(limit).ok()?, i64::try_from(offset).ok()?);
    let last = i64::try_from(total.saturating_sub(1) / limit * limit).ok()?;
    let mut links = vec![page(0, "first")];
    let prev = from - limit_by;
    // Seen on every first page with limit 1, and on no other: the offset before the first row.
    if prev >= 0 || (prev == -1 && prev_minus_one) {
        links.push(page(prev, "prev"));
    }
    if offset + limit < total {
        links.push(page(from + limit_by, "next"));
    }
    links.push(page(last, "last"));
    Some(links.join(","))
}

fn repaged(query: &str, limit: usize, offset: i64) -> String {
    let mut parts: Vec<String> = Vec::new();
    let (mut has_limit, mut has_offset) = (false, false);
    for part in query.split('&').filter(|part| !part.is_empty()) {
        match part.split('=').next() {
            Some("sysparm_limit") => {
                has_limit = true;
                parts.push(format!("sysparm_limit={limit}"));
            }
            Some("sysparm_offset") => {
                has_offset = true;
                parts.push(format!("sysparm_offset={offset}"));
            }
            _ => parts.push(part.to_owned()),
        }
    }
    if !has_limit {
        parts.push(format!("sysparm_limit={limit}"));
    }
    if !has_offset {
        parts.push(format!("sysparm_offset={offset}"));
    }
    parts.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(limit: usize, offset: usize, total: usize) -> Vec<String> {
        let link = link(
            "https://x/api/now/table/t",
            "sysparm_limit=1",
            limit,
            offset,
            total,
            true,
        )
        .unwrap_or_default();
        link.split(",<")
            .filter(|entry| !entry.is_empty())
            .map(|entry| {
                let offset = entry
                    .split("sysparm_offset=")
                    .nth(1)
                    .and_then(|rest| rest.split('>').next());
                let rel = entry
                    .split("rel=\"")
                    .nth(1)
                    .and_then(|rest| rest.split('"').next());
                format!("{} {}", rel.unwrap(), offset.unwrap())
            })
            .collect()
    }

    /// The numbers are those of recorded answers.
    #[test]
    fn pages_are_linked_as_recorded() {
        for (limit, offset, total, expected) in [
            (1, 0, 628, vec!["first 0", "prev -1", "next 1", "last 627"]),
            (500, 0, 626, vec!["first 0", "next 500", "last 500"]),
            (500, 500, 626, vec!["first 0", "prev 0", "last 500"]),
            (
                100,
                500,
                625,
                vec!["first 0", "prev 400", "next 600", "last 600"],
            ),
            (100, 600, 625, vec!["first 0", "prev 500", "last 600"]),
            (500, 0, 46, vec![]),
            (500, 0, 500, vec![]),
            (500, 0, 501, vec!["first 0", "next 500", "last 500"]),
        ] {
            assert_eq!(
                offsets(limit, offset, total),
                expected,
                "{limit} {offset} {total}"
            );
        }
    }

    #[test]
    fn the_parameters_of_the_caller_stay_as_encoded() {
        let link = link(
            "http://x/t",
            "sysparm_query=a%3Db%5Ec&sysparm_offset=2&sysparm_fields=a%2Cb",
            2,
            2,
            5,
            true,
        )
        .unwrap();
        assert!(link.starts_with(
            "<http://x/t?sysparm_query=a%3Db%5Ec&sysparm_offset=0&sysparm_fields=a%2Cb&sysparm_limit=2>;rel=\"first\",<"
        ));
    }
}
