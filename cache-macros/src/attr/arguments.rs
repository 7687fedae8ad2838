//! The arguments of `#[cached]`, `#[cache_page]` and `#[cache_put]`, in one record.

use super::table::{TABLE, kinds, usage};
use super::value::unnamed_value;
use super::{
    Arg, AttributeKind, Binding, Capacity, Handle, NameList, StaleArguments, Templates,
    TimeArgument, Ttl, Verify, each_argument, set,
};
use crate::errors::Errors;
use crate::suggest::did_you_mean;
use crate::template::TextTemplate;
use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprClosure, Ident, LitStr, Path, Result, Token};

/// The arguments of an attribute. An argument means the same in every attribute that takes it.
#[derive(Clone, Default)]
pub(crate) struct Arguments {
    pub(crate) key: Option<Arg<TextTemplate>>,
    pub(crate) ttl: Option<Arg<Ttl>>,
    pub(crate) skip: Option<Arg<NameList>>,
    pub(crate) guard: Option<Arg<NameList>>,
    pub(crate) condition: Option<Arg<Expr>>,
    pub(crate) unless: Option<Arg<Expr>>,
    pub(crate) cache_err: Option<Arg<TimeArgument>>,
    pub(crate) capacity: Option<Arg<Capacity>>,
    pub(crate) tags: Option<Arg<Templates>>,
    /// Tags from the value.
    pub(crate) tags_of_value: Option<Arg<ExprClosure>>,
    pub(crate) namespace: Option<Arg<TextTemplate>>,
    pub(crate) local: Option<Arg<()>>,
    pub(crate) shared: Option<Arg<()>>,
    pub(crate) cache: Option<Arg<LitStr>>,
    pub(crate) version: Option<Arg<u32>>,
    pub(crate) query: Option<Arg<Vec<LitStr>>>,
    pub(crate) browser: Option<Arg<TimeArgument>>,
    /// How many pages are rendered again after an invalidation.
    pub(crate) warm: Option<Arg<u32>>,
    pub(crate) stale: StaleArguments,
    /// What the body calls the value that its load replaces.
    pub(crate) replaces: Option<Arg<Binding>>,
    /// Which part of the hits is verified.
    pub(crate) verify: Option<Arg<Verify>>,
    pub(crate) handle: Option<Arg<Handle>>,
    pub(crate) runtime: Option<Arg<Path>>,
    pub(crate) associated: Option<Arg<()>>,
    pub(crate) trait_impl: Option<Arg<()>>,
    /// Attributes above that folded themselves in.
    pub(crate) folded: Vec<Folded>,
}

/// Another attribute of ours, as the tokens between its parentheses.
#[derive(Clone)]
pub(crate) struct Folded {
    pub(crate) kind: AttributeKind,
    pub(crate) name: Ident,
    pub(crate) tokens: TokenStream,
    /// The path that the user wrote, if the compiler has not resolved it.
    pub(crate) unresolved: Option<Path>,
}

impl Arguments {
    pub(super) fn read(kind: AttributeKind, input: ParseStream<'_>, errors: &mut Errors) -> Self {
        let mut arguments = Self::default();
        each_argument(input, errors, unnamed_value, |name, input| {
            known(kind, &name).and_then(|()| arguments.read_one(name, input))
        });
        arguments
    }

    fn read_one(&mut self, name: Ident, input: ParseStream<'_>) -> Result<()> {
        if let Some(read) = self.stale.read_one(&name, input) {
            return read;
        }
        match name.to_string().as_str() {
            "key" => set(&mut self.key, name, input),
            "ttl" => set(&mut self.ttl, name, input),
            "skip" => set(&mut self.skip, name, input),
            "guard" => set(&mut self.guard, name, input),
            "condition" => set(&mut self.condition, name, input),
            "unless" => set(&mut self.unless, name, input),
            "cache_err" => set(&mut self.cache_err, name, input),
            "capacity" => set(&mut self.capacity, name, input),
            "tags" if input.peek(Token![=]) => set(&mut self.tags_of_value, name, input),
            "tags" => set(&mut self.tags, name, input),
            "namespace" => set(&mut self.namespace, name, input),
            "local" => set(&mut self.local, name, input),
            "shared" => set(&mut self.shared, name, input),
            "cache" => set(&mut self.cache, name, input),
            "version" => set(&mut self.version, name, input),
            "query" => set(&mut self.query, name, input),
            "browser" => set(&mut self.browser, name, input),
            "warm" => set(&mut self.warm, name, input),
            "replaces" => set(&mut self.replaces, name, input),
            "verify" => set(&mut self.verify, name, input),
            "handle" => set(&mut self.handle, name, input),
            "crate" => set(&mut self.runtime, name, input),
            "associated" => set(&mut self.associated, name, input),
            "trait_impl" => set(&mut self.trait_impl, name, input),
            _ => Folded::read(&name, input).map(|folded| self.folded.push(folded)),
        }
    }

