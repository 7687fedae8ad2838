//! Values that are machine words: threads can have copies of them.

use std::marker::PhantomData;

use super::kept::{KeptProbe, copying};
use super::{Outcome, kind};
use crate::entry::InTable;
use crate::near::SharedError;

/// A value that is a machine word.
pub trait Word: Copy + 'static {
    /// How many bits it has, at most 64.
    const BITS: u32;

    /// The word.
    fn to_word(self) -> u64;

    /// The value that gave this word.
    fn of_word(word: u64) -> Self;
}

macro_rules! integers {
    ($($type:ty as $unsigned:ty),*) => {$(
        impl Word for $type {
            const BITS: u32 = <$type>::BITS;

            #[inline]
            #[allow(clippy::cast_lossless, clippy::cast_sign_loss, reason = "for some of the types they are needed")]
            fn to_word(self) -> u64 {
                self as $unsigned as u64
            }

            #[inline]
            #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "the word was made of this type")]
            fn of_word(word: u64) -> Self {
                word as $unsigned as $type
            }
        }
    )*};
}

integers!(
    u8 as u8,
    u16 as u16,
    u32 as u32,
    u64 as u64,
    usize as usize,
    i8 as u8,
    i16 as u16,
    i32 as u32,
    i64 as u64,
    isize as usize
);

macro_rules! words {
    ($($type:ty, $bits:expr, |$value:ident| $word:expr, |$bits_of:ident| $of:expr;)*) => {$(
        impl Word for $type {
            const BITS: u32 = $bits;

            #[inline]
            fn to_word(self) -> u64 {
                let $value = self;
                $word
            }

            #[inline]
            fn of_word(word: u64) -> Self {
                let $bits_of = word;
                $of
            }
        }
    )*};
}

words! {
    (), 0, |_unit| 0, |_word| ();
    bool, 1, |flag| u64::from(flag), |word| word != 0;
    char, 32, |letter| u64::from(u32::from(letter)), |word| char::from_u32(u32::of_word(word)).unwrap_or_default();
    f32, 32, |number| u64::from(number.to_bits()), |word| Self::from_bits(u32::of_word(word));
    f64, 64, |number| number.to_bits(), |word| Self::from_bits(word);
}

/// An option of what leaves a bit for it.
macro_rules! options {
    ($($type:ty),*) => {$(
        impl Word for Option<$type> {
            const BITS: u32 = <$type as Word>::BITS + 1;

            #[inline]
            fn to_word(self) -> u64 {
                self.map_or(0, |value| value.to_word() << 1 | 1)
            }

            #[inline]
            fn of_word(word: u64) -> Self {
                (word & 1 == 1).then(|| Word::of_word(word >> 1))
            }
        }
    )*};
}

options!(u8, u16, u32, i8, i16, i32, bool, char, f32);

copying! {
    /// An outcome whose kept part is a machine word.
    Words of Word, by |kept: &O::Kept| *kept, {
        const IS_WORD: bool = true;

        #[inline]
        fn to_word(kept: &O::Kept) -> u64 {
            kept.to_word()
        }

        #[inline]
        fn of_word(word: u64) -> Option<O::Kept> {
            Some(Word::of_word(word))
        }
    }
}

/// The first answer to what the kept part is: a machine word.
pub trait ProbeWord<O> {
    /// The outcome of words.
    #[inline]
    fn settled(&self) -> Words<O> {
        Words(PhantomData)
    }
}

impl<O: Outcome<Kept: Word>> ProbeWord<O> for &&KeptProbe<O> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes_back<T: Word + PartialEq + std::fmt::Debug>(values: impl IntoIterator<Item = T>) {
        for value in values {
            assert_eq!(T::of_word(value.to_word()), value);
            assert!(
                T::BITS == 64 || value.to_word() >> T::BITS == 0,
                "{value:?}"
            );
        }
    }

    #[test]
    fn a_word_gives_the_value_that_it_was_made_of() {
        comes_back([0_u8, u8::MAX]);
        comes_back([0_u64, u64::MAX]);
        comes_back([i8::MIN, -1, 0, i8::MAX]);
        comes_back([i32::MIN, -1, 0, i32::MAX]);
        comes_back([i64::MIN, -1, 0, i64::MAX]);
        comes_back([isize::MIN, 7]);
        comes_back([(), ()]);
        comes_back([true, false]);
        comes_back(['\0', 'ä', char::MAX]);
        comes_back([f32::MIN, -0.0, f32::INFINITY]);
        comes_back([f64::MIN, -0.0, f64::INFINITY]);
        comes_back([None, Some(0_u32), Some(u32::MAX)]);
        comes_back([None, Some(i32::MIN), Some(-1)]);
        comes_back([None, Some(false), Some(true)]);
    }
}
