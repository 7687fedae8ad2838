//! Each rule, left out, makes a seed fail.

use super::omissions::Omission;
use super::profiles as of;
use super::profiles::Profile;
use super::run::run;
use crate::rule::Rule;

/// A seed that is known to fail is tried first, then others.
const SEEDS: u64 = 3_000;

/// Without what is left out, something goes wrong in some run.
fn fails_without(omission: Omission, profile: &'static Profile, known: u64) {
    let seeds = std::iter::once(known).chain(0..SEEDS);
    let bad = seeds
        .map(|seed| (seed, run(profile, seed, Some(omission)).bad))
        .find_map(|(seed, bad)| Some((seed, bad?.0)));
    let Some((seed, why)) = bad else {
        panic!("nothing goes wrong without {omission:?}");
    };
    let name = profile.name;
    eprintln!("without {omission:?}: {why}, in seed {seed} of {name}");
}

fn all_fail(rules: &[(Rule, &'static Profile, u64)]) {
    for (rule, profile, known) in rules {
        fails_without(Omission::Rule(*rule), profile, *known);
    }
}

#[test]
fn the_rules_of_copies_are_needed() {
    all_fail(&[
        (Rule::UnchangedSinceRead, &of::TOLD, 83),
        (Rule::ChangedEndsAtOnce, &of::TOLD, 14),
        (Rule::AloneWithPrefix, &of::TWINS, 18),
        (Rule::SessionLasts, &of::SERVER, 26),
        (Rule::MarksHere, &of::KIND, 0),
        (Rule::StoreFirst, &of::TOLD, 9),
    ]);
}

#[test]
fn the_rules_of_loads_are_needed() {
    all_fail(&[
        (Rule::StampsConfirmed, &of::TOLD, 10),
        (Rule::LeaseIsFence, &of::TOLD, 5),
        (Rule::ProlongsWhatItSaw, &of::TOLD, 5),
        (Rule::ExpiresWhatItSaw, &of::TOLD, 49),
        (Rule::UndeliveredFirst, &of::SERVER, 3),
        (Rule::SharedInTime, &of::SLOW, 4),
    ]);
}

#[test]
fn the_rules_of_stale_values_are_needed() {
    all_fail(&[
        (Rule::StaleJudgedAtUse, &of::FALLBACK, 4),
        (Rule::StaleIsNotKept, &of::TAINTED, 1),
        (Rule::EndsWithItsParts, &of::SLOW, 9),
        (Rule::DeadPartsEndAtOnce, &of::SLOW, 15),
        (Rule::ExpiredStaysExpired, &of::STALE, 1),
    ]);
}

#[test]
fn the_rules_of_locks_are_needed() {
    all_fail(&[
        (Rule::LockRenewed, &of::LOCKS, 9),
        (Rule::LockByHolder, &of::LOST_LOCKS, 258),
        (Rule::LeavesVerdict, &of::FAILING, 0),
        (Rule::LooksAgain, &of::ONCE, 24),
    ]);
}

#[test]
fn the_rules_of_everywhere_are_needed() {
    all_fail(&[
        (Rule::EverywhereWaits, &of::EVERYWHERE, 0),
        (Rule::EverywhereMargin, &of::UNTOLD, 12),
    ]);
}

#[test]
fn the_rules_between_a_store_and_its_server_are_needed() {
    fails_without(Omission::ScriptsReadAgain, &of::TOLD, 2);
    fails_without(Omission::PingTimeAtSend, &of::FAR_AWAY, 433);
    fails_without(Omission::PongsInOrder, &of::EVERYWHERE, 5);
    fails_without(Omission::NullPush, &of::FLUSHED, 6);
    fails_without(Omission::LossEndsSession, &of::SERVER, 53);
    fails_without(Omission::Incarnation, &of::SERVER, 34);
    fails_without(Omission::NearTtl, &of::SERVER, 0);
}
