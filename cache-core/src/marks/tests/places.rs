use super::super::*;

fn slot(number: u32) -> Slot {
    marks().slot(NameScope::PRIVATE, Name::of("tag", &number.to_be_bytes()))
}

#[test]
fn a_slot_is_two_places_of_the_table() {
    for hash in [0, 1, 63, 1 << 18, u32::MAX, u32::MAX >> 1, 0x1234_5678] {
        let slot = Slot::of(hash, false);
        let [first, second] = slot.places();
        assert!(first != second && first < PLACES && second < PLACES);
        assert_ne!(slot, Slot::EXPIRED, "{hash:x}");
        assert_eq!(slot.places(), Slot::of(hash, true).places());
    }
}

#[test]
fn a_mark_leaves_a_name_alone_that_shares_one_of_its_places() {
    let marks = marks();
    let one = slot(0);
    let shares = |at: usize| {
        let shares = move |other: &Slot| other.places()[at] == one.places()[at];
        let others = (1..).map(slot).filter(shares);
        others.filter(move |other| other.places() != one.places())
    };
    let (first, second) = (shares(0).next().unwrap(), shares(1).next().unwrap());
    for mark in [Marks::mark as fn(&Marks, Slot), Marks::mark_soft] {
        let epoch = marks.now();
        mark(marks, first);
        assert!(!marks.is_invalidated(one, epoch));
        assert!(!marks.is_soft_invalidated(one, epoch));
    }
    let epoch = marks.now();
    marks.mark(one);
    assert!(marks.is_invalidated(one, epoch));
    assert!(!marks.is_invalidated(second, epoch));
}
