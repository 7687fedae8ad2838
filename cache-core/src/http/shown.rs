//! The header fields of hits.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::CONTENT_LENGTH;

use super::validators::is_in_a_304;
use crate::sync::RwLock;

/// The header fields of a hit as they are in this second: hits in between read them as they stand.
#[derive(Debug)]
pub(crate) struct ShownFields(RwLock<Shown>);

#[derive(Debug)]
struct Shown {
    whole: ToldFields,
    /// Those of a 304, where one was asked for in this second.
    unchanged: Option<Box<ToldFields>>,
    age: Duration,
    left: Duration,
}

/// Fields as they were told last.
#[derive(Debug)]
pub(crate) struct ToldFields {
    pub(crate) headers: HeaderMap,
    /// What a framework with types of its own has made of them since.
    pub(crate) converted: Option<Arc<dyn Any + Send + Sync>>,
}

impl ToldFields {
    fn new(headers: HeaderMap) -> Self {
        Self {
            headers,
            converted: None,
        }
    }
}

/// The type in which an answer gets its header fields.
pub(crate) trait FieldForm: Sized {
    /// A copy, if nothing has to be made for it.
    fn ready(told: &ToldFields) -> Option<Self>;

    /// A copy, made once for all answers with these fields.
    fn made(told: &mut ToldFields) -> Self;

    /// Fields that no other answer has.
    fn of(headers: HeaderMap) -> Self;
}

impl FieldForm for HeaderMap {
    fn ready(told: &ToldFields) -> Option<Self> {
        Some(told.headers.clone())
    }

    fn made(told: &mut ToldFields) -> Self {
        told.headers.clone()
    }

    fn of(headers: HeaderMap) -> Self {
        headers
    }
}

impl ShownFields {
    pub(crate) fn new(headers: HeaderMap) -> Self {
        Self(RwLock::new(Shown {
            whole: ToldFields::new(headers),
            unchanged: None,
            age: Duration::MAX,
            left: Duration::MAX,
        }))
    }

    /// Reads the fields as they were told last.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&HeaderMap) -> R) -> R {
        read(&self.0.read().whole.headers)
    }

    /// Changes the fields for good.
    pub(crate) fn change(&self, change: impl FnOnce(&mut HeaderMap)) {
        let mut shown = self.0.write();
        change(&mut shown.whole.headers);
        (shown.whole.converted, shown.unchanged) = (None, None);
    }

    /// The fields of a hit of this age with so much of its life left, those of its 304 if the client has it already. `tell` sets what
    /// follows from age and life, given whole seconds.
    pub(crate) fn of_hit<F: FieldForm>(
        &self,
        age: Duration,
        left: Duration,
        is_known: bool,
        tell: impl FnOnce(&mut HeaderMap, Duration, Duration),
    ) -> F {
        let (age, left) = (whole_seconds(age), whole_seconds(left));
        {
            let shown = self.0.read();
            if (shown.age, shown.left) == (age, left) {
                let told = if is_known {
                    shown.unchanged.as_deref()
                } else {
                    Some(&shown.whole)
                };
                if let Some(fields) = told.and_then(F::ready) {
                    return fields;
                }
            }
        }
        let shown = &mut *self.0.write();
        if (shown.age, shown.left) != (age, left) {
            tell(&mut shown.whole.headers, age, left);
            (shown.whole.converted, shown.unchanged) = (None, None);
            (shown.age, shown.left) = (age, left);
        }
        if is_known {
            let unchanged = || Box::new(ToldFields::new(of_a_304(&shown.whole.headers)));
            F::made(shown.unchanged.get_or_insert_with(unchanged))
        } else {
            F::made(&mut shown.whole)
        }
    }
}

/// The fields of a 304 in the place of a response with these.
pub(crate) fn of_a_304(headers: &HeaderMap) -> HeaderMap {
    // The length of the page: without it the framework would announce that of the 304, which is none (RFC 9110, section 8.6).
    let repeated = headers
        .iter()
        .filter(|(name, _)| is_in_a_304(name) || *name == CONTENT_LENGTH);
    repeated
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::{AGE, CONTENT_TYPE};

    use super::*;

    #[test]
    fn fields_are_told_once_a_second_for_hits_and_304s_alike() {
        let told = std::cell::Cell::new(0);
        let kind = [(CONTENT_TYPE, HeaderValue::from_static("text/html"))];
        let shown = ShownFields::new(kind.into_iter().collect());
        let ask = |millis: u64, is_known| {
            let age = Duration::from_millis(millis);
            shown.of_hit(age, Duration::from_secs(60), is_known, |headers, age, _| {
                told.set(told.get() + 1);
                headers.insert(AGE, HeaderValue::from(age.as_secs()));
            })
        };
        for (millis, is_known, expected, times) in [
            (1_000, false, "1", 1),
            (1_999, true, "1", 1),
            (1_999, true, "1", 1),
            (2_000, true, "2", 2),
            (2_001, false, "2", 2),
        ] {
            let fields: HeaderMap = ask(millis, is_known);
            assert_eq!(fields[AGE], expected);
            assert_eq!(fields.contains_key(CONTENT_TYPE), !is_known);
            assert_eq!(told.get(), times);
        }
    }
}
