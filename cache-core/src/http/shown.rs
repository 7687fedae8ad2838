//! The header fields of hits.

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
    headers: HeaderMap,
    /// Those of a 304, where one was asked for in this second.
    unchanged: Option<Box<HeaderMap>>,
    age: Duration,
    left: Duration,
}

impl ShownFields {
    pub(crate) fn new(headers: HeaderMap) -> Self {
        Self(RwLock::new(Shown {
            headers,
            unchanged: None,
            age: Duration::MAX,
            left: Duration::MAX,
        }))
    }

    /// Reads the fields as they were told last.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&HeaderMap) -> R) -> R {
        read(&self.0.read().headers)
    }

    /// Changes the fields for good.
    pub(crate) fn change(&self, change: impl FnOnce(&mut HeaderMap)) {
        let mut shown = self.0.write();
        change(&mut shown.headers);
        shown.unchanged = None;
    }

    /// The fields of a hit of this age with so much of its life left, those of its 304 if the client has it already. `tell` sets what
    /// follows from age and life, given whole seconds.
    pub(crate) fn of_hit(
        &self,
        age: Duration,
        left: Duration,
        is_known: bool,
        tell: impl FnOnce(&mut HeaderMap, Duration, Duration),
    ) -> HeaderMap {
        let (age, left) = (whole_seconds(age), whole_seconds(left));
        {
            let shown = self.0.read();
            if (shown.age, shown.left) == (age, left) {
                let fields = if is_known {
                    shown.unchanged.as_deref()
                } else {
                    Some(&shown.headers)
                };
                if let Some(fields) = fields {
                    return fields.clone();
                }
            }
        }
        let shown = &mut *self.0.write();
        if (shown.age, shown.left) != (age, left) {
            tell(&mut shown.headers, age, left);
            shown.unchanged = None;
            (shown.age, shown.left) = (age, left);
        }
        if is_known {
            let unchanged = || Box::new(of_a_304(&shown.headers));
            HeaderMap::clone(shown.unchanged.get_or_insert_with(unchanged))
        } else {
            shown.headers.clone()
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
            let fields = ask(millis, is_known);
            assert_eq!(fields[AGE], expected);
            assert_eq!(fields.contains_key(CONTENT_TYPE), !is_known);
            assert_eq!(told.get(), times);
        }
    }
}
