//! Seconds since 1970 in UTC, and the days, months and quarters that they lie in.

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

/// `yyyy-MM-dd HH:mm:ss`
pub(crate) fn text(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let rest = seconds.rem_euclid(DAY);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}",
        rest / HOUR,
        rest / MINUTE % 60,
        rest % 60
    )
}

pub(crate) fn seconds(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let day = days(number(0..4)?, number(5..7)?, number(8..10)?);
    Some(day * DAY + number(11..13)? * HOUR + number(14..16)? * MINUTE + number(17..19)?)
}

/// The first second of a month, counted from January of year 0.
pub(crate) fn month(index: i64) -> i64 {
    days(index.div_euclid(12), index.rem_euclid(12) + 1, 1) * DAY
}

/// The month that a second lies in, counted from January of year 0.
pub(crate) fn month_of(seconds: i64) -> i64 {
    let (year, month, _) = civil(seconds.div_euclid(DAY));
    year * 12 + month - 1
}

/// Year, month and day.
pub(crate) fn date(seconds: i64) -> (i64, i64, i64) {
    civil(seconds.div_euclid(DAY))
}

/// 1 on Mondays, 7 on Sundays; 1970 began on a Thursday.
pub(crate) fn weekday(seconds: i64) -> i64 {
    (seconds.div_euclid(DAY) + 3).rem_euclid(7) + 1
}

/// Days since 1970, counted out year by year and month by month.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let whole_years = |years: i64| {
        years * 365 + years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400)
    };
    let months: i64 = (1..month).map(|month| length(year, month)).sum();
    whole_years(year - 1) - whole_years(1969) + months + day - 1
}

fn civil(days_since: i64) -> (i64, i64, i64) {
    let mut year = 1970 + days_since.div_euclid(366);
    while days(year + 1, 1, 1) <= days_since {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days(year, month + 1, 1) <= days_since {
        month += 1;
    }
    (year, month, days_since - days(year, month, 1) + 1)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
