//! Times: `900` (seconds), `"1h30m"`, or an expression.

use super::number;
use super::seconds::in_seconds;
use super::value::{Value, after_equals, ungrouped};
use crate::spelling::spelled;
use quote::ToTokens;
use std::time::Duration;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprClosure, ExprLit, Ident, Lit, Result};

/// How long something lasts.
#[derive(Clone)]
pub(crate) enum Time {
    Fixed(Duration),
    /// An expression over the arguments, of type `Duration` or of an integer type: seconds.
    Computed {
        expression: Box<Expr>,
        /// As it was written, for listings.
        written: String,
    },
}

/// How long an entry lives.
#[derive(Clone)]
pub(crate) struct Ttl {
    pub(crate) rule: TtlRule,
    /// As it was written, for listings.
    pub(crate) written: String,
}

/// Where the life of an entry comes from.
#[derive(Clone)]
pub(crate) enum TtlRule {
    Time(Time),
    /// A closure that sees what the body returned.
    OfOutcome(Box<ExprClosure>),
}

impl Value for Ttl {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let value = ungrouped(after_equals(name, input)?);
        let written = match &value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => text.value(),
            other => spelled(other),
        };
        let rule = match value {
            Expr::Closure(mut closure) => {
                number::check_time(&closure.body)?;
                in_seconds(&mut closure.body)?;
                TtlRule::OfOutcome(Box::new(closure))
            }
            value => TtlRule::Time(time(name, value)?),
        };
        Ok(Self { rule, written })
    }
}

impl Value for Time {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        match ungrouped(after_equals(name, input)?) {
            Expr::Closure(closure) => Err(Error::new_spanned(
                closure.or1_token,
                format!("`{name}` takes a time, not a closure; only `ttl` looks at the outcome"),
            )),
            value => time(name, value),
        }
    }
}

fn time(name: &Ident, mut value: Expr) -> Result<Time> {
    let wrong = |tokens: &dyn ToTokens, message: &str| Err(Error::new_spanned(tokens, message));
    let fixed = match &value {
        Expr::Lit(ExprLit {
            lit: Lit::Int(seconds),
            ..
        }) if number::is_whole(seconds) => match seconds.base10_parse() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => return wrong(seconds, &too_long(&seconds.to_string())),
        },
        Expr::Lit(ExprLit {
            lit: Lit::Int(unquoted),
            ..
        }) if !number::is_known(unquoted.suffix()) => {
            return wrong(unquoted, &without_quotes(name, &unquoted.to_string()));
        }
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => match parse(&text.value()) {
            Ok(fixed) => fixed,
            Err(message) => return wrong(text, &message),
        },
        Expr::Lit(other) => {
            return wrong(
                other,
                "a time is whole seconds, as in `900`, text, as in `\"15m\"`, or an expression that gives whole seconds or a `Duration`",
            );
        }
        _ => {
            let written = spelled(&value);
            number::check_time(&value)?;
            in_seconds(&mut value)?;
            return Ok(Time::Computed {
                expression: Box::new(value),
                written,
            });
        }
    };
    if fixed.is_zero() {
        return wrong(&value, &format!("a `{name}` of zero keeps nothing"));
    }
    Ok(Time::Fixed(fixed))
}

/// The units, in milliseconds; the run time reads the same ones.
const UNITS: [(&str, u64); 6] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
];

/// What is said of `5m`, which was meant as `"5m"`.
fn without_quotes(name: &Ident, written: &str) -> String {
    let text = written.replace('_', "");
    match parse(&text) {
        Ok(_) => format!("a time with a unit is text: write `{name} = \"{text}\"`"),
        Err(message) => message,
    }
}

/// The call that says in an expression what `5m` was meant to say.
pub(super) fn unit_call(written: &str, suffix: &str) -> String {
    let number = written.strip_suffix(suffix).unwrap_or(written);
    match suffix {
        "ms" => format!("Duration::from_millis({number})"),
        "s" => format!("seconds({number})"),
        "m" => format!("minutes({number})"),
        "h" => format!("hours({number})"),
        "d" => format!("days({number})"),
        "w" => format!("days({number} * 7)"),
        _ => "minutes(5)".to_owned(),
    }
}

/// Reads `"1h30m"`: numbers with units.
fn parse(text: &str) -> std::result::Result<Duration, String> {
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
                "`{number}` has no unit: `ms`, `s`, `m`, `h`, `d` or `w`; a number without quotes is seconds"
            ));
        }
        let Some((_, millis)) = UNITS.iter().find(|(known, _)| *known == unit) else {
            return Err(format!(
                "`{unit}` is not a unit of time; the units are `ms`, `s`, `m`, `h`, `d` and `w`"
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

/// What to write for a value without its name: a time, or the text of a key.
pub(super) fn unnamed_value(value: &Lit) -> String {
    match value {
        Lit::Str(text) if parse(&text.value()).is_ok() => {
            format!("`ttl = {}`", text.token())
        }
        Lit::Str(text) => format!("`key = {}`", text.token()),
        Lit::Int(number) if number.suffix().is_empty() => format!("`ttl = {number}`"),
        Lit::Int(number) if parse(&number.to_string()).is_ok() => {
            format!("`ttl = \"{number}\"`")
        }
        _ => "its name first, as in `ttl = \"5m\"`".to_owned(),
    }
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

fn too_long(text: &str) -> String {
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
