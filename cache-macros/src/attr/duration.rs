//! Times: `900` (seconds), `"1h30m"`, or an expression.

use super::value::{Value, after_equals};
use std::time::Duration;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprClosure, ExprLit, Ident, Lit, Result};

/// How long something lasts.
#[derive(Clone)]
pub(crate) enum Time {
    Fixed(Duration),
    /// An expression of type `Duration` over the arguments.
    Computed(Expr),
}

/// How long an entry lives.
#[derive(Clone)]
pub(crate) enum Ttl {
    Fixed(Duration),
    Computed(Expr),
    /// A closure that sees what the body returned.
    OfOutcome(ExprClosure),
}

impl Value for Ttl {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        match ungrouped(after_equals(name, input)?) {
            Expr::Closure(closure) => Ok(Self::OfOutcome(closure)),
            value => Ok(match time(name, value)? {
                Time::Fixed(fixed) => Self::Fixed(fixed),
                Time::Computed(computed) => Self::Computed(computed),
            }),
        }
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

/// What a `macro_rules!` fragment wraps.
fn ungrouped(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

fn time(name: &Ident, value: Expr) -> Result<Time> {
    let wrong = |tokens: &dyn quote::ToTokens, message: &str| Err(Error::new_spanned(tokens, message));
    let fixed = match &value {
        Expr::Lit(ExprLit { lit: Lit::Int(seconds), .. }) => seconds.base10_parse().map(Duration::from_secs)?,
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => match parse(&text.value()) {
            Ok(fixed) => fixed,
            Err(message) => return wrong(text, &message),
        },
        Expr::Lit(other) => {
            return wrong(other, "a time is whole seconds, as in `900`, text, as in `\"15m\"`, or an expression of type `Duration`");
        }
        Expr::Unary(negative) if matches!(*negative.expr, Expr::Lit(_)) => return wrong(negative, "a time is not negative"),
        _ => return Ok(Time::Computed(value)),
    };
    if fixed.is_zero() {
        return wrong(&value, &format!("a `{name}` of zero keeps nothing"));
    }
    Ok(Time::Fixed(fixed))
}

/// The units, from the longest to the shortest: the order in which they stand in a text.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads `"1h30m"`: numbers with units, each unit once, the longest first.
fn parse(text: &str) -> Result<Duration, String> {
    const FORM: &str = "a time is numbers with units, the longest first, as in `\"1h30m\"`, `\"15m\"` or `\"250ms\"`";
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        if number.is_empty() || (unit.is_empty() && !after.is_empty()) {
            return Err(format!("`{text}`: {FORM}"));
        }
        if unit.is_empty() {
            return Err(format!("`{number}` has no unit: `ms`, `s`, `m`, `h` or `d`; a number without quotes is seconds"));
        }
        if !UNITS.iter().any(|(known, _)| *known == unit) {
            return Err(format!("`{unit}` is no unit of time; the units are `ms`, `s`, `m`, `h` and `d`"));
        }
        let (_, millis) = units.find(|(known, _)| *known == unit).ok_or_else(|| format!("`{text}`: {FORM}"))?;
        total = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*millis))
            .and_then(|more| total.checked_add(more))
            .ok_or_else(|| format!("`{text}` is longer than time can be counted"))?;
        rest = after;
    }
    if text.is_empty() { Err(FORM.to_owned()) } else { Ok(Duration::from_millis(total)) }
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
    }

    #[test]
    fn what_is_no_time_says_why() {
        assert!(parse("").unwrap_err().starts_with("a time is numbers with units"));
        assert!(parse("900").unwrap_err().starts_with("`900` has no unit"));
        assert!(parse("1.5h").unwrap_err().starts_with("`1.5h`: a time is numbers"));
        assert!(parse("5 m").unwrap_err().starts_with("`5 m`: a time is numbers"));
        assert!(parse("-5m").unwrap_err().starts_with("`-5m`: a time is numbers"));
        assert!(parse("15min").unwrap_err().starts_with("`min` is no unit of time"));
        assert!(parse("30m1h").unwrap_err().starts_with("`30m1h`: a time is numbers"));
        assert!(parse("1h1h").unwrap_err().starts_with("`1h1h`: a time is numbers"));
        assert!(parse("99999999999999999999d").unwrap_err().ends_with("longer than time can be counted"));
    }
}
