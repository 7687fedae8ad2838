//! The page itself: one document, with its style and script inside, and a policy that lets nothing else run.

use http::HeaderValue;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The page, but for the path under which it is mounted.
pub(super) struct PageText {
    before: String,
    after: String,
    pub(super) policy: HeaderValue,
}

impl PageText {
    pub(super) fn new() -> Self {
        let text = PAGE
            .replace("{{style}}", STYLE)
            .replace("{{script}}", SCRIPT);
        let (before, after) = text.split_once("{{base}}").unwrap_or((&text, ""));
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; img-src data:; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'",
            source(SCRIPT),
            source(STYLE)
        );
        Self {
            before: before.to_owned(),
            after: after.to_owned(),
            policy: HeaderValue::try_from(policy)
                .unwrap_or(HeaderValue::from_static("default-src 'none'")),
        }
    }

    /// The page as it is mounted under `base`.
    pub(super) fn under(&self, base: &str) -> String {
        let mut page = String::with_capacity(self.before.len() + base.len() + self.after.len());
        page.push_str(&self.before);
        for c in base.chars() {
            match c {
                '&' => page.push_str("&amp;"),
                '"' => page.push_str("&quot;"),
                '<' => page.push_str("&lt;"),
                c => page.push(c),
            }
        }
        page.push_str(&self.after);
        page
    }
}

/// The hash by which a policy allows an inline element: `sha256-…` (CSP Level 3, section 2.3.1).
fn source(element: &str) -> String {
    let hash = hmac_sha256::Hash::hash(element.as_bytes());
    format!("sha256-{}", base64(&hash))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or_default()));
        let group = group[0] << 16 | group[1] << 8 | group[2];
        for at in 0..4_usize {
            let digit = (group >> (18 - 6 * at)) as usize & 63;
            text.push(if at <= chunk.len() {
                char::from(DIGITS[digit])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 4648, section 10.
    #[test]
    fn base64_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_path_cannot_leave_its_attribute() {
        let page = PageText::new().under("/a\"><script>alert(1)</script>&");
        assert!(page.contains("data-base=\"/a&quot;>&lt;script>alert(1)&lt;/script>&amp;\""));
        assert!(!page.contains("{{"));
    }

    #[test]
    fn script_and_style_end_where_they_end() {
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
        for text in [SCRIPT, PAGE] {
            for risky in ["innerHTML", "insertAdjacentHTML", "eval(", "document.write"] {
                assert!(!text.contains(risky), "{risky}");
            }
            for elsewhere in ["https://", "http://", "//cdn"] {
                let other = text.replace("http://www.w3.org/", "");
                assert!(!other.contains(elsewhere), "{elsewhere}");
            }
        }
    }
}
