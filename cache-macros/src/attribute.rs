//! The pipeline of an attribute: parse, merge, check, expand.

use crate::attr::arguments::Folded;
use crate::attr::{AttributeKind, Runtime};
use crate::block::{Block, Member};
use crate::check::{self, Subject, Vary};
use crate::errors::Errors;
use crate::framework::WebFramework;
use crate::item::Item;
use crate::merge::{self, Merged};
use crate::signature::Function;
use crate::{expand, fallback};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Path, Result};

/// Expands an attribute; after mistakes, gives the errors, the item and an inert handle.
pub(crate) fn apply(
    kind: AttributeKind,
    framework: WebFramework,
    arguments: &TokenStream,
    item: TokenStream,
) -> TokenStream {
    if arguments.to_string() == merge::taken().to_string() {
        return TokenStream::new();
    }
    try_apply(kind, framework, arguments.clone(), item.clone())
        .unwrap_or_else(|error| fallback::item((kind, framework), arguments, &error, item))
}

fn try_apply(
    kind: AttributeKind,
    framework: WebFramework,
    arguments: TokenStream,
    item: TokenStream,
) -> Result<TokenStream> {
    let mut item = Item::read(item)?;
    merge::refuse_expanded(kind, item.attributes())?;
    let own = Folded {
        kind,
        name: Ident::new(kind.name(), Span::call_site()),
        tokens: arguments,
        unresolved: None,
    };
    if !kind.is_primary() && merge::fold(&own, item.attributes_mut()) {
        return Ok(item.into_token_stream());
    }
    let mut errors = Errors::default();
    let mut ours = vec![own];
    ours.extend(merge::take(item.attributes_mut(), &mut errors));
    let merged = Merged::read(ours, &mut errors);
    merged.check(&mut errors);
    errors.finish()?;
    match item {
        Item::Function(function) => self::function((kind, framework), merged, &function, None),
        Item::Block(block) => self::block((kind, framework), &merged, block),
    }
}

/// Expands one function.
fn function(
    (kind, framework): (AttributeKind, WebFramework),
    mut merged: Merged,
    function: &Function,
    block: Option<&Block>,
) -> Result<TokenStream> {
    let runtime = merged
        .runtime()
        .cloned()
        .unwrap_or_else(|| Runtime::default().0);
    let primary = merged.primary.take();
    let subject = Subject {
        function,
        block,
        unresolved: &merged.unresolved,
    };
    let mut errors = Errors::default();
    let vary = Vary::of(merged.vary_on.iter().map(|(_, vary)| vary), &mut errors);
    errors.finish()?;
    match primary {
        Some(primary) if primary.kind == AttributeKind::Cached => {
            check::cached::check(AttributeKind::Cached, primary.arguments, runtime, subject)
                .map(|cached| expand::cached(&cached))
        }
        Some(primary) => {
            needs(kind, framework, framework.is_there())?;
            let host = (runtime, framework);
            check::page::check(primary.arguments, &merged, vary, host, subject)
                .map(|page| expand::page(&page))
        }
        None => {
            let changed = changed(&merged, &runtime, subject)?;
            let function = changed.as_ref().unwrap_or(function);
            if !merged.speaks_of_headers() {
                return Ok(expand::changed(function, &merged.unresolved));
            }
            needs(kind, framework, framework.is_there())?;
            let subject = Subject {
                function,
                ..subject
            };
            let host = (runtime, framework);
            check::headers::check(kind, &merged, vary, host, subject)
                .map(|headers| expand::headers(&headers))
        }
    }
}

/// Refuses the attributes of handlers in a build without a web framework, which their code needs.
fn needs(kind: AttributeKind, framework: WebFramework, is_there: bool) -> Result<()> {
    if is_there {
        return Ok(());
    }
    let feature = framework.feature();
    Err(syn::Error::new(
        Span::call_site(),
        format!(
            "{kind} needs the feature `{feature}`: in Cargo.toml, `cache-core = {{ version = \"{}\", features = [\"{feature}\"] }}`",
            env!("CARGO_PKG_VERSION")
        ),
    ))
}

/// The function with a body that also stores or invalidates; nothing if it does neither.
fn changed(merged: &Merged, runtime: &Path, subject: Subject<'_>) -> Result<Option<Function>> {
    let mut errors = Errors::default();
    let mut changed: Option<Function> = None;
    if let Some((name, arguments)) = &merged.cache_put {
        let put = check::cached::check_put(name, arguments.clone(), runtime.clone(), subject);
        changed = errors.absorb(put).map(|put| expand::put(&put));
    }
    for (name, arguments) in &merged.invalidates {
        let function = changed.as_ref().unwrap_or(subject.function);
        let subject = Subject {
            function,
            ..subject
        };
        let stale = check::invalidates::check(name, arguments, runtime.clone(), subject);
        if let Some(function) = errors
            .absorb(stale)
            .map(|stale| expand::invalidates(&stale))
        {
            changed = Some(function);
        }
    }
    errors.finish().map(|()| changed)
}

/// Expands a block, function by function.
fn block(
    (kind, framework): (AttributeKind, WebFramework),
    of_block: &Merged,
    mut block: Block,
) -> Result<TokenStream> {
    let mut errors = Errors::default();
    if let Some(primary) = &of_block.primary {
        check::arguments::check_block(&primary.arguments, &mut errors);
    }
    for (kind, name) in of_block.changes() {
        errors.at(
            name,
            format!("{kind} belongs on one function: it does not apply to a whole block"),
        );
    }
    if of_block.changes().next().is_some() {
        errors.finish()?;
        return Ok(TokenStream::new());
    }
    let merged = merge_members(of_block, &mut block, &mut errors);
    if merged.iter().all(Option::is_none) {
        let message = match kind {
            AttributeKind::Cached => {
                "no function of this block is `#[cached]`; write it on those that are".to_owned()
            }
            _ => format!(
                "{kind} finds no handler in this block: a handler is an `async fn` without `self`"
            ),
        };
        errors.push(syn::Error::new(Span::call_site(), message));
    }
    errors.finish()?;

    let mut errors = Errors::default();
    let mut members = TokenStream::new();
    for (member, merged) in block.members.iter().zip(merged) {
        match (member, merged) {
            (Member::Function(function), Some(merged)) => {
                members.extend(errors.absorb(self::function(
                    (kind, framework),
                    merged,
                    function,
                    Some(&block),
                )));
            }
            (member, _) => member.to_tokens(&mut members),
        }
    }
    errors.finish()?;
    let block = block.with_members(&members);
    Ok(quote!(#block))
}

/// Merges the attributes of each member with those of the block, and removes them from the functions.
fn merge_members(of_block: &Merged, block: &mut Block, errors: &mut Errors) -> Vec<Option<Merged>> {
    let mut merged = Vec::new();
    for member in &mut block.members {
        let Member::Function(function) = member else {
            merged.push(None);
            continue;
        };
        let own = Merged::read(merge::take(&mut function.attributes, errors), errors);
        let all = own.within(of_block, is_handler(function));
        if let Some(all) = &all {
            all.check(errors);
        }
        merged.push(all);
    }
    merged
}

fn is_handler(function: &Function) -> bool {
    function.is_async() && function.receiver().is_none()
}

#[cfg(test)]
mod tests;
