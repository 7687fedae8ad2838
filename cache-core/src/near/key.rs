//! Keys as tiers keep them.

use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;

/// What a key must be to be kept in a near tier.
pub trait NearKey: Eq + Clone + Send + Sync + 'static {}

impl<K: Eq + Clone + Send + Sync + 'static> NearKey for K {}

/// A key of any type: what happens at a miss is compiled once, and not for each type of key.
pub(crate) trait AnyKey: Any + Send + Sync {
    /// Whether the other is the same key, of the same type.
    fn is(&self, other: &dyn AnyKey) -> bool;
}

/// A key of one tier, whatever its type is. Only the tier makes it, so that it has the type of the others.
#[derive(Clone)]
pub(crate) struct TierKey(Arc<dyn AnyKey>);

impl TierKey {
    pub(super) fn new(key: impl NearKey) -> Self {
        Self(Arc::new(key))
    }
}

impl Deref for TierKey {
    type Target = dyn AnyKey;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl<K: NearKey> AnyKey for K {
    fn is(&self, other: &dyn AnyKey) -> bool {
        other.as_type() == Some(self)
    }
}

impl dyn AnyKey {
    /// The key, if it is of this type.
    pub(crate) fn as_type<K: 'static>(&self) -> Option<&K> {
        (self as &dyn Any).downcast_ref()
    }

    /// The text of a key that is text.
    pub(crate) fn text(&self) -> Option<&[u8]> {
        self.as_type::<Box<[u8]>>().map(|text| &**text)
    }
}
