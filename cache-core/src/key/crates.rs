//! Types of other crates, each with the feature of its crate's name.
#![allow(
    unused_imports,
    unused_macros,
    reason = "each feature takes one of the two macros"
)]

use std::hash::{Hash, Hasher};

use super::{CacheKey, KeyWriter};

/// Keys that are their text.
macro_rules! texts {
    ($($type:ty: |$value:ident| $text:expr;)*) => {$(
        impl CacheKey for $type {
            type Stored = Box<str>;

            fn hash<H: Hasher>(&self, state: &mut H) {
                let $value = self;
                <str as Hash>::hash($text, state);
            }

            fn same(&self, stored: &Box<str>) -> bool {
                let $value = self;
                *$text == **stored
            }

            fn store(&self) -> Box<str> {
                let $value = self;
                Box::<str>::from($text)
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                let $value = self;
                CacheKey::write($text, out);
            }

            fn write_last(&self, out: &mut KeyWriter<'_>) {
                let $value = self;
                CacheKey::write_last($text, out);
            }
        }
    )*};
}

/// Keys that are stored as `$stored`, which holds all that tells one value from another, and write `$text`.
macro_rules! values {
    ($($(@ $param:ident: $bound:path,)? $type:ty as $stored:ty: |$value:ident| $key:expr, $text:expr;)*) => {$(
        impl $(<$param: $bound>)? CacheKey for $type {
            type Stored = $stored;

            fn hash<H: Hasher>(&self, state: &mut H) {
                Hash::hash(&CacheKey::store(self), state);
            }

            fn same(&self, stored: &Self::Stored) -> bool {
                CacheKey::store(self) == *stored
            }

            fn store(&self) -> Self::Stored {
                let $value = self;
                $key
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                let $value = self;
                out.text(&$text);
            }
        }
    )*};
}

#[cfg(feature = "uuid")]
values! {
    uuid::Uuid as Self: |uuid| *uuid, uuid.to_string();
}

#[cfg(feature = "url")]
texts! {
    url::Url: |url| url.as_str();
}

#[cfg(feature = "smol_str")]
texts! {
    smol_str::SmolStr: |text| text.as_str();
}

#[cfg(feature = "http")]
texts! {
    http::Method: |method| method.as_str();
    http::HeaderName: |name| name.as_str();
    http::Uri: |uri| uri.to_string().as_str();
}

#[cfg(feature = "http")]
values! {
    http::StatusCode as u16: |status| status.as_u16(), status.as_u16().to_string();
}

#[cfg(feature = "chrono")]
mod of_chrono {
    use super::{CacheKey, Hash, Hasher, KeyWriter};
    use chrono::{
        DateTime, FixedOffset, Month, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta,
        TimeZone, Utc, Weekday,
    };

    values! {
        NaiveDate as Self: |date| *date, format!("{date:?}");
        NaiveTime as Self: |time| *time, format!("{time:?}");
        NaiveDateTime as Self: |time| *time, format!("{time:?}");
        TimeDelta as Self: |delta| *delta, format!("{}s{}ns", delta.num_seconds(), delta.subsec_nanos());
        Weekday as Self: |day| *day, day.to_string();
        Month as Self: |month| *month, month.name();
        FixedOffset as Self: |offset| *offset, offset.to_string();
        Utc as Self: |utc| *utc, utc.to_string();
        // One instant in two zones is equal, and reads differently.
        @ Z: TimeZone, DateTime<Z> as (NaiveDateTime, FixedOffset): |time| (time.naive_utc(), time.offset().fix()),
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
        Date as Self: |date| *date, date.to_string();
        Time as Self: |time| *time, time.to_string();
        PrimitiveDateTime as Self: |time| *time, time.to_string();
        UtcDateTime as Self: |time| *time, time.to_string();
        UtcOffset as Self: |offset| *offset, offset.to_string();
        Weekday as Self: |day| *day, day.to_string();
        Month as Self: |month| *month, month.to_string();
        Duration as Self: |duration| *duration, format!("{}ns", duration.whole_nanoseconds());
        // One instant in two zones is equal, and reads differently.
        OffsetDateTime as (Date, Time, UtcOffset): |time| (time.date(), time.time(), time.offset()), time.to_string();
    }
}
