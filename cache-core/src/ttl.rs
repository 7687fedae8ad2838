//! Durations as people write them: `900`, `"15m"`, `"1h30m"`.

use std::time::Duration;

/// Types that can be a ttl.
pub trait IntoTtl {
    /// The duration.
    ///
    /// # Panics
    ///
    /// Panics if the text is not a duration.
    fn into_ttl(self) -> Duration;
}

impl IntoTtl for Duration {
    fn into_ttl(self) -> Duration {
        self
    }
}

/// Seconds.
impl IntoTtl for u64 {
    fn into_ttl(self) -> Duration {
        Duration::from_secs(self)
    }
}

/// `"15m"`, `"1h30m"`, `"250ms"`.
impl IntoTtl for &str {
    fn into_ttl(self) -> Duration {
        match parse(self) {
            Some(ttl) => ttl,
            None => panic!(
                "`{self}` is no duration: write numbers with units, such as \"90s\", \"15m\", \"1h30m\" or \"7d\""
            ),
        }
    }
}

/// Types that can be a part of a whole.
pub trait IntoPart {
    /// The part, a number from 0 to 1.
    ///
    /// # Panics
    ///
    /// Panics if it is not such a number.
    fn into_part(self) -> f64;
}

impl IntoPart for f64 {
    fn into_part(self) -> f64 {
        assert!(
            (0.0..=1.0).contains(&self),
            "`{self}` is not a number from 0 to 1"
        );
        self
    }
}

/// `"10%"`, or `"0.1"`.
impl IntoPart for &str {
    fn into_part(self) -> f64 {
        match parse_part(self) {
            Some(part) => part,
            None => panic!("`{self}` is not a part of a whole, such as \"10%\" or \"0.1\""),
        }
    }
}

/// Parses a part of a whole; `None` if the text is not one.
pub(crate) fn parse_part(text: &str) -> Option<f64> {
    let part = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim_end().parse::<f64>().ok()? / 100.0,
        None => text.trim().parse().ok()?,
    };
    (0.0..=1.0).contains(&part).then_some(part)
}

/// Types of expressions that an attribute takes as a time.
#[diagnostic::on_unimplemented(
    message = "a time is a whole number of seconds or a `Duration`, and not `{Self}`",
    label = "expected an integer or a `Duration`",
    note = "in an expression write `minutes(5)`, `Duration::from_secs_f64(1.5)`, or the seconds as an integer; a text such as \"5m\" stands alone"
)]
pub trait Time {
    /// The duration; zero for a negative number.
    fn into_duration(self) -> Duration;
}

impl Time for Duration {
    #[inline]
    fn into_duration(self) -> Duration {
        self
    }
}

macro_rules! whole_seconds {
    ($($integer:ty)*) => {$(
        impl Time for $integer {
            #[inline]
            fn into_duration(self) -> Duration {
                u64::try_from(self).map_or(Duration::ZERO, Duration::from_secs)
            }
        }
    )*};
}

whole_seconds! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize }

/// The duration of an attribute's expression.
#[inline]
pub fn time<T: Time>(time: T) -> Duration {
    time.into_duration()
}

/// Parses a duration; `None` if the text is not one, or too large.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" => Duration::from_millis(number),
            "s" => Duration::from_secs(number),
            "m" => Duration::from_secs(number.checked_mul(60)?),
            "h" => Duration::from_secs(number.checked_mul(3_600)?),
            "d" => Duration::from_secs(number.checked_mul(86_400)?),
            "w" => Duration::from_secs(number.checked_mul(604_800)?),
            "y" => Duration::from_secs(number.checked_mul(31_536_000)?),
            _ => return None,
        };
        total = total.checked_add(unit)?;
        rest = &rest[letters..];
    }
    Some(total)
}

/// The units that are in scope in an attribute's duration.
pub mod units {
    use std::time::Duration;

    /// This many seconds.
    pub const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// This many minutes.
    pub const fn minutes(n: u64) -> Duration {
        Duration::from_secs(n.saturating_mul(60))
    }

    /// This many hours.
    pub const fn hours(n: u64) -> Duration {
        Duration::from_secs(n.saturating_mul(3_600))
    }

    /// This many days.
    pub const fn days(n: u64) -> Duration {
        Duration::from_secs(n.saturating_mul(86_400))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_percents_or_numbers_up_to_one() {
        for (text, part) in [
            ("10%", Some(0.1)),
            ("0.1", Some(0.1)),
            (" 12.5 % ", Some(0.125)),
            ("0", Some(0.0)),
            ("100%", Some(1.0)),
            ("10", None),
            ("101%", None),
            ("-1%", None),
            ("NaN", None),
            ("%", None),
            ("", None),
            ("ten", None),
        ] {
            assert_eq!(parse_part(text), part, "{text}");
        }
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("1h30m", 5_400),
            ("7d", 604_800),
            ("2w", 1_209_600),
            ("1y", 31_536_000),
            (" 5m ", 300),
        ] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("250ms"), Some(Duration::from_millis(250)));
    }

    #[test]
    fn what_is_no_duration_is_none() {
        for text in [
            "",
            " ",
            "5",
            "m",
            "5 m",
            "5x",
            "-5m",
            "1.5h",
            "99999999999999999999s",
            "99999999999999999d",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
