//! How much a store of ours keeps: `max_entries=10000&max_bytes=64MiB`.

use crate::address::Address;
use crate::error::Result;

/// The most that a store keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StoreBounds {
    pub(super) entries: usize,
    pub(super) bytes: u64,
}

impl StoreBounds {
    /// Takes the bounds out of an address, with these where it says nothing.
    ///
    /// # Errors
    ///
    /// If they are no numbers.
    pub(super) fn take(address: &mut Address, otherwise: Self) -> Result<Self> {
        let entries = address.take_as("max_entries", "a number", |text| text.parse().ok())?;
        let kind = "a size, such as 64MiB, 500MB or 1000000";
        let bytes = address.take_as("max_bytes", kind, size)?;
        Ok(Self {
            entries: entries.unwrap_or(otherwise.entries),
            bytes: bytes.unwrap_or(otherwise.bytes),
        })
    }
}

/// Bytes, as people write them: a number, or one with a unit of 1000 (`MB`) or 1024 (`MiB`).
fn size(text: &str) -> Option<u64> {
    let unit = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(unit.unwrap_or(text.len()));
    let factor = match unit.trim_start() {
        "" | "B" => 1,
        "kB" | "KB" => 1000,
        "MB" => 1000 * 1000,
        "GB" => 1000 * 1000 * 1000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHERWISE: StoreBounds = StoreBounds {
        entries: 7,
        bytes: 70,
    };

    fn bounds(url: &str) -> Result<StoreBounds> {
        StoreBounds::take(&mut Address::parse(url)?, OTHERWISE)
    }

    #[test]
    fn sizes_are_written_as_people_do() {
        for (text, bytes) in [
            ("0", 0),
            ("123", 123),
            ("1B", 1),
            ("2kB", 2000),
            ("3 MB", 3_000_000),
            ("64MiB", 64 << 20),
            ("2GiB", 2 << 30),
        ] {
            assert_eq!(size(text), Some(bytes), "{text}");
        }
        for text in ["", "MB", "-1", "1.5MB", "1 MB MB", "1mb", "99999999999GiB"] {
            assert_eq!(size(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_said_is_as_otherwise() {
        assert_eq!(bounds("memory:").unwrap(), OTHERWISE);
        let told = bounds("memory:?max_entries=5&max_bytes=1kB").unwrap();
        assert_eq!((told.entries, told.bytes), (5, 1000));
    }

    #[test]
    fn what_is_no_bound_is_an_error_that_names_it() {
        let error = bounds("memory:?max_bytes=much").unwrap_err().to_string();
        assert!(error.contains("`max_bytes=much`: not a size"), "{error}");
        assert!(
            bounds("memory:?max_entries=-1")
                .unwrap_err()
                .is_invalid_url()
        );
    }
}
