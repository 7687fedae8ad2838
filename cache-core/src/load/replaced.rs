//! What a load replaces, and what the next refresh learns from it.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use super::leader::{Leader, Role};
use super::request::LoadRequest;
use crate::clock;
use crate::context::request;
use crate::entry::{AnyEntry, Equals, Meta};
use crate::near::{EarlyRefresh, ExtraLoad};
use crate::policy::{Freshness, RefreshPlan, added_load, affordable};
use crate::trace::{self, Span};

impl<'n> LoadRequest<'n> {
    /// The load looks at what it replaces.
    pub(crate) fn look_back(&mut self) {
        self.looks_back = true;
    }

    /// Values are compared so.
    pub(crate) fn compare_by(&mut self, equals: Equals) {
        self.equals = Some(equals);
    }

    /// Refreshes of this request add to the loads of this bucket, rather than to those of the near tier.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "pages alone do"))]
    pub(crate) fn adding_to(mut self: Box<Self>, extra_load: &'n ExtraLoad) -> Box<Self> {
        self.extra_load = extra_load;
        self
    }

    /// Asks what the loads of the key have taught, where that is of use.
    pub(super) fn recall(&mut self) {
        if self.rules().adaptive {
            self.learnt = self.near.learnt(self.hash, &self.key);
        }
    }

    /// The plan of a value that was found elsewhere, and whose load took so long.
    pub(super) fn plan_of(&self, found: &Meta, cost: Duration) -> RefreshPlan {
        self.rules().plan(self.learnt, found.life(), cost)
    }

    /// Whether a value is to be loaded anew behind its caller. A refresh ahead of its time must be affordable; if it is not, the
    /// value is due again once it is.
    pub(super) fn may_refresh(&mut self, entry: &Meta, freshness: Freshness) -> bool {
        if !self.rules().adaptive || freshness != Freshness::Due || self.early.is_some() {
            return true;
        }
        let life = entry.life();
        match self.extra_load.take(added_load(life, clock::now())) {
            Ok(early) => {
                self.early = Some(early);
                true
            }
            Err(most) => {
                entry.due_at(affordable(life, most));
                false
            }
        }
    }
}

impl Leader<'_> {
    /// The body is about to run: from here on the load counts.
    pub(super) fn begin_body(&mut self) {
        if self.has_begun {
            return;
        }
        self.has_begun = true;
        let adaptive = self.request.rules().adaptive;
        if adaptive {
            let early = self.request.early.take();
            self.is_early = early.is_some();
            let anyway = early.map_or(1.0, EarlyRefresh::begin);
            self.request.extra_load.earn(anyway);
        }
        if let Some(counters) = self.request.counters {
            self.loading = Some(counters.load());
            let is_refresh = self.is_behind || matches!(self.role, Role::Refresh(_));
            let reason = if is_refresh {
                "refresh"
            } else {
                self.request.cause.reason().as_str()
            };
            self.span = Some(Span::of_load(counters.name(), reason));
            let function = std::ptr::from_ref(counters).addr();
            if request::note_run(function, self.request.hash) {
                trace::ran_again(counters.name());
            }
            if is_refresh {
                counters.refresh();
            }
            if self.is_early {
                counters.early();
            }
        }
        if adaptive || self.request.looks_back || self.request.revalidates {
            self.old = self.find_old();
        }
        self.offer_own();
    }

    /// The value that the load replaces, if nothing has invalidated it so far: a later invalidation reaches the load itself. A store
    /// may have to confirm the value before it serves.
    fn find_old(&self) -> Option<Arc<dyn AnyEntry>> {
        let LoadRequest {
            near, hash, key, ..
        } = &*self.request;
        if let Role::Alone(_) = self.role {
            return None;
        }
        let patience = self.request.patience.as_ref();
        let stale = patience.and_then(|patience| patience.stale.as_ref());
        let found = stale.or(self.old.as_ref()).cloned();
        let found = found.filter(|old| near.is_live(old.view()));
        found.or_else(|| near.candidate(*hash, key, self.request.asker))
    }

    /// What the load replaces, if it looks at that and it was there.
    pub(crate) fn old(&self) -> Option<&Arc<dyn AnyEntry>> {
        self.old.as_ref()
    }

    /// Learns from whether what was loaded equals what it replaces, where that is of use. What cannot be told counts as a
    /// change.
    pub(crate) fn compare(&mut self, new: &dyn Any) {
        if !self.request.rules().adaptive {
            return;
        }
        let Some(old) = &self.old else { return };
        let equals = self.request.equals;
        let is_equal = equals.is_some_and(|equals| equals(old.any_value(), new));
        self.request.learnt = self.request.learnt.learnt(!is_equal);
        if is_equal && let Some(counters) = self.request.counters {
            counters.unchanged();
        }
    }

    /// Gives the entry of a loaded value its plan.
    pub(super) fn with_plan(&self, meta: Meta) -> Meta {
        let rules = self.request.rules();
        if !rules.adaptive {
            return meta;
        }
        let cost = clock::now().since(self.begun);
        let plan = rules.plan(self.request.learnt, meta.life(), cost);
        meta.planned(plan, self.request.counters.filter(|_| self.is_early))
    }
}
