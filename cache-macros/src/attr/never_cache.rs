//! `#[never_cache]`.

use super::{Arg, Grammar, each_argument, set};
use crate::errors::Errors;
use syn::parse::ParseStream;
use syn::{Error, Path};

/// The arguments of `#[never_cache]`.
#[derive(Clone, Default)]
pub(crate) struct NeverCache {
    pub(crate) runtime: Option<Arg<Path>>,
    pub(crate) associated: Option<Arg<()>>,
}

impl Grammar for NeverCache {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        let mut never = Self::default();
        each_argument(
            input,
            errors,
            |_| "nothing: `#[never_cache]` takes no arguments".to_owned(),
            |name, input| match name.to_string().as_str() {
                "crate" => set(&mut never.runtime, name, input),
                "associated" => set(&mut never.associated, name, input),
                other => Err(Error::new_spanned(
                    &name,
                    format!("`{other}` is not an argument of `#[never_cache]`, which takes none"),
                )),
            },
        );
        never
    }
}

#[cfg(test)]
mod tests {
    use super::NeverCache;
    use crate::testing::mistakes;

    #[test]
    fn it_takes_no_arguments() {
        assert!(mistakes::<NeverCache>("").is_empty());
        let found = mistakes::<NeverCache>("ttl = 5");
        assert_eq!(
            found,
            [(
                "ttl".to_owned(),
                "`ttl` is not an argument of `#[never_cache]`, which takes none".to_owned()
            )]
        );
    }
}
