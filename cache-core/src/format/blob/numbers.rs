//! Numbers of any size: seven bits in a byte, the lowest first, and one bit that says whether another byte follows.

const MORE: u8 = 0x80;

pub(super) fn write(out: &mut Vec<u8>, mut number: u64) {
    while number >= u64::from(MORE) {
        out.push(number.to_le_bytes()[0] | MORE);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// What has not been read yet.
pub(super) struct HeadReader<'a>(pub(super) &'a [u8]);

impl<'a> HeadReader<'a> {
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    /// `None` also for a number that does not fit.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let [byte] = self.array()?;
            let bits = u64::from(byte & !MORE);
            let shifted = bits << shift;
            if shifted >> shift != bits {
                return None;
            }
            number |= shifted;
            if byte & MORE == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn take(&mut self, len: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(len).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        for (number, length) in [(0, 1), (127, 1), (128, 2), (60_000_000, 4), (u64::MAX, 10)] {
            let mut out = Vec::new();
            write(&mut out, number);
            assert_eq!(out.len(), length, "{number}");
            assert_eq!(HeadReader(&out).number(), Some(number));
            assert_eq!(
                HeadReader(&out[..length - 1]).number(),
                None,
                "{number} cut short"
            );
        }
    }

    #[test]
    fn a_number_that_does_not_fit_is_none() {
        assert_eq!(HeadReader(&[0xFF; 20]).number(), None);
        let mut large = [0xFF; 10];
        large[9] = 2;
        assert_eq!(HeadReader(&large).number(), None);
    }
}
