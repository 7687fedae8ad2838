//! The pages that wait for their turn to be rendered.

use std::collections::VecDeque;
use std::sync::Arc;

use super::page::WarmPage;
use crate::spawn;
use crate::sync::Mutex;

/// How many pages are rendered at once that nobody has asked for.
pub(crate) const AT_ONCE: usize = 8;

static QUEUE: Mutex<RenderQueue> = Mutex::new(RenderQueue {
    waiting: VecDeque::new(),
    under_way: 0,
});

/// Each page at most once.
struct RenderQueue {
    waiting: VecDeque<Arc<WarmPage>>,
    under_way: usize,
}

/// Puts pages at the end of the queue.
pub(super) fn add(pages: impl IntoIterator<Item = Arc<WarmPage>>) {
    QUEUE.lock().waiting.extend(pages);
    go_on();
}

/// Begins to render as many pages as may be under way.
fn go_on() {
    while let Some(page) = next() {
        let mut turn = RenderTurn {
            page,
            has_begun: false,
        };
        let runtime = turn.page.runtime();
        spawn::spawn_on(&runtime, async move {
            turn.has_begun = true;
            turn.page.render().await;
        });
    }
}

fn next() -> Option<Arc<WarmPage>> {
    let mut queue = QUEUE.lock();
    if queue.under_way == AT_ONCE {
        return None;
    }
    let page = queue.waiting.pop_front()?;
    queue.under_way += 1;
    Some(page)
}

/// The turn of a page, however it ends.
struct RenderTurn {
    page: Arc<WarmPage>,
    has_begun: bool,
}

impl Drop for RenderTurn {
    fn drop(&mut self) {
        QUEUE.lock().under_way -= 1;
        if self.has_begun {
            go_on();
        } else {
            // Its runtime has ended. Whoever spawned it goes on: to do so here could nest as deep as the queue is long.
            self.page.leave_queue();
        }
    }
}
