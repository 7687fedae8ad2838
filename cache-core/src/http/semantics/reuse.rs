//! Whether a stored response answers a request (RFC 9111, section 4).

use std::time::Duration;

use super::directives::RequestDirectives;
use super::storing::StoringTerms;

/// What a stored response does for a request that it was selected for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reuse {
    /// It serves: it is fresh.
    Fresh,
    /// It serves, though it is stale: the request allows that.
    Stale,
    /// It serves, and is validated behind the client.
    WhileRevalidate,
    /// It must be validated first.
    Validate,
}

/// What a response of this age does for a request that asks for this.
pub(crate) fn reuse(terms: &StoringTerms, age: Duration, asks: &RequestDirectives) -> Reuse {
    let whole = age.as_secs();
    let is_too_old = asks.max_age.is_some_and(|most| most == 0 || whole > most);
    if terms.no_cache || asks.no_cache || is_too_old {
        return Reuse::Validate;
    }
    let left = terms.life.saturating_sub(age);
    let least = asks.min_fresh.map(Duration::from_secs);
    if least.is_some_and(|least| left < least) {
        return Reuse::Validate;
    }
    if !left.is_zero() {
        return Reuse::Fresh;
    }
    let past = age.saturating_sub(terms.life);
    let accepted = asks.max_stale.map(Duration::from_secs);
    if !terms.must_revalidate && accepted.is_some_and(|most| past <= most) {
        Reuse::Stale
    } else if past < terms.while_revalidate && asks.max_age.is_none() {
        Reuse::WhileRevalidate
    } else {
        Reuse::Validate
    }
}

/// Whether a response of this age serves in the place of an origin that has failed.
pub(crate) fn serves_on_error(terms: &StoringTerms, age: Duration) -> bool {
    age.saturating_sub(terms.life) < terms.if_error
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: RequestDirectives = RequestDirectives {
        no_cache: false,
        no_store: false,
        only_if_cached: false,
        max_age: None,
        min_fresh: None,
        max_stale: None,
    };

    fn terms() -> StoringTerms {
        StoringTerms {
            life: Duration::from_secs(60),
            no_cache: false,
            must_revalidate: false,
            while_revalidate: Duration::ZERO,
            if_error: Duration::from_secs(5),
        }
    }

    fn judged(terms: &StoringTerms, age: u64, asks: &RequestDirectives) -> Reuse {
        reuse(terms, Duration::from_secs(age), asks)
    }

    #[test]
    fn section_4_2_a_response_is_fresh_until_its_age_is_its_life() {
        assert_eq!(judged(&terms(), 59, &NONE), Reuse::Fresh);
        assert_eq!(judged(&terms(), 60, &NONE), Reuse::Validate);
        let now = StoringTerms {
            life: Duration::ZERO,
            ..terms()
        };
        assert_eq!(judged(&now, 0, &NONE), Reuse::Validate);
    }

    #[test]
    fn section_5_2_2_4_no_cache_is_validated_each_time() {
        let always = StoringTerms {
            no_cache: true,
            ..terms()
        };
        assert_eq!(judged(&always, 0, &NONE), Reuse::Validate);
    }

    #[test]
    fn section_5_2_1_what_requests_ask_for() {
        let asks = |change: fn(&mut RequestDirectives)| {
            let mut asks = NONE;
            change(&mut asks);
            asks
        };
        let max_age = asks(|asks| asks.max_age = Some(10));
        assert_eq!(judged(&terms(), 10, &max_age), Reuse::Fresh);
        assert_eq!(judged(&terms(), 11, &max_age), Reuse::Validate);
        let at_once = asks(|asks| asks.max_age = Some(0));
        assert_eq!(judged(&terms(), 0, &at_once), Reuse::Validate);
        let min_fresh = asks(|asks| asks.min_fresh = Some(10));
        assert_eq!(judged(&terms(), 50, &min_fresh), Reuse::Fresh);
        assert_eq!(judged(&terms(), 51, &min_fresh), Reuse::Validate);
        let max_stale = asks(|asks| asks.max_stale = Some(10));
        assert_eq!(judged(&terms(), 70, &max_stale), Reuse::Stale);
        assert_eq!(judged(&terms(), 71, &max_stale), Reuse::Validate);
        let no_cache = asks(|asks| asks.no_cache = true);
        assert_eq!(judged(&terms(), 0, &no_cache), Reuse::Validate);
        let bound = StoringTerms {
            must_revalidate: true,
            ..terms()
        };
        assert_eq!(judged(&bound, 61, &max_stale), Reuse::Validate);
    }

    #[test]
    fn rfc_5861_windows() {
        let window = StoringTerms {
            while_revalidate: Duration::from_secs(30),
            ..terms()
        };
        assert_eq!(judged(&window, 89, &NONE), Reuse::WhileRevalidate);
        assert_eq!(judged(&window, 90, &NONE), Reuse::Validate);
        let served = |age| serves_on_error(&terms(), Duration::from_secs(age));
        assert_eq!((served(64), served(65)), (true, false));
    }
}
