//! What is watched while a value is written or read.

use std::cell::Cell;

use super::{DecodeError, EncodeError};
use crate::format::schema::{FieldNames, NamesOwner};

#[cfg(test)]
mod tests;

/// How many values may stand inside of each other: what a thread of 2 MiB bears in a debug build, with room to spare.
pub(super) const DEPTH: usize = 128;
/// How many elements may come without a byte of their own (units, in a list whose length is all that is written).
const WIDTHLESS: usize = 1 << 16;

/// What is written or read at one place. The numbers enter the [trace](CodecGuard::trace), which is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum TraceKind {
    Bool = 1,
    I8,
    I16,
    I32,
    I64,
    I128,
    U8,
    U16,
    U32,
    U64,
    U128,
    F32,
    F64,
    Char,
    Str,
    Bytes,
    None,
    Some,
    Unit,
    Seq,
    Tuple,
    Map,
    Struct,
    UnitVariant,
    NewtypeVariant,
    TupleVariant,
    StructVariant,
    /// The end of what has parts.
    End,
}

/// Why it went no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GuardFault {
    NeedsNames,
    TooDeep,
    TooMuch,
    Ambiguous,
}

impl GuardFault {
    /// What stands in an error of the format until the guard is asked.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::NeedsNames => "names are needed",
            Self::TooDeep => "nested too deep",
            Self::TooMuch => "more announced than there is",
            Self::Ambiguous => "`Some` of nothing",
        }
    }
}

/// One value on its way. Nested values share it.
#[derive(Debug)]
pub(super) struct CodecGuard<'n> {
    /// The names that must be written, where the bytes do not hold them.
    names: Option<&'n FieldNames>,
    /// How many bytes there are to read.
    input: usize,
    depth: Cell<usize>,
    elements: Cell<usize>,
    trace: Cell<u64>,
    after_some: Cell<bool>,
    fault: Cell<Option<GuardFault>>,
}

impl<'n> CodecGuard<'n> {
    fn new(names: Option<&'n FieldNames>, input: usize) -> Self {
        Self {
            names,
            input,
            depth: Cell::new(0),
            elements: Cell::new(0),
            trace: Cell::new(0),
            after_some: Cell::new(false),
            fault: Cell::new(None),
        }
    }

    /// For bytes without names, which must be written as `names` are read.
    pub(super) fn writing_positions(names: &'n FieldNames) -> Self {
        Self::new(Some(names), 0)
    }

    /// For bytes that name their fields.
    pub(super) fn writing_names() -> Self {
        Self::new(None, 0)
    }

    pub(super) fn reading(input: usize) -> Self {
        Self::new(None, input)
    }

    /// Whether the bytes hold no names.
    pub(super) fn is_positional(&self) -> bool {
        self.names.is_some()
    }

    /// The names that `owner` must write.
    pub(super) fn list(
        &self,
        owner: NamesOwner,
    ) -> Result<Option<&'static [&'static str]>, GuardFault> {
        match self.names {
            None => Ok(None),
            Some(names) => names
                .list(owner)
                .map(Some)
                .ok_or_else(|| self.needs_names()),
        }
    }

    pub(super) fn needs_names(&self) -> GuardFault {
        self.fail(GuardFault::NeedsNames)
    }

    fn fail(&self, fault: GuardFault) -> GuardFault {
        self.fault.set(Some(fault));
        fault
    }

    /// Goes one value deeper, until the answer is dropped.
    pub(super) fn enter(&self) -> Result<Level<'_, 'n>, GuardFault> {
        let depth = self.depth.get();
        if depth == DEPTH {
            return Err(self.fail(GuardFault::TooDeep));
        }
        self.depth.set(depth + 1);
        Ok(Level(self))
    }

    /// Notes what is written or read. Where the bytes hold no names, both must go the same way.
    pub(super) fn note(&self, kind: TraceKind) {
        if self.after_some.replace(kind == TraceKind::Some)
            && matches!(kind, TraceKind::None | TraceKind::Unit)
            && !self.is_positional()
        {
            self.fail(GuardFault::Ambiguous);
        }
        self.mix(kind as u64);
    }

    /// Notes the end of what had `parts`.
    pub(super) fn end(&self, parts: usize) {
        self.mix(TraceKind::End as u64 | (parts as u64) << 8);
    }

    fn mix(&self, word: u64) {
        let mixed = (self.trace.get().rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
        self.trace.set(mixed);
    }

    /// What was noted, as a hash.
    pub(super) fn trace(&self) -> u32 {
        let [low @ .., _, _, _, _] = self.trace.get().to_le_bytes();
        let [_, _, _, _, high @ ..] = self.trace.get().to_le_bytes();
        u32::from_le_bytes(low) ^ u32::from_le_bytes(high)
    }

    /// Counts an element of a sequence or map. Each takes a byte at least, but for those that take none.
    pub(super) fn element(&self) -> Result<(), GuardFault> {
        self.elements.set(self.elements.get() + 1);
        if self.reads_too_much(self.input) {
            return Err(self.fail(GuardFault::TooMuch));
        }
        Ok(())
    }

    /// Counts an element that is written: how many bytes there will be is not known yet.
    pub(super) fn written(&self) {
        self.elements.set(self.elements.get() + 1);
    }

    /// Whether a reader of `bytes` bytes would not believe that they hold these elements.
    pub(super) fn reads_too_much(&self, bytes: usize) -> bool {
        self.elements.get() > bytes.saturating_add(WIDTHLESS)
    }

    /// How many elements to make room for, of `announced` ones.
    pub(super) fn room(&self, announced: Option<usize>) -> Option<usize> {
        announced.map(|announced| announced.min(self.input))
    }

    /// The error of a writer, if `refusal` or the guard has one.
    pub(super) fn written_or<T, E: ToString>(
        &self,
        written: Result<T, E>,
    ) -> Result<T, EncodeError> {
        match (self.fault.get(), written) {
            (None, Ok(value)) => Ok(value),
            (None, Err(refusal)) => Err(EncodeError::Refused(refusal.to_string())),
            (Some(GuardFault::NeedsNames), _) => Err(EncodeError::NeedsNames),
            (Some(GuardFault::TooDeep), _) => Err(EncodeError::TooDeep),
            (Some(GuardFault::Ambiguous), _) => Err(EncodeError::Ambiguous),
            (Some(fault @ GuardFault::TooMuch), _) => {
                Err(EncodeError::Refused(fault.text().into()))
            }
        }
    }

    /// The error of a reader, if `refusal` or the guard has one.
    pub(super) fn read_or<T, E: ToString>(&self, read: Result<T, E>) -> Result<T, DecodeError> {
        match (self.fault.get(), read) {
            (Some(GuardFault::TooDeep), _) => Err(DecodeError::TooDeep),
            (Some(GuardFault::TooMuch), _) => Err(DecodeError::TooMuch),
            (_, Ok(value)) => Ok(value),
            (_, Err(refusal)) => Err(DecodeError::Refused(refusal.to_string())),
        }
    }
}

/// One value deep.
pub(super) struct Level<'w, 'n>(&'w CodecGuard<'n>);

impl Drop for Level<'_, '_> {
    fn drop(&mut self) {
        self.0.depth.set(self.0.depth.get() - 1);
    }
}
