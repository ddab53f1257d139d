"""Conversion of dates, durations, periods and ranges to JSON and back.

No code from a file is run. pandas is imported only to read its own types.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import singledispatch
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

MAX_TEXT = 64  # characters of a date, a frequency or the name of a time zone
Plain = dict[str, Any]


@singledispatch
def label_to_json(label: Any) -> Plain:
    """Return a dict of plain fields for ``read_label``; one of the keys is the tag.

    Raises
    ------
    ValueError
        If the label cannot be written.
    """
    if hasattr(label, "ordinal") and hasattr(label, "freqstr"):
        return {"__period__": label.ordinal, "freq": label.freqstr}
    if hasattr(label, "closed") and hasattr(label, "left"):
        ends = [_end_to_json(end) for end in (label.left, label.right)]
        return {"__interval__": ends, "closed": label.closed}
    raise ValueError(f"{label!r:.100} is not a label that JSON can hold")


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
        raise ValueError("NaT is not a label")
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
    """Return an end of a range, which is a number, or a date or duration of pandas."""
    number = end.item() if isinstance(end, np.generic) else end
    return number if isinstance(number, int | float) else label_to_json(end)


def _zone_to_json(zone: tzinfo | None) -> str | int | None:
    """Return the name of a time zone, or its offset from UTC in seconds."""
    if isinstance(zone, timezone):
        seconds = zone.utcoffset(None).total_seconds()
        if seconds.is_integer():
            return int(seconds)
    name = getattr(zone, "key", getattr(zone, "zone", None))  # of zoneinfo and of pytz
    if zone is not None and not isinstance(name, str):
        raise ValueError(f"the time zone {zone!r} has no name of the IANA data base")
    return name


def check_label(value: Plain) -> None:
    """Raise a ValueError unless the fields of a dict with correct keys are plain and short."""
    for name, expected in FIELDS[_tag(value)].items():
        found = value[name]
        is_long = isinstance(found, str) and len(found) > MAX_TEXT
        if not isinstance(found, expected) or isinstance(found, bool) or is_long:
            raise ValueError(f"it has a label with {name}={found!r:.100}")
    if [type(part) for part in value.get("__timedelta__", [0, 0, 0])] != [int, int, int]:
        raise ValueError(f"it has a duration of {value['__timedelta__']!r:.100}")
    ends = value.get("__interval__", [0, 0])
    if len(ends) != 2 or not all(map(_is_end, ends)):
        raise ValueError(f"it has a range of {ends!r:.100}")


def read_label(value: Plain) -> Any:
    """Return the label of a dict that ``check_label`` accepted."""
    return READERS[_tag(value)](value)


def _tag(value: Plain) -> str:
    return next(key for key in value if key in FIELDS)


def _is_end(end: Any) -> bool:
    return type(end) in (int, float) or (isinstance(end, dict) and bool(ENDS & end.keys()))


def _read_date(value: Plain) -> date:
    return date.fromisoformat(value["__date__"])


def _read_time(value: Plain) -> time:
    return time.fromisoformat(value["__time__"])


def _read_datetime(value: Plain) -> datetime:
    label, zone = datetime.fromisoformat(value["__datetime__"]), _read_zone(value["zone"])
    return label if zone is None else label.replace(tzinfo=UTC).astimezone(zone)


def _read_timedelta(value: Plain) -> timedelta:
    return timedelta(*value["__timedelta__"])


def _read_timestamp(value: Plain) -> Any:
    import pandas as pd  # noqa: PLC0415 (optional: only for labels of pandas)

    label = pd.Timestamp(np.datetime64(value["__timestamp__"], value["unit"]))
    zone = _read_zone(value["zone"])
    return label if zone is None else label.tz_localize("UTC").tz_convert(zone)


def _read_duration(value: Plain) -> Any:
    import pandas as pd  # noqa: PLC0415 (optional: only for labels of pandas)

    return pd.Timedelta(np.timedelta64(value["__duration__"], value["unit"]))


def _read_period(value: Plain) -> Any:
    import pandas as pd  # noqa: PLC0415 (optional: only for labels of pandas)

    return pd.Period(ordinal=value["__period__"], freq=value["freq"])


def _read_interval(value: Plain) -> Any:
    import pandas as pd  # noqa: PLC0415 (optional: only for labels of pandas)

    ends = (read_label(end) if isinstance(end, dict) else end for end in value["__interval__"])
    return pd.Interval(*ends, closed=value["closed"])


def _read_zone(zone: str | int | None) -> tzinfo | None:
    if isinstance(zone, int):
        return timezone(timedelta(seconds=zone))
    return None if zone is None else ZoneInfo(zone)


ZONE = str | int | None
FIELDS: dict[str, dict[str, Any]] = {  # types of the fields, by tag
    "__date__": {"__date__": str},
    "__time__": {"__time__": str},
    "__datetime__": {"__datetime__": str, "zone": ZONE},
    "__timedelta__": {"__timedelta__": list},
    "__timestamp__": {"__timestamp__": str, "unit": str, "zone": ZONE},
    "__duration__": {"__duration__": int, "unit": str},
    "__period__": {"__period__": int, "freq": str},
    "__interval__": {"__interval__": list, "closed": str},
}
ENDS = {"__timestamp__", "__duration__"}  # tags of ends of ranges
LABEL_KEYS = {tag: set(fields) for tag, fields in FIELDS.items()}
READERS: dict[str, Callable[[Plain], Any]] = {
    "__date__": _read_date,
    "__time__": _read_time,
    "__datetime__": _read_datetime,
    "__timedelta__": _read_timedelta,
    "__timestamp__": _read_timestamp,
    "__duration__": _read_duration,
    "__period__": _read_period,
    "__interval__": _read_interval,
}
