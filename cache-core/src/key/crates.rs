//! Types of other crates, each behind the feature of that name.
#![allow(unused_imports, reason = "each feature takes one of the two macros")]

use std::hash::{Hash, Hasher};

use super::{CacheKey, KeyWriter};

#[cfg(feature = "uuid")]
values! {
    [] uuid::Uuid as Self: |uuid| *uuid, uuid.to_string();
}

#[cfg(feature = "url")]
through! {
    [] url::Url as str: |url| *url.as_str();
}

#[cfg(feature = "smol_str")]
through! {
    [] smol_str::SmolStr as str: |text| **text;
}

#[cfg(feature = "http")]
through! {
    [] http::Method as str: |method| *method.as_str();
    [] http::HeaderName as str: |name| *name.as_str();
    [] http::Uri as String: |uri| uri.to_string();
}

#[cfg(feature = "http")]
values! {
    [] http::StatusCode as u16: |status| status.as_u16(), status.as_u16().to_string();
}

#[cfg(feature = "actix")]
through! {
    [T: CacheKey] actix_web::web::Path<T> as T: |path| **path;
    [T: CacheKey] actix_web::web::Query<T> as T: |query| **query;
}

#[cfg(feature = "chrono")]
mod of_chrono {
    use super::{CacheKey, Hash, Hasher, KeyWriter};
    use chrono::{
        DateTime, FixedOffset, Month, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta,
        TimeZone, Utc, Weekday,
    };

    values! {
        [] NaiveDate as Self: |date| *date, format!("{date:?}");
        [] NaiveTime as Self: |time| *time, format!("{time:?}");
        [] NaiveDateTime as Self: |time| *time, format!("{time:?}");
        [] TimeDelta as Self: |delta| *delta, format!("{}s{}ns", delta.num_seconds(), delta.subsec_nanos());
        [] Weekday as Self: |day| *day, day.to_string();
        [] Month as Self: |month| *month, month.name();
        [] FixedOffset as Self: |offset| *offset, offset.to_string();
        [] Utc as Self: |utc| *utc, utc.to_string();
        // The same instant in two time zones is equal for `Eq`, but prints differently.
        [Z: TimeZone] DateTime<Z> as (NaiveDateTime, FixedOffset): |time| (time.naive_utc(), time.offset().fix()),
            format!("{:?}Z{}", time.naive_utc(), time.offset().fix());
    }
}

#[cfg(feature = "time")]
mod of_time {
    use super::{CacheKey, Hash, Hasher, KeyWriter};
    use time::{
        Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime, UtcOffset,
        Weekday,
    };

    values! {
        [] Date as Self: |date| *date, date.to_string();
        [] Time as Self: |time| *time, time.to_string();
        [] PrimitiveDateTime as Self: |time| *time, time.to_string();
        [] UtcDateTime as Self: |time| *time, time.to_string();
        [] UtcOffset as Self: |offset| *offset, offset.to_string();
        [] Weekday as Self: |day| *day, day.to_string();
        [] Month as Self: |month| *month, month.to_string();
        [] Duration as Self: |duration| *duration, format!("{}ns", duration.whole_nanoseconds());
        // The same instant in two time zones is equal for `Eq`, but prints differently.
        [] OffsetDateTime as (Date, Time, UtcOffset): |time| (time.date(), time.time(), time.offset()), time.to_string();
    }
}
