//! Times as text: `1h30m`.

use std::time::Duration;

/// The units in milliseconds, the same as in `cache-core/src/ttl.rs`.
const UNITS: [(&str, u64); 7] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
    // Of 365 days, as those who write caches count.
    ("y", 31_536_000_000),
];

/// The call to write in an expression for `5m`.
pub(in crate::attr) fn unit_call(written: &str, suffix: &str) -> String {
    let number = written.strip_suffix(suffix).unwrap_or(written);
    match suffix {
        "ms" => format!("Duration::from_millis({number})"),
        "s" => format!("seconds({number})"),
        "m" => format!("minutes({number})"),
        "h" => format!("hours({number})"),
        "d" => format!("days({number})"),
        "w" => format!("days({number} * 7)"),
        "y" => format!("days({number} * 365)"),
        _ => "minutes(5)".to_owned(),
    }
}

/// Reads `"1h30m"`: numbers with units.
pub(in crate::attr) fn parse(text: &str) -> std::result::Result<Duration, String> {
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after, char::is_alphabetic);
        if number.is_empty() || (unit.is_empty() && !after.is_empty()) {
            return Err(not_a_time(text));
        }
        if unit.is_empty() {
            return Err(format!(
                "`{number}` has no unit: `ms`, `s`, `m`, `h`, `d`, `w` or `y`; a number without quotes is seconds"
            ));
        }
        let Some((_, millis)) = UNITS.iter().find(|(known, _)| *known == unit) else {
            return Err(format!(
                "`{unit}` is not a unit of time; the units are `ms`, `s`, `m`, `h`, `d`, `w` and `y`"
            ));
        };
        let number = number.parse::<u64>().ok();
        total = number
            .and_then(|number| number.checked_mul(*millis))
            .and_then(|more| total.checked_add(more))
            .ok_or_else(|| too_long(text))?;
        rest = after;
    }
    if text.is_empty() {
        Err(not_a_time(text))
    } else {
        Ok(Duration::from_millis(total))
    }
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

pub(in crate::attr) fn too_long(text: &str) -> String {
    format!("`{text}` is longer than time can be counted")
}

fn not_a_time(text: &str) -> String {
    format!("`{text}` is not a time: write numbers with units, as in `1h30m`, `15m` or `250ms`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbers_with_units() {
        assert_eq!(parse("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(parse("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse("1d2h3m4s5ms"), Ok(Duration::from_millis(93_784_005)));
        assert_eq!(parse("2w"), Ok(Duration::from_secs(1_209_600)));
        assert_eq!(parse("1y"), Ok(Duration::from_secs(31_536_000)));
    }

    #[test]
    fn what_is_no_time_says_why() {
        for text in ["", "1.5h", "5 m", "-5m", "m", "5m "] {
            assert!(
                parse(text)
                    .unwrap_err()
                    .starts_with(&format!("`{text}` is not a time")),
                "{text}"
            );
        }
        assert!(parse("900").unwrap_err().starts_with("`900` has no unit"));
        assert!(
            parse("15min")
                .unwrap_err()
                .starts_with("`min` is not a unit of time")
        );
        assert!(
            parse("5é")
                .unwrap_err()
                .starts_with("`é` is not a unit of time")
        );
        assert!(
            parse("99999999999999999999d")
                .unwrap_err()
                .ends_with("longer than time can be counted")
        );
        assert!(
            parse("99999999999999999d")
                .unwrap_err()
                .ends_with("longer than time can be counted")
        );
    }
}