    /// Whether the values of a function with these go to a shared cache.
    pub(crate) fn is_shared(&self) -> bool {
        let shares = self.key.is_some() || self.cache.is_some() || self.shared.is_some();
        shares && self.local.is_none()
    }

    /// The names in `skip`.
    pub(crate) fn skipped(&self) -> &[Ident] {
        self.skip.as_ref().map_or(&[], |skip| &skip.value.0)
    }

    /// The names in `guard`.
    pub(crate) fn guards(&self) -> &[Ident] {
        self.guard.as_ref().map_or(&[], |guard| &guard.value.0)
    }
}

/// Refuses an argument that the attribute does not take, with a hint.
fn known(kind: AttributeKind, name: &Ident) -> Result<()> {
    let text = name.to_string();
    let here = || {
        TABLE
            .iter()
            .filter(|(_, _, kinds)| kinds.contains(&kind))
            .map(|(name, _, _)| *name)
    };
    let message = if here().any(|known| known == text) || Folded::kind(&text).is_some() {
        return Ok(());
    } else if let Some(home) = kinds(&text).first() {
        let usage = usage(name);
        format!("`{usage}` belongs to {home}; {kind} does not take it")
    } else if let Some(kind) = AttributeKind::ALL
        .into_iter()
        .find(|kind| kind.name() == text)
    {
        format!("{kind} is an attribute of its own: write it above or below this one")
    } else if let Some(hint) = super::foreign::hint(kind, &text) {
        hint
    } else {
        let names: Vec<_> = here().collect();
        let list = format!("the arguments are {}", names.join(", "));
        format!(
            "`{text}` is not an argument of {kind}{}",
            did_you_mean(&text, here(), &list)
        )
    };
    Err(Error::new_spanned(name, message))
}

impl Folded {
    const PREFIX: &'static str = "__";

    fn kind(argument: &str) -> Option<AttributeKind> {
        let name = argument.strip_prefix(Self::PREFIX)?;
        AttributeKind::ALL
            .into_iter()
            .find(|kind| !kind.is_primary() && kind.name() == name)
    }

    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let kind = Self::kind(&name.to_string())
            .ok_or_else(|| Error::new_spanned(name, "expected an argument"))?;
        let content;
        syn::parenthesized!(content in input);
        Ok(Self {
            kind,
            name: Ident::new(kind.name(), name.span()),
            tokens: content.parse()?,
            unresolved: None,
        })
    }

    /// The argument by which an attribute above passes itself to the primary below.
    pub(crate) fn to_argument(&self) -> TokenStream {
        let name = quote::format_ident!(
            "{}{}",
            Self::PREFIX,
            self.kind.name(),
            span = self.name.span()
        );
        let tokens = &self.tokens;
        quote::quote!(#name(#tokens))
    }
}

impl Arguments {
    /// The same, with the arguments of the `impl` block as defaults.
    pub(crate) fn or(self, block: &Self) -> Self {
        fn either<T: Clone>(own: Option<Arg<T>>, block: Option<&Arg<T>>) -> Option<Arg<T>> {
            own.or_else(|| block.cloned())
        }
        Self {
            key: either(self.key, block.key.as_ref()),
            ttl: either(self.ttl, block.ttl.as_ref()),
            skip: either(self.skip, block.skip.as_ref()),
            guard: either(self.guard, block.guard.as_ref()),
            condition: either(self.condition, block.condition.as_ref()),
            unless: either(self.unless, block.unless.as_ref()),
            cache_err: either(self.cache_err, block.cache_err.as_ref()),
            capacity: either(self.capacity, block.capacity.as_ref()),
            tags: either(self.tags, block.tags.as_ref()),
            tags_of_value: either(self.tags_of_value, block.tags_of_value.as_ref()),
            namespace: either(self.namespace, block.namespace.as_ref()),
            local: either(self.local, block.local.as_ref()),
            shared: either(self.shared, block.shared.as_ref()),
            cache: either(self.cache, block.cache.as_ref()),
            version: either(self.version, block.version.as_ref()),
            query: either(self.query, block.query.as_ref()),
            browser: either(self.browser, block.browser.as_ref()),
            warm: either(self.warm, block.warm.as_ref()),
            stale: self.stale.or(&block.stale),
            replaces: either(self.replaces, block.replaces.as_ref()),
            verify: either(self.verify, block.verify.as_ref()),
            handle: either(self.handle, block.handle.as_ref()),
            runtime: either(self.runtime, block.runtime.as_ref()),
            associated: either(self.associated, block.associated.as_ref()),
            trait_impl: either(self.trait_impl, block.trait_impl.as_ref()),
            folded: self.folded,
        }
    }
}

#[cfg(test)]
#[path = "arguments/tests.rs"]
mod tests;
