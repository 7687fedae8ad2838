//! Whether a load has changed anything: by `PartialEq`, where the kept part has it, else by its bytes, where it has those.

use super::Outcome;
use crate::entry::Equals;
use crate::format::codec::coder;
use crate::value::SharedValue;

/// A probe of an outcome: how are two of its kept parts compared?
#[derive(Debug)]
pub struct EqualsProbe<O>(pub O);

/// The first answer: by `PartialEq`.
pub trait ProbeEq {
    /// The comparison.
    fn equals(&self) -> Equals;

    /// The comparison, if there is one.
    fn known(&self) -> Option<Equals> {
        Some(self.equals())
    }
}

impl<O: Outcome<Kept: PartialEq + 'static>> ProbeEq for &&EqualsProbe<O> {
    fn equals(&self) -> Equals {
        |one, other| {
            let one: Option<&O::Kept> = one.downcast_ref();
            one.is_some() && one == other.downcast_ref()
        }
    }
}

/// The second answer: by the bytes that a store would keep.
pub trait ProbeBytes {
    /// The comparison.
    fn equals(&self) -> Equals;

    /// The comparison, if there is one.
    fn known(&self) -> Option<Equals> {
        Some(self.equals())
    }
}

impl<O: Outcome<Kept: SharedValue>> ProbeBytes for &EqualsProbe<O> {
    fn equals(&self) -> Equals {
        coder::equals::<O::Kept>
    }
}

/// The last answer: nobody knows, and every load counts as a change.
pub trait ProbeUnknown {
    /// The comparison.
    fn equals(&self) -> Equals;

    /// No comparison.
    fn known(&self) -> Option<Equals> {
        None
    }
}

impl<O: Outcome> ProbeUnknown for EqualsProbe<O> {
    fn equals(&self) -> Equals {
        |_, _| false
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use crate::outcome::Probe;

    /// How two values of a type compare as the probe does it.
    macro_rules! equal {
        ($type:ty, $one:expr, $other:expr) => {{
            #[allow(unused_imports)]
            use super::{ProbeBytes as _, ProbeEq as _, ProbeUnknown as _};
            #[allow(unused_imports)]
            use crate::outcome::{ProbeFallible as _, ProbePlain as _, ProbeShared as _};
            let outcome = (&&&Probe::<$type>::new()).outcome();
            let equals = (&&&super::EqualsProbe(outcome)).equals();
            equals(&$one, &$other)
        }};
    }

    #[derive(Clone, Serialize, Deserialize)]
    struct InBytes(u64, String);
    #[derive(Clone)]
    struct Opaque;

    #[test]
    fn values_are_compared_as_well_as_their_type_allows() {
        assert!(equal!(Result<u64, String>, 7_u64, 7_u64));
        assert!(!equal!(u64, 7_u64, 8_u64));
        assert!(!equal!(f64, f64::NAN, f64::NAN));
        assert!(!equal!(u64, 7_u64, 7_u32), "of another type");
        let value = |n: u64| InBytes(n, "a".to_owned());
        assert!(equal!(InBytes, value(1), value(1)));
        assert!(!equal!(InBytes, value(1), value(2)));
        assert!(!equal!(Opaque, Opaque, Opaque), "nobody knows");
    }
}
