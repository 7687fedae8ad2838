//! The header fields of answers with the types of actix-web, made once for all answers of a page in the same second.

use std::sync::Arc;

use actix_web::http::header::{HeaderMap as ActixHeaders, HeaderName, HeaderValue};
use http::HeaderMap;
use http::header::CONTENT_LENGTH;

use crate::http::shown::{FieldForm, ToldFields};
use crate::http::stored::joined;

/// The header fields of an answer; `None` if actix-web cannot hold them.
#[derive(Clone, Debug)]
pub(super) struct SentFields(pub(super) Option<Arc<FieldList>>);

/// Header fields one after another.
#[derive(Debug, Default)]
pub(super) struct FieldList {
    /// The `Content-Length`, which actix-web may write itself.
    pub(super) length: Option<(HeaderName, HeaderValue)>,
    pub(super) others: Vec<(HeaderName, HeaderValue)>,
}

impl FieldList {
    /// `None` if actix-web cannot hold one of them.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut list = Self::default();
        list.others.reserve(headers.len());
        // All values in one buffer: memory for each would be a good part of an answer.
        let length = headers.values().map(http::HeaderValue::len).sum();
        let mut values = joined(length, headers.values().map(http::HeaderValue::as_bytes));
        for (name, value) in headers {
            let value = HeaderValue::from_maybe_shared(values.split_to(value.len())).ok()?;
            let own = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
            if name == CONTENT_LENGTH && list.length.is_none() {
                list.length = Some((own, value));
            } else {
                list.others.push((own, value));
            }
        }
        Some(list)
    }

    /// Adds them to an answer, the length of its body only if that is asked for.
    pub(super) fn add_to(&self, real: &mut ActixHeaders, with_length: bool) {
        let length = self.length.iter().filter(|_| with_length);
        for (name, value) in self.others.iter().chain(length) {
            real.append(name.clone(), value.clone());
        }
    }
}

impl FieldForm for SentFields {
    fn ready(told: &ToldFields) -> Option<Self> {
        let made = told.converted.clone()?;
        Some(Self(Some(made.downcast().ok()?)))
    }

    fn made(told: &mut ToldFields) -> Self {
        Self::ready(told).unwrap_or_else(|| {
            let made = FieldList::of(&told.headers).map(Arc::new);
            told.converted = made.clone().map(|made| made as _);
            Self(made)
        })
    }

    fn of(headers: HeaderMap) -> Self {
        Self(FieldList::of(&headers).map(Arc::new))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::shown::ShownFields;

    #[test]
    fn fields_are_converted_once_in_a_second() {
        let kind = http::HeaderValue::from_static("text/html");
        let headers = [(http::header::CONTENT_TYPE, kind)].into_iter().collect();
        let shown = ShownFields::new(headers);
        let ask = |age: u64, is_known| {
            let age = Duration::from_secs(age);
            let fields: SentFields =
                shown.of_hit(age, Duration::MAX, is_known, |headers, age, _| {
                    headers.insert(http::header::AGE, age.as_secs().into());
                });
            fields.0.expect("fields")
        };
        let (first, again, unchanged) = (ask(1, false), ask(1, false), ask(1, true));
        assert!(Arc::ptr_eq(&first, &again));
        assert!(Arc::ptr_eq(&unchanged, &ask(1, true)));
        assert_eq!((first.others.len(), unchanged.others.len()), (2, 1));
        let later = ask(2, false);
        assert!(later.others.iter().any(|(_, value)| value == "2"));
        // What a framework with the types of `http` gets, is told of the same second.
        let headers: HeaderMap =
            shown.of_hit(Duration::from_secs(2), Duration::MAX, false, |_, _, _| ());
        assert_eq!(headers["age"], "2");
    }
}
