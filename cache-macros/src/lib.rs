//! The doors of the attributes; their documentation stands on the re-exports of `cache-core`.
