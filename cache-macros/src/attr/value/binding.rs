//! `replaces = old`.

use super::{Value, after_equals, ungrouped};
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Result};

/// The name of a variable that the body gets.
#[derive(Clone)]
pub(crate) struct Binding(pub(crate) Ident);

impl Value for Binding {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let value = ungrouped(after_equals(name, input)?);
        let name_of = match &value {
            Expr::Path(path) => path.path.get_ident(),
            _ => None,
        };
        match name_of {
            Some(ident) => Ok(Self(ident.clone())),
            None => Err(Error::new_spanned(
                value,
                format!(
                    "`{name}` takes the name by which the body finds the value that its load replaces, as in `{name} = old`"
                ),
            )),
        }
    }
}
