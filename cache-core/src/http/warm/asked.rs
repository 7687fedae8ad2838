//! Which pages are asked for most: a bounded count.

use std::collections::HashMap;
use std::sync::Arc;

use super::page::WarmPage;
use crate::http::key::RequestKey;

/// The pages that were asked for most. Twice as many are counted as are kept warm, so that those of about the same rank do not push
/// each other out.
#[derive(Debug)]
pub(super) struct AskedPages {
    most: usize,
    by_key: HashMap<Box<[u8]>, usize, foldhash::fast::FixedState>,
    pages: Vec<(u32, Arc<WarmPage>)>,
    /// Where the search for the page that is asked for least goes on.
    hand: usize,
    /// How many asks were counted since the counts were last halved.
    counted: u64,
}

/// How many pages are looked at for the one that is asked for least.
const LOOKED_AT: usize = 16;

/// The counts are halved after so many asks for each page, so that what was popular once gives way.
const ASKS_OF_A_PAGE: u64 = 64;

impl AskedPages {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            by_key: HashMap::default(),
            pages: Vec::new(),
            hand: 0,
            counted: 0,
        }
    }

    fn capacity(&self) -> usize {
        self.most.saturating_mul(2)
    }

    /// Counts `asks` of a page. A page without room takes them off the count of one that is rarely asked for, and replaces it when
    /// that is used up.
    pub(super) fn count(
        &mut self,
        key: &RequestKey,
        asks: u32,
        page: impl FnOnce() -> WarmPage,
    ) -> Option<Arc<WarmPage>> {
        self.counted += u64::from(asks);
        if self.counted > ASKS_OF_A_PAGE.saturating_mul(self.capacity() as u64) {
            self.counted = 0;
            self.pages.iter_mut().for_each(|(count, _)| *count /= 2);
        }
        if let Some(&at) = self.by_key.get(key.as_bytes()) {
            let (count, page) = &mut self.pages[at];
            *count = count.saturating_add(asks);
            return Some(page.clone());
        }
        let at = if self.pages.len() < self.capacity() {
            self.pages.push((asks, Arc::new(page())));
            self.pages.len() - 1
        } else {
            let at = self.least();
            let (count, there) = &mut self.pages[at];
            if *count > asks {
                *count -= asks;
                return None;
            }
            self.by_key.remove(there.key.as_bytes());
            (*count, *there) = (asks, Arc::new(page()));
            at
        };
        self.by_key.insert(key.as_bytes().into(), at);
        Some(self.pages[at].1.clone())
    }

    /// The one of the next few pages that is asked for least.
    fn least(&mut self) -> usize {
        let length = self.pages.len();
        let looked_at = (0..LOOKED_AT.min(length)).map(|step| (self.hand + step) % length);
        let least = looked_at.min_by_key(|at| self.pages[*at].0).unwrap_or(0);
        self.hand = (self.hand + LOOKED_AT) % length.max(1);
        least
    }

    /// The pages to keep warm with how often each was asked for, the most asked for first.
    pub(super) fn most(&self) -> Vec<(u32, Arc<WarmPage>)> {
        let mut pages = self.pages.clone();
        pages.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        pages.truncate(self.most);
        pages
    }
}
