//! Times: `900` (seconds), `"1h30m"`, or an expression.

use super::number;
use super::seconds::in_seconds;
use super::units::{parse, too_long};
use super::{Value, after_equals, ungrouped};
use crate::spelling::spelled;
use quote::ToTokens;
use std::time::Duration;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprClosure, ExprLit, Ident, Lit, Pat, Result};

/// How long something lasts.
#[derive(Clone)]
pub(crate) enum TimeArgument {
    Fixed(Duration),
    /// An expression over the arguments, of type `Duration` or of an integer type: seconds.
    Computed {
        expression: Box<Expr>,
        /// The source text, for listings.
        written: String,
    },
}

/// The value of `ttl`.
#[derive(Clone)]
pub(crate) struct Ttl {
    pub(crate) rule: TtlRule,
    /// The source text, for listings.
    pub(crate) written: String,
}

/// How the ttl of an entry is found.
#[derive(Clone)]
pub(crate) enum TtlRule {
    Time(TimeArgument),
    /// A closure over the returned value, and perhaps over the one that it replaces.
    OfOutcome(Box<ExprClosure>),
}

impl Ttl {
    /// The second argument of its closure: the value that is replaced.
    pub(crate) fn old(&self) -> Option<&Pat> {
        match &self.rule {
            TtlRule::OfOutcome(closure) => closure.inputs.iter().nth(1),
            TtlRule::Time(_) => None,
        }
    }
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
                if !matches!(closure.inputs.len(), 1 | 2) {
                    return Err(Error::new_spanned(
                        closure.inputs.iter().nth(2).map_or_else(
                            || closure.or1_token.to_token_stream(),
                            ToTokens::to_token_stream,
                        ),
                        "a closure of `ttl` takes the value, as in `|new| …`, or also the one that it replaces, as in `|new, old| …`",
                    ));
                }
                number::check_time(&closure.body)?;
                in_seconds(&mut closure.body)?;
                TtlRule::OfOutcome(Box::new(closure))
            }
            value => TtlRule::Time(time(name, value)?),
        };
        Ok(Self { rule, written })
    }
}

impl Value for TimeArgument {
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

/// A time that may be zero: what `Cache-Control` says of a life elsewhere, in whole seconds.
#[derive(Clone)]
pub(crate) struct DeltaSeconds(pub(crate) TimeArgument);

impl Value for DeltaSeconds {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let value = ungrouped(after_equals(name, input)?);
        if let Expr::Closure(closure) = &value {
            return Err(Error::new_spanned(
                closure.or1_token,
                format!(
                    "`{name}` takes a time, not a closure; it is known before there is an answer"
                ),
            ));
        }
        let time = time_or_zero(name, value.clone())?;
        if matches!(&time, TimeArgument::Fixed(time) if time.subsec_nanos() != 0) {
            return Err(Error::new_spanned(
                value,
                format!("`{name}` is sent in whole seconds"),
            ));
        }
        Ok(Self(time))
    }
}

fn time(name: &Ident, value: Expr) -> Result<TimeArgument> {
    let time = time_or_zero(name, value.clone())?;
    if matches!(&time, TimeArgument::Fixed(time) if time.is_zero()) {
        return Err(Error::new_spanned(
            value,
            format!("a `{name}` of zero keeps nothing"),
        ));
    }
    Ok(time)
}

fn time_or_zero(name: &Ident, mut value: Expr) -> Result<TimeArgument> {
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
            return Ok(TimeArgument::Computed {
                expression: Box::new(value),
                written,
            });
        }
    };
    Ok(TimeArgument::Fixed(fixed))
}

/// The message for `5m`, which should be `"5m"`.
fn without_quotes(name: &Ident, written: &str) -> String {
    let text = written.replace('_', "");
    match parse(&text) {
        Ok(_) => format!("a time with a unit is text: write `{name} = \"{text}\"`"),
        Err(message) => message,
    }
}

/// What to write for a value without an argument's name: a time, or the text of a key.
pub(in crate::attr) fn unnamed_value(value: &Lit) -> String {
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
