//! Methods that change nothing (RFC 9110, section 9.2.1).

use http::Method;

/// Whether requests of this method change nothing. One that is not registered as safe may change anything.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(
        method.as_str(),
        "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY" | "PROPFIND" | "REPORT" | "SEARCH"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_methods_are_those_that_are_registered_so() {
        for method in ["GET", "HEAD", "OPTIONS", "TRACE", "QUERY"] {
            assert!(is_safe(&method.parse().unwrap()), "{method}");
        }
        for method in ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "get", "X"] {
            assert!(!is_safe(&method.parse().unwrap()), "{method}");
        }
    }
}
