//! Times, parts and source text as the summary shows them.

use crate::attr::{Fraction, TimeArgument};
use crate::spelling::spelled;
use std::time::Duration;
use syn::{Expr, ExprLit, Lit};

/// `80 %`, or the expression.
pub(super) fn part(Fraction(part): &Fraction) -> String {
    let number = match part {
        Expr::Lit(ExprLit {
            lit: Lit::Float(number),
            ..
        }) => number.base10_parse::<f64>().ok(),
        _ => None,
    };
    match number {
        Some(number) => {
            format!("{:.3}", number * 100.0)
                .trim_end_matches('0')
                .trim_end_matches('.')
                .to_owned()
                + " %"
        }
        None => code(&spelled(part)),
    }
}

/// `15 min`, or the expression.
pub(super) fn life(time: &TimeArgument) -> String {
    match time {
        TimeArgument::Fixed(time) => spoken(*time),
        TimeArgument::Computed { written, .. } => format!("for {}", code(written)),
    }
}

/// `1 h 30 min`.
pub(super) fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
        (u64::from(time.subsec_millis()), "ms"),
    ];
    let units = units.iter().filter(|(count, _)| *count > 0);
    let units: Vec<_> = units
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    units.join(" ")
}

pub(super) fn codes(texts: impl Iterator<Item = String>) -> String {
    texts.map(|text| code(&text)).collect::<Vec<_>>().join(", ")
}

/// A text as Markdown code, whatever it contains.
pub(super) fn code(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.contains('`') {
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest + 1);
        format!("{fence} {text} {fence}")
    } else {
        format!("`{text}`")
    }
}
