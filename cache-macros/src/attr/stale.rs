//! What a stale value is good for, how long callers wait, and who loads: `refresh_ahead = 0.8`, `lock = distributed`, …

use super::value::{Value, after_equals, ungrouped};
use super::{Arg, TimeArgument, set};
use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprLit, Lit, Result};

/// The arguments about stale values and slow loads.
#[derive(Clone, Default)]
pub(crate) struct StaleArguments {
    pub(crate) refresh_ahead: Option<Arg<Fraction>>,
    pub(crate) refresh: Option<Arg<Adaptive>>,
    pub(crate) while_revalidate: Option<Arg<TimeArgument>>,
    pub(crate) if_error: Option<Arg<TimeArgument>>,
    pub(crate) soft_timeout: Option<Arg<TimeArgument>>,
    pub(crate) hard_timeout: Option<Arg<TimeArgument>>,
    pub(crate) jitter: Option<Arg<Fraction>>,
    pub(crate) fallback: Option<Arg<Expr>>,
    pub(crate) lock: Option<Arg<DistributedLock>>,
}

impl StaleArguments {
    /// Reads one of them; `None` if `name` is another argument.
    pub(super) fn read_one(&mut self, name: &Ident, input: ParseStream<'_>) -> Option<Result<()>> {
        let read = match name.to_string().as_str() {
            "refresh_ahead" => set(&mut self.refresh_ahead, name.clone(), input),
            "refresh" => set(&mut self.refresh, name.clone(), input),
            "stale_while_revalidate" => set(&mut self.while_revalidate, name.clone(), input),
            "stale_if_error" => set(&mut self.if_error, name.clone(), input),
            "soft_timeout" => set(&mut self.soft_timeout, name.clone(), input),
            "hard_timeout" => set(&mut self.hard_timeout, name.clone(), input),
            "jitter" => set(&mut self.jitter, name.clone(), input),
            "fallback" => set(&mut self.fallback, name.clone(), input),
            "lock" => set(&mut self.lock, name.clone(), input),
            _ => return None,
        };
        Some(read)
    }

    /// The same, with what an `impl` block says for all that is in it.
    pub(super) fn or(self, block: &Self) -> Self {
        Self {
            refresh_ahead: self.refresh_ahead.or_else(|| block.refresh_ahead.clone()),
            refresh: self.refresh.or_else(|| block.refresh.clone()),
            while_revalidate: self
                .while_revalidate
                .or_else(|| block.while_revalidate.clone()),
            if_error: self.if_error.or_else(|| block.if_error.clone()),
            soft_timeout: self.soft_timeout.or_else(|| block.soft_timeout.clone()),
            hard_timeout: self.hard_timeout.or_else(|| block.hard_timeout.clone()),
            jitter: self.jitter.or_else(|| block.jitter.clone()),
            fallback: self.fallback.or_else(|| block.fallback.clone()),
            lock: self.lock.or_else(|| block.lock.clone()),
        }
    }

    /// Whether nothing is said.
    pub(crate) fn is_empty(&self) -> bool {
        self.first().is_none() && self.lock.is_none()
    }

    /// The first of those about stale values and slow loads.
    pub(crate) fn first(&self) -> Option<&Ident> {
        let behind = self.first_behind();
        let behind = behind.or(self.if_error.as_ref().map(|argument| &argument.name));
        let behind = behind.or(self.jitter.as_ref().map(|argument| &argument.name));
        behind.or(self.fallback.as_ref().map(|argument| &argument.name))
    }

    /// The first of those that have a load go on behind its caller.
    pub(crate) fn first_behind(&self) -> Option<&Ident> {
        let ahead = self.refresh_ahead.as_ref().map(|ahead| &ahead.name);
        let ahead = ahead.or(self.refresh.as_ref().map(|refresh| &refresh.name));
        let times = [
            &self.while_revalidate,
            &self.soft_timeout,
            &self.hard_timeout,
        ];
        let mut times = times.into_iter().flatten().map(|time| &time.name);
        ahead.or_else(|| times.next())
    }

    /// The expressions in all of them but the fallback.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let parts = [&self.refresh_ahead, &self.jitter].into_iter().flatten();
        let times = [
            &self.while_revalidate,
            &self.if_error,
            &self.soft_timeout,
            &self.hard_timeout,
        ];
        let computed = times
            .into_iter()
            .flatten()
            .filter_map(|time| match &time.value {
                TimeArgument::Computed { expression, .. } => Some(&**expression),
                TimeArgument::Fixed(_) => None,
            });
        parts.map(|part| &part.value.0).chain(computed)
    }

    /// Whether callers may stop waiting for their own load.
    pub(crate) fn has_timeout(&self) -> bool {
        self.soft_timeout.is_some() || self.hard_timeout.is_some()
    }
}

/// The word `distributed`.
#[derive(Clone)]
pub(crate) struct DistributedLock;

impl Value for DistributedLock {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let otherwise = "the one lock is `lock = distributed`: of all processes that share a store, one at a time loads a value; within a process, concurrent calls share a load without it";
        the_word("distributed", otherwise, name, input).map(|()| Self)
    }
}

/// `refresh = adaptive`.
#[derive(Clone)]
pub(crate) struct Adaptive;

impl Value for Adaptive {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let otherwise = "`refresh` says `adaptive`; for a refresh at a fixed part of a life write `refresh_ahead = 0.8`";
        the_word("adaptive", otherwise, name, input).map(|()| Self)
    }
}

/// Reads the one word that an argument takes.
fn the_word(word: &str, otherwise: &str, name: &Ident, input: ParseStream<'_>) -> Result<()> {
    let value = ungrouped(after_equals(name, input)?);
    match &value {
        Expr::Path(path) if path.path.is_ident(word) => Ok(()),
        _ => Err(Error::new_spanned(value, otherwise)),
    }
}

/// A part of a whole: a number between 0 and 1.
#[derive(Clone)]
pub(crate) struct Fraction(pub(crate) Expr);

impl Value for Fraction {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let value = ungrouped(after_equals(name, input)?);
        let is_wrong = match &value {
            Expr::Lit(ExprLit {
                lit: Lit::Float(number),
                ..
            }) => !number
                .base10_parse::<f64>()
                .is_ok_and(|number| 0.0 < number && number < 1.0),
            Expr::Lit(_) | Expr::Unary(_) | Expr::Closure(_) => true,
            _ => false,
        };
        if is_wrong {
            return Err(Error::new_spanned(
                value,
                format!(
                    "`{name}` is a part of the life of a value: a number between 0 and 1, as in `{}`",
                    super::table::usage(name)
                ),
            ));
        }
        Ok(Self(value))
    }
}
