//! Lives as a server counts them: in whole seconds, by a clock that steps once a second.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock;

/// Up to here a number of seconds is counted from now; above, it is a date, in seconds since 1970.
const LONGEST_RELATIVE: u64 = 60 * 60 * 24 * 30;

/// Servers read the date as a signed number of 32 bits.
const LAST_DATE: u64 = i32::MAX as u64;

/// What a life is written as; 0 says that it has no end.
///
/// Rounded up, and a second more: a life that begins just before the server's clock steps loses nearly a whole one. A life
/// of more than 30 days is written as a date, by the clock of this machine, and ends in January 2038 at the latest.
pub(super) fn written(life: Option<Duration>) -> u64 {
    written_at(life, clock::wall())
}

fn written_at(life: Option<Duration>, now: SystemTime) -> u64 {
    let Some(life) = life else {
        return 0;
    };
    let seconds = life
        .as_secs()
        .saturating_add(u64::from(life.subsec_nanos() > 0))
        .max(1)
        .saturating_add(1);
    if seconds <= LONGEST_RELATIVE {
        return seconds;
    }
    let now = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let date = now.saturating_add(seconds).min(LAST_DATE);
    let is_further = date > now.saturating_add(LONGEST_RELATIVE);
    if is_further { date } else { LONGEST_RELATIVE }
}

/// How long a value will be there, of what the server says: `t30`, and `t-1` for ever. The server's second has begun
/// already, so that one less is certain.
pub(super) fn left(seconds: i64) -> Option<Duration> {
    let seconds = u64::try_from(seconds).ok()?;
    Some(Duration::from_secs(seconds.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 60 * 60 * 24;

    fn written_in(year: u64, life: Duration) -> u64 {
        let now = UNIX_EPOCH + Duration::from_secs((year - 1970) * 365 * DAY);
        written_at(Some(life), now)
    }

    #[test]
    fn a_life_is_rounded_up_and_outlives_a_step_of_the_clock() {
        let written = |millis| written_in(2030, Duration::from_millis(millis));
        assert_eq!([1, 999, 1000, 1001, 60_000].map(written), [2, 2, 2, 3, 61]);
        assert_eq!(written_at(None, UNIX_EPOCH), 0);
    }

    #[test]
    fn a_long_life_is_a_date() {
        let now = (2030 - 1970) * 365 * DAY;
        let month = Duration::from_secs(30 * DAY);
        let just_below = Duration::from_secs(30 * DAY - 1);
        assert_eq!(written_in(2030, just_below), 30 * DAY);
        assert_eq!(written_in(2030, month), now + 30 * DAY + 1);
        assert_eq!(written_in(2030, 2 * month), now + 60 * DAY + 1);
    }

    #[test]
    fn no_date_is_one_that_servers_cannot_read() {
        assert_eq!(written_in(2030, Duration::MAX), LAST_DATE);
        assert_eq!(written_in(2040, Duration::MAX), 30 * DAY);
    }

    #[test]
    fn what_is_left_is_rounded_down() {
        assert_eq!(left(-1), None);
        assert_eq!(left(0), Some(Duration::ZERO));
        assert_eq!(left(30), Some(Duration::from_secs(29)));
    }
}
