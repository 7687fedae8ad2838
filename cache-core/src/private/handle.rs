use std::convert::Infallible;

/// The type of a handle's only variant. If the name of the handle leads elsewhere, another type is found under its name.
#[diagnostic::on_unimplemented(
    message = "the handle of this function has the name of a module",
    label = "`clear`, `stats` and the rest of the handle stand under this name, and so does the module",
    note = "give the handle a name of its own: `handle = other_name` in the attribute",
    note = "or leave it out: `handle = false`"
)]
pub trait Claims<Handle> {}

#[diagnostic::do_not_recommend]
impl<Handle, Variant: Fn(Infallible) -> Handle> Claims<Handle> for Variant {}

/// The variant's name, as it is found if no handle has it.
#[derive(Debug)]
pub struct Elsewhere;

/// Found if the name of a handle does not lead to the handle.
#[expect(
    non_upper_case_globals,
    reason = "it stands for the variant of that name"
)]
pub const __Handle: Elsewhere = Elsewhere;

/// Compiles if the name of a handle leads to the handle.
pub const fn claims<Handle, Variant: Claims<Handle>>(_: &Variant) {}
