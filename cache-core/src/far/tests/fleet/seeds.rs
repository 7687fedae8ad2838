//! Many seeds of each profile: in none of them anything is given that must not be, waits for ever, or is left over.

use super::profiles as of;
use super::profiles::Profile;
use super::races::{Race, Races};
use super::run::{Ran, run};

/// What the runs of a profile have come to.
#[derive(Default)]
struct Runs {
    races: Races,
    after_everywhere: u64,
}

/// Runs these seeds, or the one that `CACHE_SEED` names.
fn clean(profile: &'static Profile, seeds: u64) -> Runs {
    let named = std::env::var("CACHE_SEED").ok();
    let named: Option<u64> = named.and_then(|seed| seed.parse().ok());
    let seeds = named.map_or(0..seeds, |seed| seed..seed + 1);
    let mut runs = Runs::default();
    for seed in seeds {
        let Ran {
            bad,
            races,
            after_everywhere,
            ..
        } = run(profile, seed, None);
        runs.races.add(&races);
        runs.after_everywhere += after_everywhere;
        if let Some((why, notes)) = bad {
            let name = profile.name;
            panic!("{why}, in seed {seed} of {name}\n  {}", notes.join("\n  "));
        }
    }
    eprintln!("{}: {:?}", profile.name, runs.races);
    runs
}

/// Runs these seeds, in which all of these races are reached, each so often at least.
fn reaches(profile: &'static Profile, seeds: u64, races: &[(Race, u64)]) -> Runs {
    let runs = clean(profile, seeds);
    for (race, least) in races {
        let count = runs.races.count(*race);
        assert!(count >= *least, "{race:?} is reached {count} times");
    }
    runs
}

#[test]
fn nothing_old_where_everything_works() {
    let races = [
        (Race::InvalidatedDuringLoad, 50),
        (Race::ExpiredDuringLoad, 20),
        (Race::PushDuringLoad, 100),
        (Race::ChangeAfterOwnPlainWrite, 50),
        (Race::ScriptUnknown, 100),
        (Race::FoundAfterLock, 50),
        (Race::GaveStale, 20),
        (Race::GaveLate, 50),
    ];
    reaches(&of::KIND, 400, &races);
}

/// Processes are stopped, cut off and killed, machines stand still, calls are dropped, loads panic, fail and hang; the
/// server restarts, is emptied, is full, refuses scripts, is late, and says what it says twice.
#[test]
fn nothing_old_and_nothing_stuck_where_everything_goes_wrong() {
    let races = [
        (Race::Reconnect, 500),
        (Race::CallDropped, 200),
        (Race::LoadPanicked, 200),
        (Race::FailedUnderLock, 20),
        (Race::LockHolderKilled, 5),
        (Race::Owed, 500),
        (Race::PushDuringLoad, 500),
        (Race::InvalidatedDuringLoad, 500),
        (Race::ExpiredDuringLoad, 200),
        (Race::GaveLate, 500),
    ];
    reaches(&of::ROUGH, 1_200, &races);
}

#[test]
fn nothing_old_once_the_store_has_told_of_it() {
    let races = [
        (Race::PushDuringLoad, 1_000),
        (Race::InvalidatedDuringLoad, 500),
        (Race::ExpiredDuringLoad, 200),
    ];
    reaches(&of::TOLD, 120, &races);
}

/// A thousand writers are killed right after the acknowledgement of their change: what is read fifty milliseconds later is not
/// older.
#[test]
fn nothing_old_after_a_writer_was_killed() {
    let races = [(Race::WriterKilledAfterAck, 1_000)];
    reaches(&of::KILLED_WRITERS, 140, &races);
}

/// Of a hundred thousand calls that began after a change was known everywhere, none gives an older value, with processes
/// stopped and cut off.
#[test]
fn nothing_old_in_any_process_after_everywhere() {
    let races = [
        (Race::EverywhereWhileStopped, 20),
        (Race::EverywhereWhileCut, 20),
        (Race::Reconnect, 200),
    ];
    let runs = reaches(&of::EVERYWHERE, 170, &races);
    assert!(runs.after_everywhere > 100_000);
}

#[test]
fn nor_where_the_store_tells_of_nothing_and_clocks_differ() {
    let runs = clean(&of::UNTOLD, 20);
    assert!(runs.after_everywhere > 20_000);
}

#[test]
fn nothing_old_from_a_server_that_loses() {
    clean(&of::SERVER, 250);
    clean(&of::FLUSHED, 60);
}

#[test]
fn nothing_old_while_the_store_is_away() {
    clean(&of::SLOW, 120);
    clean(&of::FAR_AWAY, 80);
}

#[test]
fn nothing_is_older_than_what_a_hand_has_set() {
    clean(&of::SETS, 120);
}

#[test]
fn nothing_stale_after_a_hard_mark() {
    reaches(&of::STALE, 120, &[(Race::GaveStale, 100)]);
    reaches(&of::FALLBACK, 60, &[(Race::GaveStale, 100)]);
    reaches(&of::TAINTED, 60, &[(Race::GaveStale, 50)]);
}

#[test]
fn two_caches_of_a_prefix_are_not_behind_on_each_other() {
    clean(&of::TWINS, 60);
}

#[test]
fn one_process_loads_under_a_lock() {
    reaches(
        &of::LOCKS,
        80,
        &[(Race::LockHolderKilled, 20), (Race::FoundAfterLock, 500)],
    );
    clean(&of::LOST_LOCKS, 100);
    reaches(&of::ONCE, 80, &[(Race::FoundAfterLock, 500)]);
}

#[test]
fn nobody_queues_for_loads_that_fail() {
    reaches(&of::FAILING, 40, &[(Race::FailedUnderLock, 500)]);
}

#[test]
fn nothing_stuck_where_loads_panic_hang_and_are_dropped() {
    let races = [(Race::LoadPanicked, 200), (Race::CallDropped, 500)];
    reaches(&of::HOPELESS, 100, &races);
}

#[test]
fn nothing_stuck_where_the_store_tells_of_some_changes_only() {
    clean(&of::SILENT, 150);
}

#[test]
fn nothing_old_where_nothing_is_kept_in_the_process() {
    clean(&of::NOT_NEAR, 150);
}

/// A run is the same whenever it is run.
#[test]
fn a_seed_is_a_run() {
    for seed in 0..20 {
        let [one, other] = [(); 2].map(|()| run(&of::ROUGH, seed, None).steps);
        assert_eq!(one, other, "seed {seed}");
    }
}
