//! In which order the entries of a shard may leave: two queues of positions, the window of newcomers and the main queue.
//!
//! Knows positions only, so that it is compiled once for all types of entries. A position is in one queue or in none.

use super::table::Position;

/// No position: the end of a chain.
const NONE: Position = !IN_WINDOW;

/// In [`QueueLink::colder`], the position is in the window. So many positions do not fit into memory.
const IN_WINDOW: Position = 1 << 31;

/// Which queue a position is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EvictionQueue {
    /// Where newcomers wait until it is known whether anybody asks for them again.
    Window,
    /// Where those are that were admitted.
    Main,
}

/// The queues of one shard.
#[derive(Debug)]
pub(super) struct EvictionOrder {
    links: Vec<QueueLink>,
    window: QueueEnds,
    main: QueueEnds,
}

/// The neighbours of a position in its queue.
#[derive(Clone, Copy, Debug)]
struct QueueLink {
    /// With [`IN_WINDOW`] if its queue is that.
    colder: Position,
    hotter: Position,
}

impl QueueLink {
    fn colder(self) -> Position {
        self.colder & !IN_WINDOW
    }
}

/// The next of a queue to leave, the last, and how many there are.
#[derive(Clone, Copy, Debug)]
struct QueueEnds {
    coldest: Position,
    hottest: Position,
    len: usize,
}

impl QueueEnds {
    const EMPTY: Self = Self {
        coldest: NONE,
        hottest: NONE,
        len: 0,
    };
}

impl EvictionOrder {
    pub(super) const fn new() -> Self {
        Self {
            links: Vec::new(),
            window: QueueEnds::EMPTY,
            main: QueueEnds::EMPTY,
        }
    }

    /// How many are in a queue.
    pub(super) fn len(&self, queue: EvictionQueue) -> usize {
        self.ends(queue).len
    }

    /// The next of a queue to leave.
    pub(super) fn coldest(&self, queue: EvictionQueue) -> Option<Position> {
        known(self.ends(queue).coldest)
    }

    /// All positions of a queue, the next to leave first.
    pub(super) fn coldest_first(&self, queue: EvictionQueue) -> impl Iterator<Item = Position> {
        let hotter = move |position: &Position| known(self.links[*position as usize].hotter);
        std::iter::successors(self.coldest(queue), hotter)
    }

    /// The queue of a position that is in one.
    pub(super) fn queue(&self, position: Position) -> EvictionQueue {
        match self.links.get(position as usize) {
            Some(link) if link.colder & IN_WINDOW != 0 => EvictionQueue::Window,
            _ => EvictionQueue::Main,
        }
    }

    /// All positions: the newcomers first, of each queue the one that leaves last first.
    pub(super) fn hottest_first(&self) -> impl Iterator<Item = Position> {
        let colder = move |position: &Position| known(self.links[*position as usize].colder());
        let of = move |ends: QueueEnds| std::iter::successors(known(ends.hottest), colder);
        of(self.window).chain(of(self.main))
    }

    /// Puts a position that is in no queue at the end of one.
    pub(super) fn push(&mut self, queue: EvictionQueue, position: Position) {
        let ends = self.ends_mut(queue);
        let former = std::mem::replace(&mut ends.hottest, position);
        ends.len += 1;
        if former == NONE {
            ends.coldest = position;
        } else {
            self.links[former as usize].hotter = position;
        }
        let link = QueueLink {
            colder: match queue {
                EvictionQueue::Window => former | IN_WINDOW,
                EvictionQueue::Main => former,
            },
            hotter: NONE,
        };
        let at = position as usize;
        while self.links.len() <= at {
            self.links.push(link);
        }
        self.links[at] = link;
    }

    /// Takes a position out of its queue.
    pub(super) fn unlink(&mut self, position: Position) {
        let link = self.links[position as usize];
        let (colder, hotter) = (link.colder(), link.hotter);
        let queue = self.queue(position);
        if let Some(colder) = self.links.get_mut(colder as usize) {
            colder.hotter = hotter;
        }
        if let Some(hotter) = self.links.get_mut(hotter as usize) {
            hotter.colder = colder | hotter.colder & IN_WINDOW;
        }
        let ends = self.ends_mut(queue);
        ends.len -= 1;
        if colder == NONE {
            ends.coldest = hotter;
        }
        if hotter == NONE {
            ends.hottest = colder;
        }
    }

    fn ends(&self, queue: EvictionQueue) -> QueueEnds {
        match queue {
            EvictionQueue::Window => self.window,
            EvictionQueue::Main => self.main,
        }
    }

    fn ends_mut(&mut self, queue: EvictionQueue) -> &mut QueueEnds {
        match queue {
            EvictionQueue::Window => &mut self.window,
            EvictionQueue::Main => &mut self.main,
        }
    }
}

fn known(position: Position) -> Option<Position> {
    (position != NONE).then_some(position)
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    fn coldest_first(order: &EvictionOrder, queue: EvictionQueue) -> Vec<Position> {
        let found: Vec<_> = order.coldest_first(queue).collect();
        assert_eq!(found.len(), order.len(queue));
        assert!(found.iter().all(|at| order.queue(*at) == queue));
        found
    }

    #[test]
    fn a_queue_has_the_order_in_which_positions_came() {
        let mut order = EvictionOrder::new();
        for position in 0..5 {
            order.push(EvictionQueue::Main, position);
        }
        assert_eq!(coldest_first(&order, EvictionQueue::Main), [0, 1, 2, 3, 4]);
        for (taken, left) in [
            (2, vec![0, 1, 3, 4]),
            (0, vec![1, 3, 4]),
            (4, vec![1, 3]),
            (1, vec![3]),
            (3, vec![]),
        ] {
            order.unlink(taken);
            assert_eq!(coldest_first(&order, EvictionQueue::Main), left);
        }
        order.push(EvictionQueue::Main, 1);
        assert_eq!(coldest_first(&order, EvictionQueue::Main), [1]);
    }

    #[test]
    fn a_position_moves_from_one_queue_to_the_other() {
        let mut order = EvictionOrder::new();
        for position in [70, 3, 200] {
            order.push(EvictionQueue::Window, position);
        }
        order.unlink(3);
        order.push(EvictionQueue::Main, 3);
        assert_eq!(coldest_first(&order, EvictionQueue::Window), [70, 200]);
        assert_eq!(coldest_first(&order, EvictionQueue::Main), [3]);
        order.unlink(70);
        order.push(EvictionQueue::Main, 70);
        assert_eq!(coldest_first(&order, EvictionQueue::Main), [3, 70]);
        assert_eq!(order.hottest_first().collect::<Vec<_>>(), [200, 70, 3]);
        order.unlink(200);
        assert_eq!(
            (
                order.len(EvictionQueue::Window),
                order.len(EvictionQueue::Main)
            ),
            (0, 2)
        );
    }
}
