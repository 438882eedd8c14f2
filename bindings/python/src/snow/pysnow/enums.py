"""The words of criteria."""

from enum import Enum


class Order(Enum):
    """Which way rows are sorted."""

    asc = "ASC"
    desc = "DESC"


class Equality(Enum):
    """What compares a field with a value."""

    eq = "="
    ne = "!="
    gt = ">"
    gte = ">="
    lt = "<"
    lte = "<="


class Boolean(Enum):
    """What joins conditions."""

    and_ = "^"
    or_ = "^OR"
    nq_ = "^NQ"


class DateTimeOn(Enum):
    """A range of time, named after what the user interface calls it, with its ends."""

    def __new__(cls, name: str) -> "DateTimeOn":
        member = object.__new__(cls)
        end = name.title().replace(" ", "")
        member._value_ = f"{name}@javascript:gs.beginningOf{end}()@javascript:gs.endOf{end}()"
        return member

    today = "Today"
    yesterday = "Yesterday"
    tomorrow = "Tomorrow"
    this_week = "This week"
    last_week = "Last week"
    next_week = "Next week"
    this_month = "This month"
    last_month = "Last month"
    next_month = "Next month"
    last_3_months = "Last 3 months"
    last_6_months = "Last 6 months"
    last_9_months = "Last 9 months"
    last_12_months = "Last 12 months"
    this_quarter = "This quarter"
    last_quarter = "Last quarter"
    last_2_quarters = "Last 2 quarters"
    next_quarter = "Next quarter"
    next_2_quarter = "Next 2 quarters"
    this_year = "This year"
    next_year = "Next year"
    last_yesr = "Last year"
    last_2_years = "Last 2 years"
    last_7_days = "Last 7 days"
    last_30_days = "Last 30 days"
    last_60_days = "Last 60 days"
    last_90_days = "Last 90 days"
    last_120_days = "Last 120 days"
    this_hour = "Current hour"
    last_hour = "Last hour"
    last_2_hours = "Last 2 hours"
    this_minute = "Current minute"
    last_minute = "Last minute"
    last_15_minutes = "Last 15 minutes"
    last_30_minutes = "Last 30 minutes"
    last_45_minutes = "Last 45 minutes"
    one_year_ago = "One year ago"


class RelativeEquality(Enum):
    """How a time lies to another. Nothing uses it; here for scripts that import it."""

    ee = "EE"
    eq = "EE"
    gt = "GT"
    gte = "GE"
    lt = "LT"
    lte = "LTE"


class RelativeTimeWindows(Enum):
    """Units of time. Nothing uses it; here for scripts that import it."""

    minutes = "minute"
    hours = "hour"
    days = "dayofweek"
    months = "month"
    quarters = "quarter"
    years = "year"


class RelativeDirection(Enum):
    """Before now or after. Nothing uses it; here for scripts that import it."""

    ago = "ago"
    ahead = "ahead"
