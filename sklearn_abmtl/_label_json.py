"""Dates, durations, periods and ranges as JSON and back, without code of their classes.

pandas is imported for its own types alone, which only a caller who has it can have saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import singledispatch
from types import NoneType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

MAX_TEXT = 64  # characters of a date, a frequency or the name of a time zone
Plain = dict[str, Any]


@singledispatch
def label_to_json(label: Any) -> Plain:
    """Return a dict with one tag and plain fields, of which ``LABEL_READERS`` makes the label.

    Raises
    ------
    ValueError
        If there is no such dict.
    """
    if hasattr(label, "ordinal") and hasattr(label, "freqstr"):
        return {"__period__": label.ordinal, "freq": label.freqstr}
    if hasattr(label, "closed") and hasattr(label, "left"):
        ends = [_end_to_json(end) for end in (label.left, label.right)]
        return {"__interval__": ends, "closed": label.closed}
    raise ValueError(f"{label!r:.100} is no label that JSON can hold")


@label_to_json.register
def _(label: date) -> Plain:
    return {"__date__": label.isoformat()}


@label_to_json.register
def _(label: time) -> Plain:
    if label.tzinfo is not None:
        raise ValueError(f"{label!r} has a time zone, which depends on its day")
    return {"__time__": label.isoformat()}


@label_to_json.register
def _(label: datetime) -> Plain:
    if type(label).__name__ == "NaTType":
        raise ValueError("NaT is no label")
    zone = _zone_to_json(label.tzinfo)
    if hasattr(label, "asm8"):  # a Timestamp of pandas, in UTC
        return {"__timestamp__": str(label.asm8), "unit": _unit(label.asm8), "zone": zone}
    if zone is not None:
        label = label.astimezone(UTC).replace(tzinfo=None)
    return {"__datetime__": label.isoformat(), "zone": zone}


@label_to_json.register
def _(label: timedelta) -> Plain:
    if hasattr(label, "asm8"):  # a Timedelta of pandas
        return {"__duration__": int(label.asm8.astype(np.int64)), "unit": _unit(label.asm8)}
    return {"__timedelta__": [label.days, label.seconds, label.microseconds]}


def _unit(label: np.datetime64 | np.timedelta64) -> str:
    return np.datetime_data(label.dtype)[0]


def _end_to_json(end: Any) -> Any:
    """Return an end of a range: a number, or a date or duration of pandas."""
    number = end.item() if isinstance(end, np.generic) else end
    return number if isinstance(number, int | float) else label_to_json(end)


def _zone_to_json(zone: tzinfo | None) -> str | int | None:
    """Return the name of a time zone, or the seconds that it is ahead of UTC."""
    if isinstance(zone, timezone):
        seconds = zone.utcoffset(None).total_seconds()
        if seconds.is_integer():
            return int(seconds)
    name = getattr(zone, "key", getattr(zone, "zone", None))  # of zoneinfo, of pytz
    if zone is not None and not isinstance(name, str):
        raise ValueError(f"the time zone {zone!r} has no name of the IANA data base")
    return name


def _read_date(value: Plain) -> date:
    return date.fromisoformat(_field(value, "__date__", str))


def _read_time(value: Plain) -> time:
    return time.fromisoformat(_field(value, "__time__", str))


def _read_datetime(value: Plain) -> datetime:
    label = datetime.fromisoformat(_field(value, "__datetime__", str))
    zone = _read_zone(value)
    return label if zone is None else label.replace(tzinfo=UTC).astimezone(zone)


def _read_timedelta(value: Plain) -> timedelta:
    parts = _field(value, "__timedelta__", list)
    if [type(part) for part in parts] != [int, int, int]:
        raise ValueError(f"it has a duration of {parts!r:.100}")
    return timedelta(*parts)


def _read_timestamp(value: Plain) -> Any:
    import pandas as pd  # noqa: PLC0415 (an option: only for labels that came from it)

    text, unit = _field(value, "__timestamp__", str), _field(value, "unit", str)
    label, zone = pd.Timestamp(np.datetime64(text, unit)), _read_zone(value)
    return label if zone is None else label.tz_localize("UTC").tz_convert(zone)


def _read_duration(value: Plain) -> Any:
    import pandas as pd  # noqa: PLC0415 (an option: only for labels that came from it)

    count, unit = _field(value, "__duration__", int), _field(value, "unit", str)
    return pd.Timedelta(np.timedelta64(count, unit))


def _read_period(value: Plain) -> Any:
    import pandas as pd  # noqa: PLC0415 (an option: only for labels that came from it)

    return pd.Period(ordinal=_field(value, "__period__", int), freq=_field(value, "freq", str))


def _read_interval(value: Plain) -> Any:
    import pandas as pd  # noqa: PLC0415 (an option: only for labels that came from it)

    ends = _field(value, "__interval__", list)
    if len(ends) != 2:
        raise ValueError(f"it has a range of {len(ends)} ends")
    return pd.Interval(*map(_read_end, ends), closed=_field(value, "closed", str))


def _read_end(end: Any) -> Any:
    if isinstance(end, int | float):
        return end
    for tag in ("__timestamp__", "__duration__"):
        if isinstance(end, Mapping) and tag in end:
            return LABEL_READERS[tag](dict(end))
    raise ValueError(f"it has a range that ends at {end!r:.100}")


def _read_zone(value: Plain) -> tzinfo | None:
    zone = _field(value, "zone", str | int | NoneType)
    if isinstance(zone, int):
        return timezone(timedelta(seconds=zone))
    return None if zone is None else ZoneInfo(zone)


def _field(value: Plain, name: str, expected: Any) -> Any:
    """Return a field of this type; a text must be short."""
    found = value[name]
    is_long = isinstance(found, str) and len(found) > MAX_TEXT
    if not isinstance(found, expected) or isinstance(found, bool) or is_long:
        raise ValueError(f"it has a label with {name}={found!r:.100}")
    return found


def _strict(reader: Callable[[Plain], Any], *names: str) -> Callable[[Plain], Any]:
    """Return a reader of dicts with these keys and no others."""

    def read(value: Plain) -> Any:
        if value.keys() != set(names):
            raise ValueError(f"it has a label with the fields {sorted(value)!r:.200}")
        return reader(value)

    return read


LABEL_READERS: dict[str, Callable[[Plain], Any]] = {
    "__date__": _strict(_read_date, "__date__"),
    "__time__": _strict(_read_time, "__time__"),
    "__datetime__": _strict(_read_datetime, "__datetime__", "zone"),
    "__timedelta__": _strict(_read_timedelta, "__timedelta__"),
    "__timestamp__": _strict(_read_timestamp, "__timestamp__", "unit", "zone"),
    "__duration__": _strict(_read_duration, "__duration__", "unit"),
    "__period__": _strict(_read_period, "__period__", "freq"),
    "__interval__": _strict(_read_interval, "__interval__", "closed"),
}
