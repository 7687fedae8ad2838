//! The derived implementation of `CacheKey`.

use crate::check::key_type::{KeyField, KeyType, KeyVariant, Shape};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Member, Path};

/// `impl CacheKey for …`.
pub(crate) fn derive(key_type: &KeyType) -> TokenStream {
    let KeyType {
        runtime,
        name,
        generics,
        ..
    } = key_type;
    let (parameters, arguments, clause) = generics.split_for_impl();
    let stored = match key_type.plain_fields() {
        Some(fields) => stored_by_field(runtime, fields),
        None => stored_as_text(runtime),
    };
    let write = match &key_type.shape {
        Shape::Struct(fields) => group(key_type, "", fields, |member| quote!(&self.#member)),
        Shape::Enum(variants) if variants.is_empty() => quote!(match *self {}),
        Shape::Enum(variants) => {
            let arms = variants.iter().map(|variant| arm(key_type, variant));
            quote!(match self { #(#arms)* })
        }
    };
    quote! {
        #[automatically_derived]
        impl #parameters #runtime::CacheKey for #name #arguments #clause {
            #stored

            fn write(&self, __out: &mut #runtime::KeyWriter<'_>) {
                #write
            }
        }
    }
}

/// All but the text of a key whose stored form is its text.
fn stored_as_text(runtime: &Path) -> TokenStream {
    let canonical = quote!(#runtime::__private::Canonical);
    quote! {
        type Stored = #canonical;

        fn hash<__H: ::core::hash::Hasher>(&self, __state: &mut __H) {
            #canonical::hash_of(self, __state);
        }

        fn same(&self, __stored: &#canonical) -> bool {
            __stored.is(self)
        }

        fn store(&self) -> #canonical {
            #canonical::of(self)
        }
    }
}

/// All but the text of a key that is stored as the tuple of its fields.
fn stored_by_field(runtime: &Path, fields: &[KeyField]) -> TokenStream {
    let key = quote!(#runtime::CacheKey);
    let (types, members) = (
        fields.iter().map(|field| &field.ty),
        fields.iter().map(|field| &field.member),
    );
    let (types, fields) = (quote!((#(#types,)*)), quote!((#(&self.#members,)*)));
    quote! {
        type Stored = <#types as #key>::Stored;

        const BITS: u32 = <#types as #key>::BITS;

        #[inline]
        fn bits(&self) -> u64 {
            #key::bits(&#fields)
        }

        #[inline]
        fn hash<__H: ::core::hash::Hasher>(&self, __state: &mut __H) {
            #key::hash(&#fields, __state);
        }

        #[inline]
        fn same(&self, __stored: &Self::Stored) -> bool {
            #key::same(&#fields, __stored)
        }

        fn store(&self) -> Self::Stored {
            #key::store(&#fields)
        }
    }
}

fn arm(key_type: &KeyType, variant: &KeyVariant) -> TokenStream {
    let name = &variant.name;
    let bindings = variant.fields.iter().map(|field| {
        let (member, binding) = (&field.member, binding(&field.member));
        quote!(#member: #binding)
    });
    let pattern = if variant.is_unit {
        quote!(Self::#name)
    } else {
        quote!(Self::#name { #(#bindings,)* .. })
    };
    let text = syn::ext::IdentExt::unraw(name).to_string();
    let group = group(key_type, &text, &variant.fields, |member| {
        binding(member).to_token_stream()
    });
    quote!(#pattern => #group,)
}

fn binding(member: &Member) -> Ident {
    match member {
        Member::Named(name) => format_ident!("__{}", syn::ext::IdentExt::unraw(name)),
        Member::Unnamed(index) => format_ident!("__{}", index.index),
    }
}

fn group(
    key_type: &KeyType,
    name: &str,
    fields: &[KeyField],
    reference: impl Fn(&Member) -> TokenStream,
) -> TokenStream {
    let runtime = &key_type.runtime;
    let statements = fields.iter().map(|field| {
        let value = reference(&field.member);
        let key = match &field.with {
            None => value.clone(),
            Some(with) => {
                let made = quote_spanned!(with.span()=> #runtime::__private::key_of(#value, #with));
                quote!(&#made)
            }
        };
        let write = write(field, &key);
        match &field.skip_if {
            None => write,
            Some(skip_if) => quote!(if !#runtime::__private::of_kept(#value, #skip_if) { #write }),
        }
    });
    quote!(__out.group(#name, |__group| { let _ = &__group; #(#statements)* }))
}

/// Writes a field; the error about a field that is not a key is on its type.
fn write(field: &KeyField, value: &TokenStream) -> TokenStream {
    let place = field.ty.span();
    // An item that may be missing has a name, so that the next is not taken for it.
    let name = field
        .key_name()
        .or_else(|| match (&field.skip_if, &field.member) {
            (Some(_), Member::Unnamed(index)) => Some(format!("_{}", index.index)),
            _ => None,
        });
    let named = name.map(|name| quote_spanned!(place=> field(#name, #value)));
    let write = named.unwrap_or_else(|| quote_spanned!(place=> item(#value)));
    quote!(__group.#write;)
}
