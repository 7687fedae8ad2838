//! Parts of a record, each with its length in front.

/// Appends a number of parts; `None` if there are too many.
pub(crate) fn write_count(number: usize, out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(&u32::try_from(number).ok()?.to_le_bytes());
    Some(())
}

/// Appends a part; `None` if it is too long.
pub(crate) fn write_part(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    write_count(bytes.len(), out)?;
    out.extend_from_slice(bytes);
    Some(())
}

/// What has not been read yet of a record. Nothing that it reads is longer than what backs it.
pub(crate) struct PartReader<'a>(pub(crate) &'a [u8]);

impl<'a> PartReader<'a> {
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    pub(crate) fn count(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn part(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.count()?).ok()?;
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(part)
    }
}
