//! Attributes of a block, applied to its functions.

use super::{Merged, Primary};
use crate::attr::{Arguments, AttributeKind};

impl Merged {
    /// The attributes of a function in a block: its own, then those of the block; nothing if neither annotates it.
    pub(crate) fn within(mut self, block: &Self, is_handler: bool) -> Option<Self> {
        let is_own_function = self
            .primary
            .as_ref()
            .map_or(self.changes().next().is_some(), |own| {
                own.kind == AttributeKind::Cached
            });
        match &block.primary {
            Some(of_block) if of_block.kind == AttributeKind::Cached => {
                if let Some(own) = self
                    .primary
                    .as_mut()
                    .filter(|own| own.kind == AttributeKind::Cached)
                {
                    own.arguments = std::mem::take(&mut own.arguments).or(&of_block.arguments);
                }
                return (!self.is_empty()).then_some(self);
            }
            _ if is_own_function || (!is_handler && self.is_empty()) => {
                return (!self.is_empty()).then_some(self);
            }
            Some(of_block) if self.never_cache.is_none() => {
                let own = self.primary.get_or_insert_with(|| Primary {
                    arguments: Arguments::default(),
                    ..of_block.clone()
                });
                own.arguments = std::mem::take(&mut own.arguments).or(&of_block.arguments);
            }
            _ => {}
        }
        self.vary_on.extend(block.vary_on.iter().cloned());
        self.unresolved.extend(block.unresolved.iter().cloned());
        // What a handler says itself takes the place of what the block says, and `#[never_cache]` is all that there is to say.
        if self.never_cache.is_none() && self.cache_control.is_none() {
            self.cache_control.clone_from(&block.cache_control);
        }
        self.conditional = self.conditional.or_else(|| block.conditional.clone());
        self.never_cache = self.never_cache.or_else(|| block.never_cache.clone());
        Some(self)
    }
}
