//! What is known of statuses (RFC 9110, section 15).

use http::StatusCode;

/// Whether a response with this status may be stored without explicit freshness, where heuristics are on (RFC 9110, section 15.1).
pub(crate) fn is_heuristically_cacheable(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501
    )
}

/// Whether the meaning of this status is known here (RFC 9111, section 5.2.2.3). What partial and unchanged responses mean needs more
/// than their storage.
pub(crate) fn is_understood(status: StatusCode) -> bool {
    status.canonical_reason().is_some() && !matches!(status.as_u16(), 206 | 304)
}

/// Whether a response with this status may stand for its resource: it is final, and no part and no comparison of another one.
pub(crate) fn is_whole(status: StatusCode) -> bool {
    !status.is_informational() && !matches!(status.as_u16(), 206 | 304 | 412 | 416)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(holds: fn(StatusCode) -> bool) -> Vec<u16> {
        let all = (100..600).filter(|status| holds(StatusCode::from_u16(*status).unwrap()));
        all.collect()
    }

    #[test]
    fn statuses_that_rfc_9110_lists() {
        let expected = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];
        assert_eq!(all(is_heuristically_cacheable), expected);
    }

    #[test]
    fn what_is_no_whole_response() {
        let parts: Vec<u16> = (200..600)
            .filter(|status| !all(is_whole).contains(status))
            .collect();
        assert_eq!(parts, [206, 304, 412, 416]);
        assert!(all(is_whole).iter().all(|status| *status >= 200));
    }

    #[test]
    fn unregistered_statuses_are_not_understood() {
        for status in [299, 499, 599, 206, 304] {
            assert!(!all(is_understood).contains(&status), "{status}");
        }
        for status in [200, 301, 404, 503] {
            assert!(all(is_understood).contains(&status), "{status}");
        }
    }
}
